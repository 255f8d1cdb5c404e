/** What a Keras file may have that the topology of LayersModels does not show: code of others, operations, calls in training mode. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import type { LayerSpec, NetworkSpec } from '../tfjs/schema.js';
import { isNetwork, layerName } from '../tfjs/topology.js';
import { networkOf } from './weights.js';

const MOST_DEPTH = 16;
const training = z.array(z.object({ kwargs: z.object({ training: z.literal(true) }) }));

/** @throws UNSUPPORTED_LAYER by the layer's name */
export function checkLayers(network: NetworkSpec, kerasVersion: string | undefined, depth = 0): void {
  if (depth > MOST_DEPTH) {
    throw new TacitError('BAD_MODEL', `expected models ${MOST_DEPTH} deep at most, got deeper ones. Flatten the model`);
  }
  for (const layer of network.config.layers) {
    const { class_name: kind, registered_name: registered } = layer;
    if (registered?.includes('>') || kind.includes('>')) {
      throw unsupported(layer, 'a layer of Keras', `the class ${registered ?? kind}`);
    }
    if ((layer.inbound_nodes ?? []).some((node) => training.safeParse([node]).success)) {
      throw unsupported(layer, 'a call for inference', 'training=True');
    }
    if (isNetwork(layer)) checkLayers(networkOf(layer), kerasVersion, depth + 1);
    else if (isOperation(layer, kerasVersion)) throw unsupported(layer, 'a layer', `the operation ${kind}`);
  }
}

/** Keras 3 lists x + 1 among the layers, under the class name of a layer; no layer leaves out whether it is trained. */
function isOperation({ class_name: kind, config }: LayerSpec, kerasVersion: string | undefined): boolean {
  return kerasVersion?.startsWith('3') === true && kind !== 'InputLayer' && !('trainable' in config);
}

function unsupported(layer: LayerSpec, expected: string, came: string): TacitError {
  return new TacitError(
    'UNSUPPORTED_LAYER',
    `layer ${layerName(layer)}: expected ${expected}, got ${came}. Replace it by layers of keras.layers, or export to ONNX`,
    { facts: { operator: layer.class_name } },
  );
}
