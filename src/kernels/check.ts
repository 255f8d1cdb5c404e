/** The lengths that both implementations of Kernels check before they start. @module */
import { type Conv2d, convOutput, inputSize, type Pool2d, poolOutput, weightSize } from '../core/linear-map.js';
import { type RingBits, wordsPerElement } from '../core/ring.js';

/** Throws RangeError unless `words` holds `count` elements. */
function expectElements(kernel: string, name: string, bits: RingBits, words: Uint32Array, count: number): void {
  const got = words.length / wordsPerElement(bits);
  if (got !== count) throw new RangeError(`${kernel}: expected ${count} elements of ${name}, got ${got}`);
}

/** The number of elements in `words`; throws RangeError where a 64-bit element is cut in half. */
export function elementsOf(kernel: string, bits: RingBits, words: Uint32Array): number {
  const count = words.length / wordsPerElement(bits);
  if (!Number.isInteger(count)) throw new RangeError(`${kernel}: expected whole elements, got ${words.length} words`);
  return count;
}

/** Throws RangeError unless `value` is an integer of at least `least`. */
function expectCount(kernel: string, name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`${kernel}: expected ${name} of at least ${least}, got ${value}`);
  }
}

/** Throws RangeError unless the map has an output, its groups divide its channels and the operands fit. */
export function checkConv(bits: RingBits, map: Conv2d, batch: number, x: Uint32Array, w: Uint32Array): void {
  expectCount('conv2d', 'batch', batch, 0);
  const [outHeight, outWidth] = convOutput(map);
  expectCount('conv2d', 'output height', outHeight, 1);
  expectCount('conv2d', 'output width', outWidth, 1);
  if (map.inChannels % map.groups !== 0 || map.outChannels % map.groups !== 0) {
    throw new RangeError(
      `conv2d: expected channels divisible by ${map.groups} groups, got ${map.inChannels} in and ${map.outChannels} out`,
    );
  }
  expectElements('conv2d', 'x', bits, x, batch * inputSize(map));
  expectElements('conv2d', 'w', bits, w, weightSize(map));
}

/** Throws RangeError unless the pool has an output and x fits. */
export function checkPool(bits: RingBits, pool: Pool2d, batch: number, x: Uint32Array): void {
  expectCount('sumPool', 'batch', batch, 0);
  const [outHeight, outWidth] = poolOutput(pool);
  expectCount('sumPool', 'output height', outHeight, 1);
  expectCount('sumPool', 'output width', outWidth, 1);
  expectElements('sumPool', 'x', bits, x, batch * pool.inHeight * pool.inWidth * pool.channels);
}

/** The elements of a and b; throws RangeError unless they are as many. */
export function checkPair(kernel: string, bits: RingBits, a: Uint32Array, b: Uint32Array): number {
  const count = elementsOf(kernel, bits, a);
  expectElements(kernel, 'b', bits, b, count);
  return count;
}

/** The elements of a; throws RangeError unless a is rows of one bias each. */
export function checkBias(bits: RingBits, a: Uint32Array, bias: Uint32Array): number {
  const count = elementsOf('addBias', bits, a);
  const last = elementsOf('addBias', bits, bias);
  if (last === 0 ? count > 0 : count % last !== 0) {
    throw new RangeError(`addBias: expected a multiple of ${last} elements of a, got ${count}`);
  }
  return count;
}

/** The elements of a; throws RangeError where there is no factor or `inner` is not a positive integer. */
export function checkScale(bits: RingBits, a: Uint32Array, factors: readonly bigint[], inner: number): number {
  expectCount('scale', 'number of factors', factors.length, 1);
  expectCount('scale', 'inner', inner, 1);
  return elementsOf('scale', bits, a);
}

/** The elements of a; throws RangeError unless 1 <= width <= bits. */
export function checkReduce(bits: RingBits, a: Uint32Array, width: number): number {
  if (!Number.isInteger(width) || width < 1 || width > bits) {
    throw new RangeError(`reduce: expected a width of 1 to ${bits}, got ${width}`);
  }
  return elementsOf('reduce', bits, a);
}
