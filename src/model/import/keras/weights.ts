/** Where the two formats of Keras keep the weights of each layer. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import { quote } from '../quote.js';
import type { LayerSpec, NetworkSpec } from '../tfjs/schema.js';
import { networkSpec } from '../tfjs/schema.js';
import { isNetwork, layerName } from '../tfjs/topology.js';
import type { Weight } from '../tfjs/weights.js';
import type { Hdf5 } from './hdf5.js';
import { variablesOf } from './variables.js';

/** By layer and kind, as `outer/inner/layer/kind`. */
export type Weights = ReadonlyMap<string, Weight>;

/** How many examples a Normalization has seen. */
const COUNT = 'count';
const ROOT = 'model_weights';

/** Of the model.weights.h5 of a .keras file: a group for each layer, named after its class, `_1`, `_2` ... where there are several. */
export function numberedWeights(file: Hdf5, network: NetworkSpec): Weights {
  const found = new Map<string, Weight>();
  const read = ({ config }: NetworkSpec, group: string, scope: string): void => {
    const used = new Map<string, number>();
    for (const layer of config.layers) {
      const base = snakeCase(layer.class_name);
      const count = used.get(base) ?? 0;
      used.set(base, count + 1);
      const path = `${group}/layers/${base}${count === 0 ? '' : `_${count}`}`;
      if (isNetwork(layer)) {
        read(networkOf(layer), path, `${scope}${layerName(layer)}/`);
        continue;
      }
      const { kind, settings, inner } = wrapped(layer);
      const names = variablesOf(kind, settings);
      const variables = `${path}${inner}/vars`;
      if (file.has(`${variables}/${names.length}`)) {
        throw bad(`${names.length} weights of layer ${layerName(layer)}`, 'more');
      }
      for (const [i, name] of names.entries()) {
        if (name !== COUNT) found.set(`${scope}${layerName(layer)}/${name}`, file.weight(`${variables}/${i}`));
      }
    }
  };
  read(network, '', '');
  return found;
}

/** Of a .h5 file: a group for each layer of the model itself, with the names of its weights, which end with the layer's and their kind. */
export function namedWeights(file: Hdf5, network: NetworkSpec): Weights {
  const weights = new Map<string, Weight>();
  for (const layer of network.config.layers) {
    const group = `${ROOT}/${layerName(layer)}`;
    const names = file.texts(group, 'weight_names') ?? [];
    for (const { path, spec } of leavesOf(layer, '')) {
      const { kind, settings, inner } = wrapped(spec);
      for (const name of kindsOf(kind, settings)) {
        const ending = isNetwork(layer) ? [...path.split('/').slice(1), ...(inner === '' ? [] : ['*']), name] : [name];
        const key = `${path}/${name}`;
        const found = bestOf(key, names, ending);
        if (found !== undefined) weights.set(key, file.weight(`${group}/${found}`));
      }
    }
  }
  return weights;
}

/** The name that ends as `ending` does, in as many parts as any; two parts at least, where it has more than one. `*` is any part. */
function bestOf(key: string, names: readonly string[], ending: readonly string[]): string | undefined {
  const least = Math.min(ending.length, ending.includes('*') ? 3 : 2);
  for (let parts = ending.length; parts >= least; parts--) {
    const end = ending.slice(-parts);
    const found = names.filter((name) => {
      const last = name.replace(/:\d+$/, '').split('/').slice(-parts);
      return last.length === parts && end.every((part, i) => part === '*' || part === last[i]);
    });
    if (found.length > 1) throw bad(`one weight ${key}`, `${found.length}`);
    if (found.length === 1) return found[0];
  }
  return undefined;
}

/** Keras 2 calls the kernel of a DepthwiseConv2D otherwise. */
function kindsOf(kind: string, settings: LayerSpec['config']): readonly string[] {
  const names = variablesOf(kind, settings).filter((name) => name !== COUNT);
  return kind.startsWith('DepthwiseConv') ? [...names, 'depthwise_kernel'] : names;
}

/** The layers in a layer that is a model, at any depth, or itself. */
function leavesOf(layer: LayerSpec, scope: string): { path: string; spec: LayerSpec }[] {
  const path = `${scope}${layerName(layer)}`;
  if (!isNetwork(layer)) return [{ path, spec: layer }];
  return networkOf(layer).config.layers.flatMap((inner) => leavesOf(inner, `${path}/`));
}

const wrapper = z.object({ layer: z.object({ class_name: z.string(), config: z.record(z.string(), z.unknown()) }) });

/** The layer that has the weights: the one inside a TimeDistributed, which is in the group `inner`. */
function wrapped({ class_name: kind, config }: LayerSpec): {
  kind: string;
  settings: LayerSpec['config'];
  inner: string;
} {
  const inside = kind === 'TimeDistributed' ? wrapper.safeParse(config) : undefined;
  if (inside?.success !== true) return { kind, settings: config, inner: '' };
  const { layer } = inside.data;
  return { kind: layer.class_name, settings: layer.config, inner: '/layer' };
}

export function networkOf(layer: LayerSpec): NetworkSpec {
  const parsed = networkSpec.safeParse(layer);
  if (!parsed.success) throw bad(`layers in the model ${layerName(layer)}`, quote(layer.config));
  return parsed.data;
}

/** As Keras makes names of classes: `p_re_lu` of PReLU. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`);
}
