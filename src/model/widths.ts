/** How many bits a value needs. @module */
import type { Interval } from './bounds.js';

/** c = 2^(shift - 1), what rounds a right shift to the nearest; 0 without a shift. */
export function roundingConstant(shift: number): number {
  return shift === 0 ? 0 : 2 ** (shift - 1);
}

/** The least m with -2^(m-1) <= low + c and high + c <= 2^(m-1) - 1. Exact for bounds of any size; infinite for those beyond a double. */
export function widthOf(interval: Interval, constant: number): number {
  if (!Number.isFinite(interval.low) || !Number.isFinite(interval.high)) return Number.POSITIVE_INFINITY;
  const low = BigInt(Math.floor(interval.low)) + BigInt(constant);
  const high = BigInt(Math.ceil(interval.high)) + BigInt(constant);
  return 1 + Math.max(bitLength(low < 0n ? -low - 1n : low), bitLength(high < 0n ? -high - 1n : high));
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** A width in bits and what decided it. */
export interface WidthChoice {
  readonly width: number;
  readonly decidedBy: 'guaranteed' | 'observed';
}

/**
 * The smaller of what is guaranteed and of what was observed plus headroom, but at least `least`.
 *
 * @param constant what is added to the value before it is taken to the width
 */
export function chooseWidth(
  guaranteed: Interval,
  observed: Interval | undefined,
  constant: number,
  headroomBits: number,
  least: number,
): WidthChoice {
  const proven = Math.max(widthOf(guaranteed, constant), least);
  if (observed === undefined) return { width: proven, decidedBy: 'guaranteed' };
  const seen = Math.max(widthOf(observed, constant) + headroomBits, least);
  return seen < proven ? { width: seen, decidedBy: 'observed' } : { width: proven, decidedBy: 'guaranteed' };
}
