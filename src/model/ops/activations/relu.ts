/** max(x, 0) @module */
import { type Activation, endsOf } from './activation.js';
import { clampWords, weighted } from './words.js';

export interface Relu {
  readonly activation: 'relu';
}

export const relu: Activation<Relu, Relu> = {
  parameters: [],
  realFault: () => undefined,
  fixedFault: () => undefined,
  float: (tf, x) => tf.relu(x),
  round: () => ({ activation: 'relu' }),
  apply: (value) => Math.max(value, 0),
  applyWords: (bits, words) => clampWords(bits, words),
  circuit: (gates, value) => {
    const magnitude = value.slice(0, -1);
    return { terms: weighted(magnitude), gate: gates.not(value[magnitude.length]!) };
  },
  bounds: endsOf((value) => Math.max(value, 0)),
  scaling: () => undefined,
  rises: () => true,
  keepsBySign: true,
  halves: () => ({ negative: 0, most: Number.POSITIVE_INFINITY }),
  ofHalves: ({ negative, most }) =>
    negative === 0 && most === Number.POSITIVE_INFINITY ? { activation: 'relu' } : undefined,
};
