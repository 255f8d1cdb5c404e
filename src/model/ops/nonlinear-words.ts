/** A nonlinear step in ring words, for both rings: add the rounding constant, wrap to the width, shift; take the maximum. @module */
import type { Pool2d } from '../../core/linear-map.js';
import { type RingBits, wordsPerElement } from '../../core/ring.js';
import { roundingConstant } from '../widths.js';
import { forEachRun, pooledSize } from './windows.js';

interface Range {
  readonly width: number;
  readonly shift: number;
}

export interface Shifted {
  readonly words: Uint32Array;
  /** How many inputs lay outside the width. */
  readonly wraps: number;
}

/** ((x + c) wrapped to the width) >> shift */
export function shiftWords(bits: RingBits, range: Range, x: Uint32Array): Shifted {
  return bits === 32 ? shift32(range, x) : shift64(range, x);
}

/** How many elements do not fit `width` signed bits. */
export function outsideWidth(bits: RingBits, width: number, words: Uint32Array): number {
  return shiftWords(bits, { width, shift: 0 }, words).wraps;
}

/** On native integers. */
function shift32({ width, shift }: Range, x: Uint32Array): Shifted {
  const constant = roundingConstant(shift);
  const spare = 32 - width;
  const words = new Uint32Array(x.length);
  let wraps = 0;
  for (let i = 0; i < x.length; i++) {
    const rounded = (x[i]! + constant) | 0;
    const wrapped = (rounded << spare) >> spare;
    if (wrapped !== rounded) wraps++;
    words[i] = wrapped >> shift;
  }
  return { words, wraps };
}

/** On pairs of words: `high` signed, `low` unsigned. */
function shift64({ width, shift }: Range, x: Uint32Array): Shifted {
  const constant = roundingConstant(shift);
  const constantLow = constant % 2 ** 32;
  const constantHigh = Math.floor(constant / 2 ** 32);
  const words = new Uint32Array(x.length);
  let wraps = 0;
  for (let i = 0; i < x.length; i += 2) {
    const low = (x[i]! + constantLow) >>> 0;
    const carry = low < constantLow ? 1 : 0;
    const high = (x[i + 1]! + constantHigh + carry) | 0;
    const wrappedLow = width < 32 ? ((low << (32 - width)) >> (32 - width)) >>> 0 : low;
    const wrappedHigh = width <= 32 ? (wrappedLow | 0) >> 31 : (high << (64 - width)) >> (64 - width);
    if (wrappedLow !== low || wrappedHigh !== high) wraps++;
    if (shift === 0) {
      words[i] = wrappedLow;
      words[i + 1] = wrappedHigh;
    } else if (shift < 32) {
      words[i] = (wrappedLow >>> shift) | (wrappedHigh << (32 - shift));
      words[i + 1] = wrappedHigh >> shift;
    } else {
      words[i] = wrappedHigh >> (shift - 32);
      words[i + 1] = wrappedHigh >> 31;
    }
  }
  return { words, wraps };
}

/** The greatest of each window of shifted values. */
export function maxPoolWords(bits: RingBits, range: Range, pool: Pool2d, batch: number, x: Uint32Array): Uint32Array {
  const lowest = lowestOf(range);
  return bits === 32 ? maxPool32(pool, batch, x, lowest) : maxPool64(pool, batch, x, lowest);
}

/** -2^(width - 1) >> shift, in words, the low one first. */
function lowestOf({ width, shift }: Range): readonly [number, number] {
  const lowest = -(1n << BigInt(width - 1)) >> BigInt(shift);
  return [Number(BigInt.asUintN(32, lowest)), Number(BigInt.asUintN(32, lowest >> 32n))];
}

function maxPool32(pool: Pool2d, batch: number, words: Uint32Array, [lowest]: readonly [number, number]): Uint32Array {
  const x = new Int32Array(words.buffer, words.byteOffset, words.length);
  const best = new Int32Array(batch * pooledSize(pool)).fill(lowest);
  forEachRun(pool, batch, (to, from, count) => {
    for (let c = 0; c < count; c++) if (x[from + c]! > best[to + c]!) best[to + c] = x[from + c]!;
  });
  return new Uint32Array(best.buffer);
}

function maxPool64(pool: Pool2d, batch: number, x: Uint32Array, [low, high]: readonly [number, number]): Uint32Array {
  const best = new Uint32Array(2 * batch * pooledSize(pool));
  for (let i = 0; i < best.length; i += 2) {
    best[i] = low;
    best[i + 1] = high;
  }
  forEachRun(pool, batch, (to, from, count) => {
    for (let a = 2 * to, b = 2 * from; b < 2 * (from + count); a += 2, b += 2) {
      const difference = (x[b + 1]! | 0) - (best[a + 1]! | 0);
      if (difference > 0 || (difference === 0 && x[b]! > best[a]!)) {
        best[a] = x[b]!;
        best[a + 1] = x[b + 1]!;
      }
    }
  });
  return best;
}

/** How many elements are `wanted`, which is not negative. */
export function countOf(bits: RingBits, words: Uint32Array, wanted: number): number {
  const stride = wordsPerElement(bits);
  const [low, high] = [wanted % 2 ** 32, Math.floor(wanted / 2 ** 32)];
  let count = 0;
  for (let i = 0; i < words.length; i += stride) {
    if (words[i] === low && (stride === 1 || words[i + 1] === high)) count++;
  }
  return count;
}
