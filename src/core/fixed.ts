/**
 * Fixed point: the real number x becomes the integer floor(x * 2^fractionBits + 1/2) in Z_2^l, halves up.
 *
 * Both directions are exact. Encoding runs where the values are at home (client, model owner) and may branch on them.
 * @module
 */
import { TacitError } from './errors.js';
import { type RingBits, wordsPerElement } from './ring.js';

const TWO_32 = 2 ** 32;
/** More than any ring holds. */
export const MOST_FRACTION_BITS = 64;

/** Reals that are accepted, ends included. */
export interface RealRange {
  readonly low: number;
  readonly high: number;
}

function scaleOf(fractionBits: number): number {
  if (!Number.isInteger(fractionBits) || fractionBits < 0 || fractionBits > MOST_FRACTION_BITS) {
    throw new RangeError(`expected fraction bits of 0 to ${MOST_FRACTION_BITS}, got ${fractionBits}`);
  }
  return 2 ** fractionBits;
}

/** floor(t + 1/2). The sum itself would round: 0.49999999999999994 + 0.5 is 1. */
function roundHalfUp(t: number): number {
  const below = Math.floor(t);
  return t - below >= 0.5 ? below + 1 : below;
}

/** Whether a finite real lies in a range, or at an end of it as float32 rounds that. */
export function isWithin(x: number, { low, high }: RealRange): boolean {
  return Number.isFinite(x) && x >= Math.min(low, Math.fround(low)) && x <= Math.max(high, Math.fround(high));
}

function badValue(index: number, range: RealRange | undefined): TacitError {
  return new TacitError(
    'BAD_VALUE',
    range === undefined
      ? `value ${index}: expected a finite number, got none. Clean the input`
      : `value ${index}: expected a number from ${range.low} to ${range.high}, got one outside. Scale the input, or declare its range`,
  );
}

/**
 * One real to its integer as a double: exact while |x| * 2^fractionBits is a double, infinite beyond. What is added inside a network may have more
 * fraction bits than a ring holds.
 */
export function encodeNumber(x: number, fractionBits: number): number {
  return roundHalfUp(x * 2 ** fractionBits);
}

/** The same of many: weights are rounded again and again while bits are chosen. */
export function encodeNumbers(values: ArrayLike<number>, fractionBits: number): Float64Array {
  const scale = 2 ** fractionBits;
  const integers = new Float64Array(values.length);
  for (let i = 0; i < integers.length; i++) integers[i] = roundHalfUp(values[i]! * scale);
  return integers;
}

/**
 * Reals to ring words, one element each.
 *
 * @throws TacitError BAD_VALUE where a value is not finite or lies outside `range`; RANGE_OVERFLOW where a result needs more
 * than `bits` signed bits. Neither tells the value. RangeError where fractionBits is not an integer in [0, 64].
 */
export function encode(
  bits: RingBits,
  fractionBits: number,
  values: ArrayLike<number>,
  range?: RealRange,
): Uint32Array {
  const scale = scaleOf(fractionBits);
  const low = Math.max(range?.low ?? -Infinity, -Number.MAX_VALUE);
  const high = Math.min(range?.high ?? Infinity, Number.MAX_VALUE);
  const limit = 2 ** (bits - 1);
  const wide = bits === 64;
  const words = new Uint32Array(values.length * wordsPerElement(bits));
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (!isWithin(x, { low, high })) throw badValue(i, range);
    // exact: a power of two moves the exponent alone
    const integer = roundHalfUp(Math.min(high, Math.max(low, x)) * scale);
    if (!(integer >= -limit && integer < limit)) {
      throw new TacitError(
        'RANGE_OVERFLOW',
        `value ${i}: expected at most ${bits} bits at scale ${fractionBits}, got more. Use fewer fraction bits`,
      );
    }
    if (wide) {
      const upper = Math.floor(integer / TWO_32);
      words[2 * i] = integer - upper * TWO_32;
      words[2 * i + 1] = upper;
    } else {
      words[i] = integer;
    }
  }
  return words;
}

/**
 * Ring words to reals: the signed integer over 2^fractionBits. A 64-bit integer of more than 53 bits is rounded to the
 * nearest double.
 *
 * @throws RangeError where a 64-bit element is cut in half or fractionBits is not an integer in [0, 64]
 */
export function decode(bits: RingBits, fractionBits: number, words: Uint32Array): Float64Array {
  const scale = scaleOf(fractionBits);
  const count = words.length / wordsPerElement(bits);
  if (!Number.isInteger(count)) throw new RangeError(`decode: expected whole elements, got ${words.length} words`);
  const values = new Float64Array(count);
  if (bits === 32) {
    for (let i = 0; i < count; i++) values[i] = (words[i]! | 0) / scale;
  } else {
    // the upper half times 2^32 is exact, so that the sum is the only rounding
    for (let i = 0; i < count; i++) values[i] = ((words[2 * i + 1]! | 0) * TWO_32 + words[2 * i]!) / scale;
  }
  return values;
}
