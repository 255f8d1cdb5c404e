/**
 * x where x >= 0, slope * x elsewhere, 0 < slope < 1.
 *
 * In fixed point the slope is a multiple of 2^-slopeBits, and the product is rounded to the nearest integer, ties upward:
 * floor((slope * x + 2^(slopeBits - 1)) / 2^slopeBits).
 * @module
 */
import { FALSE, type Gates, TRUE, type Word } from '../../../core/gates.js';
import { endsOf, type FixedSide, type RealSide } from './activation.js';
import { signed, sumOf, wordOf } from './words.js';

export interface LeakyRelu {
  readonly activation: 'leakyRelu';
  readonly slope: number;
}

/** The slope is slope / 2^slopeBits. */
export interface FixedLeakyRelu extends LeakyRelu {
  readonly slopeBits: number;
}

/** Of the slope, which so is off by 2^-7 of itself at most. Each bit that is set costs an addition. */
const SIGNIFICANT_BITS = 7;
/** A slope below 2^-24 of the value is none at any scale that fits a circuit. */
const MOST_SLOPE_BITS = 24;
/** Magnitudes below this times a slope are exact in doubles. */
const EXACT = 2 ** (53 - MOST_SLOPE_BITS);

export const realLeakyRelu: RealSide<LeakyRelu, FixedLeakyRelu> = {
  realFault: ({ slope }) =>
    slope > 0 && slope < 1 ? undefined : { field: 'slope', expected: 'a number between 0 and 1', came: slope },
  float: (tf, x, { slope }) => tf.leakyRelu(x, slope),
  round: ({ slope }) => {
    let slopeBits = Math.min(MOST_SLOPE_BITS, SIGNIFICANT_BITS - 1 - Math.floor(Math.log2(slope)));
    let rounded = Math.round(slope * 2 ** slopeBits);
    for (; rounded % 2 === 0 && slopeBits > 1; slopeBits--) rounded /= 2;
    return { activation: 'leakyRelu', slope: rounded, slopeBits };
  },
  scaling: () => undefined,
  rises: () => true,
  halves: ({ slope }) => ({ negative: slope, most: Number.POSITIVE_INFINITY }),
  ofHalves: ({ negative, most }) =>
    negative > 0 && negative < 1 && most === Number.POSITIVE_INFINITY
      ? { activation: 'leakyRelu', slope: negative }
      : undefined,
};

export const fixedLeakyRelu: FixedSide<FixedLeakyRelu> = {
  parameters: ['slope', 'slopeBits'],
  fixedFault: ({ slope, slopeBits }) => {
    if (!Number.isInteger(slopeBits) || slopeBits < 1 || slopeBits > MOST_SLOPE_BITS) {
      return { field: 'slopeBits', expected: `an integer from 1 to ${MOST_SLOPE_BITS}`, came: slopeBits };
    }
    return Number.isInteger(slope) && slope >= 0 && slope <= 2 ** slopeBits
      ? undefined
      : { field: 'slope', expected: 'an integer from 0 to 2^slopeBits', came: slope };
  },
  apply,
  applyWords: (bits, words, leaky) => {
    if (bits === 32) apply32(words, leaky);
    else apply64(words, leaky);
  },
  circuit: (gates, value, leaky) => {
    const sign = value.at(-1)!;
    const scaled = scaleNegative(gates, value, leaky);
    // the product where the sign is set, else the value
    return { terms: signed(value.map((bit, k) => gates.xor(bit, gates.and(sign, gates.xor(bit, scaled[k]!))))) };
  },
  bounds: endsOf(apply),
  keepsBySign: false,
};

function apply(value: number, leaky: FixedLeakyRelu): number {
  if (value >= 0) return value;
  if (value <= -EXACT) return Number(applyExact(BigInt(value), leaky));
  const { slope, slopeBits } = leaky;
  return Math.floor((value * slope) / 2 ** slopeBits + 0.5);
}

/** Of a negative value. */
function applyExact(value: bigint, { slope, slopeBits }: FixedLeakyRelu): bigint {
  return (value * BigInt(slope) + (1n << BigInt(slopeBits - 1))) >> BigInt(slopeBits);
}

function apply32(words: Uint32Array, leaky: FixedLeakyRelu): void {
  for (let i = 0; i < words.length; i++) {
    const value = words[i]! | 0;
    if (value < 0) words[i] = apply(value, leaky);
  }
}

/** On pairs of words, the low one first. */
function apply64(words: Uint32Array, leaky: FixedLeakyRelu): void {
  for (let i = 0; i < words.length; i += 2) {
    const high = words[i + 1]! | 0;
    if (high >= 0) continue;
    const value = applyExact((BigInt(high) << 32n) | BigInt(words[i]!), leaky);
    words[i] = Number(BigInt.asUintN(32, value));
    words[i + 1] = Number(BigInt.asUintN(32, value >> 32n));
  }
}

/** The rounded product of a negative word, whose sign bit is taken as set. */
function scaleNegative(gates: Gates, value: Word, { slope, slopeBits }: FixedLeakyRelu): Word {
  const magnitude = value.slice(0, -1);
  const width = value.length + slopeBits;
  // x = (x mod 2^(n-1)) - 2^(n-1): the second part is public, and so is the half that rounds
  const constant = 2n ** BigInt(slopeBits - 1) - BigInt(slope) * 2n ** BigInt(magnitude.length);
  const shifts = Array.from({ length: slopeBits + 1 }, (_, k) => k).filter((k) => (BigInt(slope) >> BigInt(k)) & 1n);
  const terms = shifts.map((k) => wordOf(width, (bit) => magnitude[bit - k] ?? FALSE));
  terms.push(wordOf(width, (bit) => ((constant >> BigInt(bit)) & 1n ? TRUE : FALSE)));
  return sumOf(gates, terms).slice(slopeBits);
}
