/** The identity: of a max pool alone, or of a step that only brings a value down to a scale. @module */
import { type Activation, endsOf } from './activation.js';
import { signed } from './words.js';

export interface None {
  readonly activation: 'none';
}

export const none: Activation<None, None> = {
  parameters: [],
  realFault: () => undefined,
  fixedFault: () => undefined,
  float: (_, x) => x,
  round: () => ({ activation: 'none' }),
  apply: (value) => value,
  applyWords: () => {},
  circuit: (_, value) => ({ terms: signed(value) }),
  bounds: endsOf((value) => value),
  scaling: () => undefined,
  rises: () => true,
  keepsBySign: false,
  halves: () => ({ negative: 1, most: Number.POSITIVE_INFINITY }),
  ofHalves: ({ negative, most }) =>
    negative === 1 && most === Number.POSITIVE_INFINITY ? { activation: 'none' } : undefined,
};
