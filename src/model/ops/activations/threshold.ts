/** x where x > threshold, 0 elsewhere, threshold > 0: Keras's ThresholdedReLU. @module */
import { FALSE, type Gates, TRUE, type Word } from '../../../core/gates.js';
import type { RingBits } from '../../../core/ring.js';
import { endsOf, type FixedSide, type RealSide } from './activation.js';
import type { Relu } from './relu.js';
import { clampWords, weighted, wordOf } from './words.js';

export interface Threshold {
  readonly activation: 'threshold';
  /** Above zero. */
  readonly threshold: number;
}

export const realThreshold: RealSide<Threshold, Threshold | Relu> = {
  realFault: ({ threshold }) =>
    threshold > 0 && Number.isFinite(threshold)
      ? undefined
      : { field: 'threshold', expected: 'a positive number', came: threshold },
  float: (tf, x, { threshold }) => tf.where(tf.greater(x, threshold), x, tf.zerosLike(x)),
  // an integer is above a real where it is above the floor of it; above that of all inputs none is
  round: (real, { output }, { high }) => {
    const threshold = Math.floor(Math.min(real.threshold * 2 ** output, Math.max(high, 0)));
    return threshold === 0 ? { activation: 'relu' } : { activation: 'threshold', threshold };
  },
  scaling: () => undefined,
  rises: () => true,
  halves: () => undefined,
  ofHalves: () => undefined,
};

export const fixedThreshold: FixedSide<Threshold> = {
  parameters: ['threshold'],
  fixedFault: ({ threshold }) =>
    Number.isSafeInteger(threshold) && threshold >= 0
      ? undefined
      : { field: 'threshold', expected: 'an integer from 0 to 2^53 - 1', came: threshold },
  apply,
  applyWords: (bits, words, { threshold }) => {
    clampWords(bits, words);
    dropWords(bits, words, threshold);
  },
  circuit: (gates, value, { threshold }) => {
    const magnitude = value.slice(0, -1);
    return {
      terms: weighted(magnitude),
      gate: gates.and(gates.not(value.at(-1)!), isAbove(gates, magnitude, BigInt(threshold))),
    };
  },
  bounds: endsOf(apply),
  keepsBySign: false,
};

function apply(value: number, { threshold }: Threshold): number {
  return value > threshold ? value : 0;
}

/** Of words that are not negative, those up to the threshold become 0. */
function dropWords(bits: RingBits, words: Uint32Array, threshold: number): void {
  if (bits === 32) {
    for (let i = 0; i < words.length; i++) if (words[i]! <= threshold) words[i] = 0;
    return;
  }
  const [low, high] = [threshold % 2 ** 32, Math.floor(threshold / 2 ** 32)];
  for (let i = 0; i < words.length; i += 2) {
    const above = words[i + 1]! > high || (words[i + 1]! === high && words[i]! > low);
    if (!above) words[i] = words[i + 1] = 0;
  }
}

/** x > limit, for unsigned x: the carry of x + (2^n - 1 - limit). */
function isAbove(gates: Gates, x: Word, limit: bigint): number {
  const rest = (1n << BigInt(x.length)) - 1n - limit;
  if (rest <= 0n) return FALSE;
  const constant = wordOf(x.length + 1, (bit) => ((rest >> BigInt(bit)) & 1n ? TRUE : FALSE));
  return gates.add([...x, FALSE], constant).at(-1)!;
}
