import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesOf,
  fromBigInts,
  type RingBits,
  signedAt,
  sizeOf,
  toBigInts,
  wordsPerElement,
} from '../../src/core/ring.js';

const bitsArbitrary = fc.constantFrom<RingBits>(32, 64);

describe('ring words', () => {
  test('hold any integer mod 2^l and give it back signed', () => {
    fc.assert(
      fc.property(bitsArbitrary, fc.array(fc.bigInt({ min: -(1n << 70n), max: 1n << 70n })), (bits, values) => {
        const words = fromBigInts(bits, values);
        expect(words.length).toBe(values.length * wordsPerElement(bits));
        expect(toBigInts(bits, words)).toEqual(values.map((value) => BigInt.asIntN(bits, value)));
      }),
    );
  });

  test.each<[RingBits, bigint, number[]]>([
    [32, 0n, [0]],
    [32, -1n, [0xffffffff]],
    [32, -(1n << 31n), [0x80000000]],
    [32, (1n << 31n) - 1n, [0x7fffffff]],
    [64, 0n, [0, 0]],
    [64, -1n, [0xffffffff, 0xffffffff]],
    [64, -(1n << 63n), [0, 0x80000000]],
    [64, (1n << 63n) - 1n, [0xffffffff, 0x7fffffff]],
    [64, 1n << 32n, [0, 1]],
  ])('%i bits of %d', (bits, value, words) => {
    expect([...fromBigInts(bits, [value])]).toEqual(words);
    expect(signedAt(bits, Uint32Array.of(7, 7, ...words).subarray(2), 0)).toBe(value);
  });

  test('are little-endian bytes, seen and not copied', () => {
    const words = Uint32Array.of(9, 0x04030201, 0x08070605);
    const bytes = bytesOf(words.subarray(1));
    expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    bytes[0] = 0xff;
    expect(words[1]).toBe(0x040302ff);
  });

  test('sizes are products', () => {
    expect(sizeOf([])).toBe(1);
    expect(sizeOf([2, 3, 4])).toBe(24);
    expect(sizeOf([2, 0])).toBe(0);
  });
});
