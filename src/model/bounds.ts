/**
 * Interval arithmetic over the integers of a fixed-point network: for each channel (element of the last axis) of a tensor
 * the least and the greatest value it can take. Sums below 2^53 are exact in doubles; beyond, bounds are rounded outward.
 * @module
 */
import { type Conv2d, type Pool2d, poolOutput } from '../core/linear-map.js';
import { insideAt } from './windows.js';

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

/** Each channel also takes the value 0. */
export function withZero(bounds: Bounds): Bounds {
  return { low: bounds.low.map((low) => Math.min(low, 0)), high: bounds.high.map((high) => Math.max(high, 0)) };
}

/** x o W + b for integer weights (HWIO) and biases; every window position has the same bound. */
export function linearBounds(map: Conv2d, x: Bounds, weights: Float64Array, bias: Float64Array | undefined): Bounds {
  const padded = map.padTop + map.padBottom + map.padLeft + map.padRight > 0;
  const { low: xLow, high: xHigh } = padded ? withZero(x) : x;
  const outputs = map.outChannels;
  const perGroup = map.inChannels / map.groups;
  const outputsPerGroup = outputs / map.groups;
  const taps = weights.length / outputs;
  const low = new Float64Array(outputs);
  const high = new Float64Array(outputs);
  const magnitude = new Float64Array(outputs);
  for (let tap = 0; tap < taps; tap++) {
    for (let output = 0; output < outputs; output++) {
      const weight = weights[tap * outputs + output]!;
      const channel = Math.floor(output / outputsPerGroup) * perGroup + (tap % perGroup);
      const a = weight * xLow[channel]!;
      const b = weight * xHigh[channel]!;
      low[output]! += Math.min(a, b);
      high[output]! += Math.max(a, b);
      magnitude[output]! += Math.max(Math.abs(a), Math.abs(b));
    }
  }
  for (let output = 0; output < outputs; output++) {
    const offset = bias?.[output] ?? 0;
    low[output]! += offset;
    high[output]! += offset;
    widen(low, high, output, magnitude[output]! + Math.abs(offset), taps + 1);
  }
  return { low, high };
}

/** The sum over each window, whose elements inside the image may differ in number from position to position. */
export function sumPoolBounds(pool: Pool2d, x: Bounds): Bounds {
  const [height, width] = poolOutput(pool);
  const counts = { low: Number.POSITIVE_INFINITY, high: 0 };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const count = insideAt(pool, row, column);
      counts.low = Math.min(counts.low, count);
      counts.high = Math.max(counts.high, count);
    }
  }
  return scaleBounds(x, [counts.low, counts.high]);
}

/** x times any of `factors`. */
export function scaleBounds(x: Bounds, factors: readonly number[]): Bounds {
  const { low: least, high: greatest } = extremes(factors);
  return outward(x, (i) => {
    const products = [least * x.low[i]!, least * x.high[i]!, greatest * x.low[i]!, greatest * x.high[i]!];
    return { low: Math.min(...products), high: Math.max(...products) };
  });
}

/** x * y, of any x and y in their bounds. */
export function productBounds(x: Bounds, y: Bounds): Bounds {
  return outward(x, (i) => {
    const corners = [x.low[i]! * y.low[i]!, x.low[i]! * y.high[i]!, x.high[i]! * y.low[i]!, x.high[i]! * y.high[i]!];
    return { low: Math.min(...corners), high: Math.max(...corners) };
  });
}

/** x * x, which is never negative. */
export function squareBounds(x: Bounds): Bounds {
  const square = outward(x, (i) => {
    const [low, high] = [x.low[i]! ** 2, x.high[i]! ** 2];
    const crossesZero = x.low[i]! < 0 && x.high[i]! > 0;
    return { low: crossesZero ? 0 : Math.min(low, high), high: Math.max(low, high) };
  });
  return { low: square.low.map((low) => Math.max(low, 0)), high: square.high };
}

export function addBounds(terms: readonly Bounds[]): Bounds {
  const low = new Float64Array(terms[0]!.low.length);
  const high = new Float64Array(low.length);
  for (let i = 0; i < low.length; i++) {
    let magnitude = 0;
    for (const term of terms) {
      low[i]! += term.low[i]!;
      high[i]! += term.high[i]!;
      magnitude += Math.max(Math.abs(term.low[i]!), Math.abs(term.high[i]!));
    }
    widen(low, high, i, magnitude, terms.length);
  }
  return { low, high };
}

export function concatBounds(parts: readonly Bounds[]): Bounds {
  return {
    low: Float64Array.from(parts.flatMap((part) => [...part.low])),
    high: Float64Array.from(parts.flatMap((part) => [...part.high])),
  };
}

/** The bounds after a reshape to a last axis of `channels`; element i has channel i mod the last axis, before and after. */
export function reshapeBounds(x: Bounds, channels: number): Bounds {
  const before = x.low.length;
  if (channels % before === 0) {
    const repeat = (values: Float64Array) => Float64Array.from({ length: channels }, (_, i) => values[i % before]!);
    return { low: repeat(x.low), high: repeat(x.high) };
  }
  if (before % channels !== 0) return constantBounds(channels, intervalOf(x));
  const low = x.low.slice(0, channels);
  const high = x.high.slice(0, channels);
  for (let i = channels; i < before; i++) {
    low[i % channels] = Math.min(low[i % channels]!, x.low[i]!);
    high[i % channels] = Math.max(high[i % channels]!, x.high[i]!);
  }
  return { low, high };
}

/** What a nonlinear step makes of its input: `wraps` where a value may leave the width and come back anywhere in it. */
export function nonlinearBounds(
  x: Bounds,
  step: { readonly width: number; readonly shift: number; readonly activation: string; readonly clipMax?: number },
): Bounds {
  const half = 2 ** (step.width - 1);
  const rounding = step.shift === 0 ? 0 : 2 ** (step.shift - 1);
  const scale = 2 ** step.shift;
  const low = new Float64Array(x.low.length);
  const high = new Float64Array(x.low.length);
  for (let i = 0; i < low.length; i++) {
    const fits = x.low[i]! + rounding >= -half && x.high[i]! + rounding <= half - 1;
    low[i] = fits ? Math.floor((x.low[i]! + rounding) / scale) : Math.floor(-half / scale);
    high[i] = fits ? Math.floor((x.high[i]! + rounding) / scale) : Math.floor((half - 1) / scale);
    if (step.shift > 0) widen(low, high, i, Math.max(Math.abs(x.low[i]!), Math.abs(x.high[i]!)), 1);
    if (step.activation === 'none') continue;
    const max = step.activation === 'clip' ? step.clipMax! : Number.POSITIVE_INFINITY;
    low[i] = Math.min(Math.max(low[i]!, 0), max);
    high[i] = Math.min(Math.max(high[i]!, 0), max);
  }
  return { low, high };
}

/** `boundsOf` each channel, one product's error wider. */
function outward(x: Bounds, boundsOf: (channel: number) => Interval): Bounds {
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

// A sum of n terms in doubles is off by at most n * 2^-53 of the sum of their magnitudes; twice that covers the product and the sum.
function widen(low: Float64Array, high: Float64Array, index: number, magnitude: number, terms: number): void {
  if (magnitude < EXACT) return;
  const slack = magnitude * (terms + 1) * 2 ** -51;
  low[index] = Math.floor(low[index]! - slack);
  high[index] = Math.ceil(high[index]! + slack);
}
