/**
 * Functions that end a network and are functions of its outputs alone. Whoever learns the outputs applies those of each element, in floating
 * point; of a softmax or its logarithm, and of a choice of the greatest, the logits are what is learnt.
 * @module
 */
import { sizeOf } from '../../core/ring.js';
import type { Ending, Port } from './node.js';

const ENDINGS: { readonly [E in Ending]: ((x: number) => number) | undefined } = {
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softmax: undefined,
  logSoftmax: undefined,
  argMax: undefined,
  topK: undefined,
};

export function isEnding(name: string): name is Ending {
  return Object.hasOwn(ENDINGS, name);
}

/** Whether what is learnt is what goes into the function. */
export function givesLogits({ ending }: Port): boolean {
  return ending !== undefined && ENDINGS[ending] === undefined;
}

/** The outputs of a network, from what was computed: [count, elements of all outputs]. */
export function ended<T extends Float32Array | Float64Array>(outputs: readonly Port[], values: T): T {
  const result = values.slice() as T;
  const elements = outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  let first = 0;
  for (const { shape, ending } of outputs) {
    const size = sizeOf(shape);
    const applied = ending && ENDINGS[ending];
    for (let start = first; applied !== undefined && start < values.length; start += elements) {
      for (let i = start; i < start + size; i++) result[i] = applied(values[i]!);
    }
    first += size;
  }
  return result;
}
