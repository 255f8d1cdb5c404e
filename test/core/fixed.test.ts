import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TacitError } from '../../src/core/errors.js';
import { decode, encode, encodeNumber, encodeNumbers } from '../../src/core/fixed.js';
import { fromBigInts, type RingBits, toBigInts } from '../../src/core/ring.js';

/** floor(x * 2^f + 1/2) from the bits of the double: x = mantissa * 2^exponent. */
function exact(x: number, fractionBits: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const raw = view.getBigUint64(0);
  const biased = Number((raw >> 52n) & 0x7ffn);
  const magnitude = (raw & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n);
  const mantissa = raw >> 63n === 1n ? -magnitude : magnitude;
  // floor(m * 2^e * 2^f + 1/2) = floor((m * 2^(e + f + 1) + 1) / 2), and >> floors
  const shift = BigInt(Math.max(biased, 1) - 1075 + fractionBits + 1);
  if (shift >= 0n) return ((mantissa << shift) + 1n) >> 1n;
  return (mantissa + (1n << -shift)) >> (1n - shift);
}

const fractionArbitrary = fc.integer({ min: 0, max: 40 });
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const near = (most: number): fc.Arbitrary<number> => fc.double({ min: -most, max: most, noNaN: true });
/** k + 1/2 and its neighbours among the doubles, at some scale. */
const ties = fc.tuple(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), fc.constantFrom(-1n, 0n, 1n)).map(([k, step]) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, k + 0.5);
  view.setBigInt64(0, view.getBigInt64(0) + step);
  return view.getFloat64(0);
});

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as TacitError).code;
  }
  return 'none';
}

describe('encodeNumber', () => {
  test('is floor(x * 2^f + 1/2), exactly', () => {
    fc.assert(
      fc.property(fc.oneof(finite, near(2), near(1e10), ties), fractionArbitrary, (x, fractionBits) => {
        for (const real of [x, x / 2 ** fractionBits]) {
          const integer = encodeNumber(real, fractionBits);
          expect(encodeNumbers([real], fractionBits)[0]).toBe(integer);
          if (Number.isFinite(integer)) expect(BigInt(integer)).toBe(exact(real, fractionBits));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each<[number, number, bigint]>([
    [0.49999999999999994, 0, 0n],
    [-0.49999999999999994, 0, 0n],
    [0.5, 0, 1n],
    [-0.5, 0, 0n],
    [-0.5000000000000001, 0, -1n],
    [-1.5, 0, -1n],
    [1.5, 0, 2n],
    [2.5, 0, 3n],
    [4503599627370495.5, 0, 4503599627370496n],
    [-4503599627370495.5, 0, -4503599627370495n],
    [9007199254740991, 0, 9007199254740991n],
    [-0, 12, 0n],
    [Number.MIN_VALUE, 40, 0n],
    [-Number.MIN_VALUE, 40, 0n],
    [0.25, 1, 1n],
    [1 / 3, 12, 1365n],
  ])('%d at %i fraction bits is %d', (x, fractionBits, expected) => {
    expect(BigInt(encodeNumber(x, fractionBits))).toBe(expected);
  });
});

describe('encode', () => {
  test('gives the words of the integer, or RANGE_OVERFLOW beyond l signed bits', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<RingBits>(32, 64),
        fc.oneof(finite, near(2), near(2 ** 31), near(2 ** 63), ties),
        fractionArbitrary,
        (bits, x, fractionBits) => {
          const integer = exact(x, fractionBits);
          if (integer === BigInt.asIntN(bits, integer)) {
            expect(encode(bits, fractionBits, [x])).toEqual(fromBigInts(bits, [integer]));
          } else {
            expect(codeOf(() => encode(bits, fractionBits, [x]))).toBe('RANGE_OVERFLOW');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('reaches both ends of the ring and no further', () => {
    const least = -(2 ** 31);
    expect(toBigInts(32, encode(32, 0, [least - 0.5, 2 ** 31 - 0.75]))).toEqual([-(2n ** 31n), 2n ** 31n - 1n]);
    expect(codeOf(() => encode(32, 0, [2 ** 31 - 0.5]))).toBe('RANGE_OVERFLOW');
    expect(codeOf(() => encode(32, 0, [least - 0.75]))).toBe('RANGE_OVERFLOW');
    expect(toBigInts(64, encode(64, 0, [-(2 ** 63), 2 ** 63 - 1024]))).toEqual([-(2n ** 63n), 2n ** 63n - 1024n]);
    expect(codeOf(() => encode(64, 0, [2 ** 63]))).toBe('RANGE_OVERFLOW');
  });

  test('takes typed arrays and inclusive ranges', () => {
    expect(encode(32, 8, Float32Array.of(0, 1, 0.5), { low: 0, high: 1 })).toEqual(Uint32Array.of(0, 256, 128));
    expect(encode(32, 0, new Uint8Array([0, 255]), { low: 0, high: 255 })).toEqual(Uint32Array.of(0, 255));
    expect(encode(64, 4, [])).toEqual(new Uint32Array(0));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1.0000000000000002, -Number.MIN_VALUE])(
    'names index and range of %d, not the value',
    (x) => {
      expect(() => encode(32, 8, [0, 1, x], { low: 0, high: 1 })).toThrow(
        expect.objectContaining({
          code: 'BAD_VALUE',
          message: 'value 2: expected a number from 0 to 1, got one outside. Scale the input, or declare its range',
        }),
      );
    },
  );

  test('takes the end of a range as float32 has it, and no more', () => {
    const range = { low: -0.003, high: 0.1 };
    const ends = Float32Array.of(-0.003, 0.1);
    expect(ends[0]! < range.low && ends[1]! > range.high).toBe(true);
    expect(encode(64, 40, ends, range)).toEqual(encode(64, 40, [-0.003, 0.1], range));
    expect(codeOf(() => encode(32, 8, [0.1 + 1e-8], range))).toBe('BAD_VALUE');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d without a range', (x) => {
    expect(codeOf(() => encode(64, 8, [x]))).toBe('BAD_VALUE');
    expect(codeOf(() => encode(64, 8, [x], { low: -Infinity, high: Infinity }))).toBe('BAD_VALUE');
  });

  test('does not tell the value that overflows', () => {
    expect(() => encode(32, 20, [0, 4242])).toThrow(
      'value 1: expected at most 32 bits at scale 20, got more. Use fewer fraction bits',
    );
  });

  test.each([-1, 0.5, 65, Number.NaN])('refuses %d fraction bits', (fractionBits) => {
    expect(() => encode(32, fractionBits, [1])).toThrow(RangeError);
    expect(() => decode(32, fractionBits, new Uint32Array(1))).toThrow(RangeError);
  });
});

describe('decode', () => {
  test('inverts encode to within half a step', () => {
    fc.assert(
      fc.property(fc.constantFrom<RingBits>(32, 64), fc.array(near(1000)), fractionArbitrary, (bits, values, f) => {
        const fractionBits = bits === 32 ? f % 21 : f;
        const back = decode(bits, fractionBits, encode(bits, fractionBits, values));
        for (const [i, x] of values.entries()) {
          expect(Math.abs(back[i]! - x)).toBeLessThanOrEqual(2 ** -(fractionBits + 1));
        }
      }),
    );
  });

  test('is the signed integer over 2^f, rounded once', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fractionArbitrary, (integer, f) => {
        expect(decode(64, f, fromBigInts(64, [integer]))[0]).toBe(Number(integer) / 2 ** f);
        const narrow = BigInt.asIntN(32, integer);
        expect(decode(32, f, fromBigInts(32, [integer]))[0]).toBe(Number(narrow) / 2 ** f);
      }),
    );
  });

  test('refuses half an element', () => {
    expect(() => decode(64, 0, new Uint32Array(3))).toThrow('decode: expected whole elements, got 3 words');
  });
});
