/** Nested lists of numbers as JSON. @module */
import { TacitError } from '../../../src/core/errors.js';
import { checkCount, MOST_DIMENSIONS, type NdArray } from './nd-array.js';

/** @throws BAD_INPUT where it is no JSON or has other things than numbers, BAD_SHAPE where rows are not equally long */
export function readJson(bytes: Uint8Array, name: string): NdArray {
  const data = parseJson(bytes, name, 'Write nested arrays of numbers');
  const shape: number[] = [];
  for (let level = data; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (shape.length > MOST_DIMENSIONS) {
      throw new TacitError(
        'BAD_SHAPE',
        `expected at most ${MOST_DIMENSIONS} dimensions in ${name}, got more. Write nested arrays of numbers`,
      );
    }
  }
  const values = new Float64Array(checkCount(shape, name));
  flatten(data, shape, 0, values, 0, name);
  return { shape, values };
}

/** @throws BAD_INPUT where it is no JSON */
export function parseJson(bytes: Uint8Array, name: string, advice: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new TacitError('BAD_INPUT', `expected JSON in ${name}, got text that does not parse. ${advice}`, { cause });
  }
}

/** Gives where the next value goes. */
function flatten(
  data: unknown,
  shape: readonly number[],
  depth: number,
  values: Float64Array,
  at: number,
  name: string,
): number {
  if (depth === shape.length) {
    if (typeof data !== 'number') {
      throw new TacitError(
        'BAD_INPUT',
        `expected numbers in ${name}, got ${kindOf(data)}. Write nested arrays of numbers`,
      );
    }
    values[at] = data;
    return at + 1;
  }
  if (!Array.isArray(data) || data.length !== shape[depth]) {
    const came = Array.isArray(data) ? `one of ${data.length}` : 'a value';
    throw new TacitError(
      'BAD_SHAPE',
      `expected lists of ${shape[depth]} at depth ${depth + 1} in ${name}, got ${came}. Make all rows equally long`,
    );
  }
  let next = at;
  for (const item of data) next = flatten(item, shape, depth + 1, values, next, name);
  return next;
}

function kindOf(data: unknown): string {
  if (data === null) return 'null';
  if (Array.isArray(data)) return 'a list';
  return typeof data === 'object' ? 'an object' : `a ${typeof data}`;
}
