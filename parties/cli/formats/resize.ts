/**
 * Bilinear resizing with antialiasing: the triangle filter, as wide as the step between output pixels where the image becomes smaller. What
 * Pillow's BILINEAR and TensorFlow's antialiased resize do, without rounding to bytes.
 * @module
 */
import type { Size } from './pixels.js';

/** The inputs of one output pixel along an axis, from `first` on; the weights add up to 1. */
interface Window {
  readonly first: number;
  readonly weights: readonly number[];
}

/** @param values row major, channels last */
export function resize(values: Float64Array, from: Size, to: Size, channels: number): Float64Array {
  const narrow = along(values, from.height, from.width, to.width, channels);
  return along(narrow, 1, from.height, to.height, to.width * channels);
}

/** Of [outer, extent, inner] the middle axis. */
function along(values: Float64Array, outer: number, extent: number, target: number, inner: number): Float64Array {
  if (extent === target) return values;
  const windows = windowsOf(extent, target);
  const result = new Float64Array(outer * target * inner);
  for (let i = 0; i < outer; i++) {
    for (const [k, { first, weights }] of windows.entries()) {
      const to = (i * target + k) * inner;
      for (const [j, weight] of weights.entries()) {
        const at = (i * extent + first + j) * inner;
        for (let c = 0; c < inner; c++) result[to + c]! += weight * values[at + c]!;
      }
    }
  }
  return result;
}

function windowsOf(extent: number, target: number): Window[] {
  const step = extent / target;
  const reach = Math.max(1, step);
  return Array.from({ length: target }, (_, i) => {
    const centre = (i + 0.5) * step;
    const first = Math.max(0, Math.floor(centre - reach));
    const end = Math.min(extent, Math.ceil(centre + reach));
    const heights = Array.from({ length: end - first }, (__, j) =>
      Math.max(0, 1 - Math.abs(first + j + 0.5 - centre) / reach),
    );
    const sum = heights.reduce((total, height) => total + height, 0);
    return { first, weights: heights.map((height) => height / sum) };
  });
}
