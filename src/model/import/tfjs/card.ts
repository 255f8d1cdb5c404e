/** What a LayersModel says of the images that it takes: by a Rescaling on its input, or in the metadata of a Teachable Machine export. @module */
import { z } from 'zod';
import { printable } from '../../../core/text.js';
import type { ModelCard } from '../../card.js';
import { isIdentity } from './layers.js';
import { type Call, type Layer, type Network, tensorOf } from './topology.js';

/** What Teachable Machine writes beside the model.json. */
const teachableMachine = z.object({
  packageName: z.literal('@teachablemachine/image'),
  labels: z.array(z.string()).max(4096),
});

/** What Teachable Machine makes of bytes: b / 127 - 1. */
const TEACHABLE_SCALE = 1 / 127;
/** Of a Rescaling of bytes: to 1, or to a range of 2. */
const REACHES: readonly number[] = [1, 2];
const MAX_BYTE = 255;

/** Of what a file beside the model.json holds; undefined of any other than Teachable Machine's. */
export function cardOfExport(metadata: unknown): ModelCard | undefined {
  const found = teachableMachine.safeParse(metadata);
  if (!found.success) return undefined;
  return { scale: TEACHABLE_SCALE, mean: [1], labels: found.data.labels.map((label) => printable(label)) };
}

/** Of a network that brings bytes to [0, 1] or [-1, 1] itself; undefined of others. */
export function cardOf(network: Network): ModelCard | undefined {
  const first = firstLayer(network);
  if (first?.kind !== 'Rescaling') return undefined;
  const reach = MAX_BYTE * Number(first.config.scale);
  return REACHES.some((known) => Math.abs(reach - known) < 0.02) ? { scale: 1 } : undefined;
}

/** What the only input goes through first; layers that do nothing at inference, as augmentation, are looked through. Undefined where that are several. */
function firstLayer({ inputs, calls }: Network): Layer | undefined {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) return undefined;
  const readers = new Map<string, Call[]>();
  for (const call of calls) {
    for (const tensor of call.inputs) {
      const known = readers.get(tensor);
      if (known === undefined) readers.set(tensor, [call]);
      else known.push(call);
    }
  }
  let { tensor } = input;
  for (;;) {
    const [reader, ...more] = readers.get(tensor) ?? [];
    if (reader === undefined || more.length > 0) return undefined;
    const { layer, network, output } = reader;
    if (network === undefined && !isIdentity(layer.kind)) return layer;
    if (network !== undefined && !doesNothing(network)) return firstLayer(network);
    tensor = tensorOf(output, 0);
  }
}

function doesNothing({ calls }: Network): boolean {
  return calls.every(({ layer, network }) => (network === undefined ? isIdentity(layer.kind) : doesNothing(network)));
}
