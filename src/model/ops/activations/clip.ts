/** min(max(x, 0), clipMax), such as ReLU6. @module */
import { encodeNumber } from '../../../core/fixed.js';
import type { Activation } from './activation.js';
import type { Relu } from './relu.js';
import { clampWords, weighted } from './words.js';

export interface Clip {
  readonly activation: 'clip';
  /** Above zero; as an integer it may be rounded to zero. */
  readonly clipMax: number;
}

export const clip: Activation<Clip, Clip, Clip | Relu> = {
  parameters: ['clipMax'],
  realFault: ({ clipMax }) =>
    clipMax > 0 && Number.isFinite(clipMax)
      ? undefined
      : { field: 'clipMax', expected: 'a positive number', came: clipMax },
  fixedFault: ({ clipMax }) =>
    Number.isSafeInteger(clipMax) && clipMax >= 0
      ? undefined
      : { field: 'clipMax', expected: 'an integer from 0 to 2^53 - 1', came: clipMax },
  float: (tf, x, { clipMax }) => tf.clipByValue(x, 0, clipMax),
  // a maximum that no value reaches is a ReLU
  round: (real, fractionBits, greatest) => {
    const clipMax = encodeNumber(real.clipMax, fractionBits);
    return clipMax < greatest ? { activation: 'clip', clipMax } : { activation: 'relu' };
  },
  apply: (value, { clipMax }) => Math.min(Math.max(value, 0), clipMax),
  applyWords: (bits, words, { clipMax }) => clampWords(bits, words, clipMax),
  circuit: (gates, value, { clipMax }) => {
    const magnitude = value.slice(0, -1);
    // below zero the gate decides, so only the magnitude is compared
    const clipped = gates.minConstant(magnitude, BigInt(clipMax));
    return { terms: weighted(clipped), gate: gates.not(value[magnitude.length]!) };
  },
  keepsBySign: false,
  halves: ({ clipMax }) => ({ negative: 0, most: clipMax }),
  ofHalves: ({ negative, most }) =>
    negative === 0 && most !== Number.POSITIVE_INFINITY ? { activation: 'clip', clipMax: most } : undefined,
};
