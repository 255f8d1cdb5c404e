/** Arrays of numbers as files hold them, and how large they may be. @module */
import { TacitError } from '../../../src/core/errors.js';
import { sizeOf } from '../../../src/core/ring.js';

export interface NdArray {
  readonly shape: readonly number[];
  /** Row major. */
  readonly values: Float64Array | Float32Array;
}

/** Some 400 photos of 224 x 224. */
export const MOST_VALUES: number = 2 ** 26;
export const MOST_DIMENSIONS = 16;

/** Elements of an array of `shape`. @throws BAD_SHAPE where they are too many to be read at once, before any is */
export function checkCount(shape: readonly number[], name: string): number {
  const count = sizeOf(shape);
  const extents = shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  if (extents && shape.length <= MOST_DIMENSIONS && count <= MOST_VALUES) return count;
  const came = shape.length > MOST_DIMENSIONS ? `${shape.length} dimensions` : `[${shape.join(',')}]`;
  throw new TacitError(
    'BAD_SHAPE',
    `expected at most ${MOST_DIMENSIONS} dimensions and ${MOST_VALUES} numbers in ${name}, got ${came}. Split the array`,
  );
}
