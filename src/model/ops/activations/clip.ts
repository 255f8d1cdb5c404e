/** min(max(x, 0), clipMax), such as ReLU6. @module */
import { encodeNumber } from '../../../core/fixed.js';
import { endsOf, type FixedSide, type RealSide } from './activation.js';
import type { Relu } from './relu.js';
import { clampWords, weighted } from './words.js';

export interface Clip {
  readonly activation: 'clip';
  /** Above zero; as an integer it may be rounded to zero. */
  readonly clipMax: number;
}

export const realClip: RealSide<Clip, Clip | Relu> = {
  realFault: ({ clipMax }) =>
    clipMax > 0 && Number.isFinite(clipMax)
      ? undefined
      : { field: 'clipMax', expected: 'a positive number', came: clipMax },
  float: (tf, x, { clipMax }) => tf.clipByValue(x, 0, clipMax),
  // a maximum that no value reaches is a ReLU
  round: (real, { output }, { high }) => {
    const clipMax = encodeNumber(real.clipMax, output);
    return clipMax < high ? { activation: 'clip', clipMax } : { activation: 'relu' };
  },
  scaling: () => undefined,
  rises: () => true,
  halves: ({ clipMax }) => ({ negative: 0, most: clipMax }),
  ofHalves: ({ negative, most }) =>
    negative === 0 && most !== Number.POSITIVE_INFINITY ? { activation: 'clip', clipMax: most } : undefined,
};

export const fixedClip: FixedSide<Clip> = {
  parameters: ['clipMax'],
  fixedFault: ({ clipMax }) =>
    Number.isSafeInteger(clipMax) && clipMax >= 0
      ? undefined
      : { field: 'clipMax', expected: 'an integer from 0 to 2^53 - 1', came: clipMax },
  apply,
  applyWords: (bits, words, { clipMax }) => clampWords(bits, words, clipMax),
  circuit: (gates, value, { clipMax }) => {
    const magnitude = value.slice(0, -1);
    // below zero the gate decides, so only the magnitude is compared
    const clipped = gates.minConstant(magnitude, BigInt(clipMax));
    return { terms: weighted(clipped), gate: gates.not(value[magnitude.length]!) };
  },
  bounds: endsOf(apply),
  keepsBySign: false,
};

function apply(value: number, { clipMax }: Clip): number {
  return Math.min(Math.max(value, 0), clipMax);
}
