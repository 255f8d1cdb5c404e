/**
 * Sums and differences of ring tensors, without kernels: all the arithmetic that a client needs. Constant time, as carries are computed from bits.
 * @module
 */
import type { RingBits } from './ring.js';

/** a + b in every element. */
export function addElements(bits: RingBits, a: Uint32Array, b: Uint32Array): Uint32Array {
  expectSameLength(a, b);
  const sum = new Uint32Array(a.length);
  if (bits === 32) {
    for (let i = 0; i < sum.length; i++) sum[i] = a[i]! + b[i]!;
    return sum;
  }
  for (let i = 0; i < sum.length; i += 2) {
    const [x, y] = [a[i]!, b[i]!];
    const low = (x + y) | 0;
    const carry = ((x & y) | ((x | y) & ~low)) >>> 31;
    sum[i] = low;
    sum[i + 1] = a[i + 1]! + b[i + 1]! + carry;
  }
  return sum;
}

/** a - b in every element. */
export function subtractElements(bits: RingBits, a: Uint32Array, b: Uint32Array): Uint32Array {
  expectSameLength(a, b);
  const difference = new Uint32Array(a.length);
  if (bits === 32) {
    for (let i = 0; i < difference.length; i++) difference[i] = a[i]! - b[i]!;
    return difference;
  }
  for (let i = 0; i < difference.length; i += 2) {
    const [x, y] = [a[i]!, b[i]!];
    const low = (x - y) | 0;
    const borrow = ((~x & y) | ((~x | y) & low)) >>> 31;
    difference[i] = low;
    difference[i + 1] = a[i + 1]! - b[i + 1]! - borrow;
  }
  return difference;
}

function expectSameLength(a: Uint32Array, b: Uint32Array): void {
  if (a.length !== b.length) throw new RangeError(`operands: expected ${a.length} words, got ${b.length}`);
}
