/** What a perturbation may be: within eps of the input, in the greatest element or in length, and within the inputs' range. @module */
import type { Random } from '../random.js';

export type Ball = 'linf' | 'l2';

export interface Within {
  readonly ball: Ball;
  readonly eps: number;
  /** What inputs may hold. */
  readonly low: number;
  readonly high: number;
}

export function norm(values: ArrayLike<number>, start: number, size: number): number {
  let sum = 0;
  for (let i = start; i < start + size; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}

/** Brings x, in place, to within eps of its origin and into the range. */
export function intoBall(x: Float32Array, origin: Float32Array, { ball, eps, low, high }: Within, size: number): void {
  for (let start = 0; start < x.length; start += size) {
    let factor = 1;
    if (ball === 'l2') {
      let sum = 0;
      for (let i = start; i < start + size; i++) sum += (x[i]! - origin[i]!) ** 2;
      factor = Math.min(1, eps / Math.sqrt(sum || 1));
    }
    for (let i = start; i < start + size; i++) {
      const step = (x[i]! - origin[i]!) * factor;
      const bounded = ball === 'linf' ? Math.max(-eps, Math.min(eps, step)) : step;
      x[i] = Math.max(low, Math.min(high, origin[i]! + bounded));
    }
  }
}

/** A point of the ball around each input. */
export function startInBall(origin: Float32Array, within: Within, size: number, random: Random): Float32Array {
  const { ball, eps } = within;
  const x = Float32Array.from(origin);
  for (let start = 0; start < x.length; start += size) {
    if (ball === 'linf') {
      for (let i = start; i < start + size; i++) x[i]! += eps * (2 * random.uniform() - 1);
      continue;
    }
    const step = Float64Array.from({ length: size }, () => random.normal());
    const length = (eps * random.uniform()) / norm(step, 0, size);
    for (let i = 0; i < size; i++) x[start + i]! += length * step[i]!;
  }
  intoBall(x, origin, within, size);
  return x;
}
