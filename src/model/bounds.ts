/**
 * Interval arithmetic over the integers of a fixed-point network: for each channel (element of the last axis) of a tensor
 * the least and the greatest value it can take. Sums below 2^53 are exact in doubles; beyond, bounds are rounded outward.
 * @module
 */

/** One entry a channel, integers. */
export interface Bounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The least and the greatest over all channels. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const EXACT = 2 ** 53;

export function constantBounds(channels: number, { low, high }: Interval): Bounds {
  return { low: new Float64Array(channels).fill(low), high: new Float64Array(channels).fill(high) };
}

export function intervalOf(bounds: Bounds): Interval {
  return { low: extremes(bounds.low).low, high: extremes(bounds.high).high };
}

/** The least and the greatest of some values. Any number of them: an argument each would overflow the stack. */
export function extremes(values: ArrayLike<number>): Interval {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return { low, high };
}

/** Reals at a scale of 2^fractionBits. */
export function scaled({ low, high }: Interval, fractionBits: number): Interval {
  return { low: low * 2 ** fractionBits, high: high * 2 ** fractionBits };
}

/** Each channel also takes `value`. */
export function withValue(bounds: Bounds, value: number): Bounds {
  return { low: bounds.low.map((low) => Math.min(low, value)), high: bounds.high.map((high) => Math.max(high, value)) };
}

/** x times any of `factors`. */
export function scaleBounds(x: Bounds, factors: readonly number[]): Bounds {
  const { low: least, high: greatest } = extremes(factors);
  return outward(x, (i) => {
    const products = [least * x.low[i]!, least * x.high[i]!, greatest * x.low[i]!, greatest * x.high[i]!];
    return { low: Math.min(...products), high: Math.max(...products) };
  });
}

/** `boundsOf` each channel, one product's error wider. */
export function outward(x: Bounds, boundsOf: (channel: number) => Interval): Bounds {
  const low = new Float64Array(x.low.length);
  const high = new Float64Array(x.low.length);
  for (let i = 0; i < low.length; i++) {
    const interval = boundsOf(i);
    low[i] = interval.low;
    high[i] = interval.high;
    widen(low, high, i, Math.max(Math.abs(low[i]!), Math.abs(high[i]!)), 1);
  }
  return { low, high };
}

/**
 * Takes the error of a sum in doubles into bounds: n terms are off by at most n * 2^-53 of the sum of their magnitudes; twice that
 * covers the product and the sum.
 */
export function widen(low: Float64Array, high: Float64Array, index: number, magnitude: number, terms: number): void {
  if (magnitude < EXACT) return;
  const slack = magnitude * (terms + 1) * 2 ** -51;
  low[index] = Math.floor(low[index]! - slack);
  high[index] = Math.ceil(high[index]! + slack);
}
