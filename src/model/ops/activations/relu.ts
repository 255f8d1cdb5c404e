/** max(x, 0) @module */
import { endsOf, type FixedSide, type RealSide } from './activation.js';
import { clampWords, weighted } from './words.js';

export interface Relu {
  readonly activation: 'relu';
}

export const realRelu: RealSide<Relu, Relu> = {
  realFault: () => undefined,
  float: (tf, x) => tf.relu(x),
  round: () => ({ activation: 'relu' }),
  scaling: () => undefined,
  rises: () => true,
  halves: () => ({ negative: 0, most: Number.POSITIVE_INFINITY }),
  ofHalves: ({ negative, most }) =>
    negative === 0 && most === Number.POSITIVE_INFINITY ? { activation: 'relu' } : undefined,
};

export const fixedRelu: FixedSide<Relu> = {
  parameters: [],
  fixedFault: () => undefined,
  apply: (value) => Math.max(value, 0),
  applyWords: (bits, words) => clampWords(bits, words),
  circuit: (gates, value) => {
    const magnitude = value.slice(0, -1);
    return { terms: weighted(magnitude), gate: gates.not(value[magnitude.length]!) };
  },
  bounds: endsOf((value) => Math.max(value, 0)),
  keepsBySign: true,
};
