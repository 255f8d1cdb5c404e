/** The identity: of a max pool alone, or of a step that only brings a value down to a scale. @module */
import { endsOf, type FixedSide, type RealSide } from './activation.js';
import { signed } from './words.js';

export interface None {
  readonly activation: 'none';
}

export const realNone: RealSide<None, None> = {
  realFault: () => undefined,
  float: (_, x) => x,
  round: () => ({ activation: 'none' }),
  scaling: () => undefined,
  rises: () => true,
  halves: () => ({ negative: 1, most: Number.POSITIVE_INFINITY }),
  ofHalves: ({ negative, most }) =>
    negative === 1 && most === Number.POSITIVE_INFINITY ? { activation: 'none' } : undefined,
};

export const fixedNone: FixedSide<None> = {
  parameters: [],
  fixedFault: () => undefined,
  apply: (value) => value,
  applyWords: () => {},
  circuit: (_, value) => ({ terms: signed(value) }),
  bounds: endsOf((value) => value),
  keepsBySign: false,
};
