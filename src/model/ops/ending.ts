/**
 * Functions that end a network and are functions of its outputs alone: whoever learns the outputs applies them, in floating point.
 * A softmax is no such ending: what is learnt are its logits.
 * @module
 */
import { sizeOf } from '../../core/ring.js';
import type { Ending, Port } from './node.js';

const ENDINGS: { readonly [E in Ending]: (x: number) => number } = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

export function isEnding(name: string): name is Ending {
  return Object.hasOwn(ENDINGS, name);
}

/** The outputs of a network, from what was computed: [count, elements of all outputs]. */
export function ended<T extends Float32Array | Float64Array>(outputs: readonly Port[], values: T): T {
  const result = values.slice() as T;
  const elements = outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  let first = 0;
  for (const { shape, ending } of outputs) {
    const size = sizeOf(shape);
    for (let start = first; ending !== undefined && start < values.length; start += elements) {
      for (let i = start; i < start + size; i++) result[i] = ENDINGS[ending](values[i]!);
    }
    first += size;
  }
  return result;
}
