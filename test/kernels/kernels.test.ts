import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Conv2d,
  convOutput,
  dense,
  inputSize,
  type Pool2d,
  poolOutput,
  weightSize,
} from '../../src/core/linear-map.js';
import { gather, padded } from '../../src/core/nd.js';
import { fromBigInts, type RingBits, toBigInts, wordsPerElement } from '../../src/core/ring.js';
import type { Kernels } from '../../src/kernels/kernels.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { wasmKernels } from '../../src/kernels/wasm.js';

const reference = referenceKernels();
let wasm: Kernels;

beforeAll(() => {
  wasm = wasmKernels(loadKernelModule(64 * 1024 ** 2));
});

const EDGES = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff];

/** Words from a seed, one in four at an edge: 0, 1, -1, the least and the greatest of a 32-bit half. */
function words(bits: RingBits, count: number, seed: number): Uint32Array {
  let state = seed | 1;
  return Uint32Array.from({ length: count * wordsPerElement(bits) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const pick = state >>> 16;
    return pick % 4 === 0 ? EDGES[(pick >>> 2) % EDGES.length]! : Math.imul(state, 0x9e3779b1) ^ (state >>> 15);
  });
}

const bitsArbitrary = fc.constantFrom<RingBits>(32, 64);
const seedArbitrary = fc.integer();
const upTo = (most: number, least = 1): fc.Arbitrary<number> => fc.integer({ min: least, max: most });

/** Resident (in place) or ordinary (copied) operands must give the same. */
const placeArbitrary = fc.boolean();
function place(resident: boolean, operand: Uint32Array): Uint32Array {
  return resident ? wasm.resident(operand) : operand;
}

const convArbitrary: fc.Arbitrary<Conv2d> = fc
  .record({
    kind: fc.constantFrom('plain', 'plain', 'grouped', 'depthwise', 'pointwise', 'whole'),
    inHeight: upTo(9),
    inWidth: upTo(9),
    groups: upTo(3),
    groupIn: upTo(7),
    groupOut: upTo(9),
    channels: upTo(21),
    outChannels: upTo(36),
    multiplier: upTo(3),
    kernelHeight: upTo(4),
    kernelWidth: upTo(4),
    strideHeight: upTo(3),
    strideWidth: upTo(3),
    dilationHeight: upTo(3),
    dilationWidth: upTo(3),
    padTop: upTo(4, 0),
    padBottom: upTo(4, 0),
    padLeft: upTo(4, 0),
    padRight: upTo(4, 0),
  })
  .map(({ kind, groupIn, groupOut, channels, multiplier, ...map }): Conv2d => {
    const unit = { ...dense(channels, map.outChannels), inHeight: map.inHeight, inWidth: map.inWidth };
    switch (kind) {
      case 'depthwise':
        return { ...map, groups: channels, inChannels: channels, outChannels: channels * multiplier };
      case 'grouped':
        return { ...map, inChannels: map.groups * groupIn, outChannels: map.groups * groupOut };
      case 'pointwise':
        return { ...unit, inChannels: map.groups * groupIn, outChannels: map.groups * groupOut, groups: map.groups };
      case 'whole':
        return { ...unit, kernelHeight: map.inHeight, kernelWidth: map.inWidth };
      default:
        return { ...map, groups: 1, inChannels: channels };
    }
  })
  .filter((map) => convOutput(map)[0] > 0 && convOutput(map)[1] > 0);

const poolArbitrary: fc.Arbitrary<Pool2d> = fc
  .record({
    inHeight: upTo(9),
    inWidth: upTo(9),
    channels: upTo(11),
    windowHeight: upTo(4),
    windowWidth: upTo(4),
    strideHeight: upTo(3),
    strideWidth: upTo(3),
    padTop: upTo(3, 0),
    padBottom: upTo(3, 0),
    padLeft: upTo(3, 0),
    padRight: upTo(3, 0),
  })
  .filter((pool) => poolOutput(pool)[0] > 0 && poolOutput(pool)[1] > 0);

describe('wasm kernels equal the reference', () => {
  test('conv2d', () => {
    fc.assert(
      fc.property(
        bitsArbitrary,
        convArbitrary,
        upTo(4),
        seedArbitrary,
        placeArbitrary,
        (bits, map, batch, seed, resident) => {
          const x = words(bits, batch * inputSize(map), seed);
          const w = words(bits, weightSize(map), seed + 1);
          const expected = reference.conv2d(bits, map, batch, x, w);
          expect(wasm.conv2d(bits, map, batch, place(resident, x), place(resident, w))).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each([32, 64] as const)('conv2d in several blocks of windows, %i bits', (bits) => {
    const map: Conv2d = {
      ...dense(70, 5),
      inHeight: 24,
      inWidth: 23,
      kernelHeight: 3,
      kernelWidth: 3,
      padTop: 1,
      padBottom: 1,
      padLeft: 1,
      padRight: 1,
    };
    const x = words(bits, 2 * inputSize(map), 3);
    const w = words(bits, weightSize(map), 4);
    // a convolution is linear in x: the reference is slow, so it sees one row of windows in 24
    const expected = reference.conv2d(bits, { ...map, strideHeight: 24 }, 2, x, w);
    const got = wasm.conv2d(bits, map, 2, x, w);
    const row = map.inWidth * map.outChannels * wordsPerElement(bits);
    expect(got.subarray(0, row)).toEqual(expected.subarray(0, row));
    expect(got.subarray(24 * row, 25 * row)).toEqual(expected.subarray(row, 2 * row));
    const below = reference.conv2d(bits, { ...map, padTop: 0, padBottom: 2, strideHeight: 22 }, 2, x, w);
    expect(got.subarray(row, 2 * row)).toEqual(below.subarray(0, row));
  });

  test('dense layers, also of more rows and depth than one block takes', () => {
    fc.assert(
      fc.property(
        bitsArbitrary,
        fc.oneof(upTo(9), fc.constantFrom(16, 17, 33, 65)),
        fc.oneof(upTo(40), fc.constantFrom(255, 256, 257, 520)),
        upTo(34),
        seedArbitrary,
        placeArbitrary,
        (bits, rows, inner, columns, seed, resident) => {
          const left = words(bits, rows * inner, seed);
          const right = words(bits, inner * columns, seed + 1);
          const map = dense(inner, columns);
          const expected = reference.conv2d(bits, map, rows, left, right);
          const got = wasm.conv2d(bits, map, rows, place(resident, left), place(resident, right));
          expect(got).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  const pointwise = { ...dense(256, 256), inHeight: 8, inWidth: 16, groups: 2 };
  test.each<[string, RingBits, Conv2d, number]>([
    ['dense', 32, dense(130, 256), 128],
    ['dense, twice', 32, dense(256, 260), 256],
    ['dense of long elements', 64, dense(128, 130), 128],
    ['whole images', 32, { ...dense(2, 128), inHeight: 8, inWidth: 8, kernelHeight: 8, kernelWidth: 8 }, 128],
    ['groups of channels, apart in memory', 32, pointwise, 1],
  ])('products large enough to be split: %s', (_, bits, map, batch) => {
    const x = words(bits, batch * inputSize(map), 1);
    const w = words(bits, weightSize(map), 2);
    const expected = reference.conv2d(bits, map, batch, x, w);
    for (const resident of [false, true]) {
      expect(wasm.conv2d(bits, map, batch, place(resident, x), place(resident, w))).toEqual(expected);
    }
  });

  test('elementwise', () => {
    fc.assert(
      fc.property(
        bitsArbitrary,
        upTo(40, 0),
        seedArbitrary,
        fc.bigInt({ min: -(1n << 66n), max: 1n << 66n }),
        fc.array(fc.bigInt({ min: -(1n << 66n), max: 1n << 66n }), { minLength: 1, maxLength: 5 }),
        upTo(9),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (bits, count, seed, value, factors, inner, fraction) => {
          const a = words(bits, count, seed);
          const b = words(bits, count, seed + 1);
          const bias = words(bits, inner, seed + 2);
          const rows = words(bits, count * inner, seed + 3);
          const width = 1 + Math.floor(fraction * (bits - 1));
          for (const each of [
            (k: Kernels) => k.add(bits, a, b),
            (k: Kernels) => k.sub(bits, a, b),
            (k: Kernels) => k.addConstant(bits, a, value),
            (k: Kernels) => k.addBias(bits, rows, bias),
            (k: Kernels) => k.scale(bits, a, factors, inner),
            (k: Kernels) => k.scale(bits, rows, factors, inner),
            (k: Kernels) => k.reduce(bits, a, width),
            (k: Kernels) => k.reduce(bits, a, bits),
          ]) {
            expect(each(wasm)).toEqual(each(reference));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('sumPool', () => {
    fc.assert(
      fc.property(bitsArbitrary, poolArbitrary, upTo(3), seedArbitrary, (bits, pool, batch, seed) => {
        const x = words(bits, batch * pool.inHeight * pool.inWidth * pool.channels, seed);
        expect(wasm.sumPool(bits, pool, batch, x)).toEqual(reference.sumPool(bits, pool, batch, x));
      }),
      { numRuns: 100 },
    );
  });
});

describe('algebra', () => {
  test('a convolution of padded input is the convolution that pads', () => {
    fc.assert(
      fc.property(bitsArbitrary, convArbitrary, seedArbitrary, (bits, map, seed) => {
        const x = words(bits, inputSize(map), seed);
        const w = words(bits, weightSize(map), seed + 1);
        const rows = padded(map.inHeight, map.padTop, map.padBottom);
        const columns = padded(map.inWidth, map.padLeft, map.padRight);
        const shape = [map.inHeight, map.inWidth, map.inChannels * (bits / 32)];
        const image = gather(gather({ shape, data: Int32Array.from(x) }, 0, rows), 1, columns);
        const unpadded = { padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
        const bare: Conv2d = { ...map, inHeight: rows.length, inWidth: columns.length, ...unpadded };
        expect(wasm.conv2d(bits, bare, 1, Uint32Array.from(image.data), w)).toEqual(wasm.conv2d(bits, map, 1, x, w));
      }),
      { numRuns: 50 },
    );
  });

  test('shares of both operands of a product: (x0 + x1) o w = x0 o w + x1 o w', () => {
    fc.assert(
      fc.property(bitsArbitrary, convArbitrary, upTo(2), seedArbitrary, (bits, map, batch, seed) => {
        const x0 = words(bits, batch * inputSize(map), seed);
        const x1 = words(bits, batch * inputSize(map), seed + 1);
        const w = words(bits, weightSize(map), seed + 2);
        const apart = wasm.add(bits, wasm.conv2d(bits, map, batch, x0, w), wasm.conv2d(bits, map, batch, x1, w));
        expect(wasm.conv2d(bits, map, batch, wasm.add(bits, x0, x1), w)).toEqual(apart);
      }),
      { numRuns: 50 },
    );
  });
});

describe('memory', () => {
  test('results and resident copies do not move when later calls reuse scratch', () => {
    const a = words(32, 1000, 7);
    const copy = wasm.resident(a);
    const sum = wasm.add(32, copy, copy);
    const expected = sum.slice();
    wasm.conv2d(32, dense(100, 10), 10, words(32, 1000, 8), words(32, 1000, 9));
    expect(copy).toEqual(a);
    expect(sum).toEqual(expected);
  });

  test('scratch is given back: a hundred calls fit where two do not', () => {
    const small = wasmKernels(loadKernelModule(1024 ** 2));
    const a = words(32, 70_000, 1);
    for (let i = 0; i < 100; i++) small.addConstant(32, a, 1n);
    expect(() => small.add(32, words(32, 200_000, 1), words(32, 200_000, 2))).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY' }),
    );
    for (let i = 0; i < 100; i++) small.addConstant(32, a, 1n);
  });

  test('scratch of a convolution is bounded, whatever the image', () => {
    const map: Conv2d = {
      ...dense(3, 8),
      inHeight: 224,
      inWidth: 224,
      kernelHeight: 7,
      kernelWidth: 7,
      strideHeight: 2,
      strideWidth: 2,
      padTop: 3,
      padBottom: 3,
      padLeft: 3,
      padRight: 3,
    };
    const kernels = wasmKernels(loadKernelModule(3 * 1024 ** 2));
    const x = kernels.resident(words(32, inputSize(map), 1));
    // 1.8 MB of windows beside 0.6 MB of input and 0.4 MB of output would not fit
    expect(kernels.conv2d(32, map, 1, x, words(32, weightSize(map), 2)).length).toBe(112 * 112 * 8);
  });
});

describe.each([
  ['reference', () => reference],
  ['wasm', () => wasm],
] as const)('lengths, %s', (_, kernels) => {
  const map = { ...dense(8, 2), inHeight: 14, inWidth: 7 };

  test.each<[string, (k: Kernels) => unknown]>([
    ['conv2d: expected 784 elements of x, got 100', (k) => k.conv2d(32, map, 1, words(32, 100, 1), words(32, 16, 1))],
    ['conv2d: expected 16 elements of w, got 8', (k) => k.conv2d(64, map, 1, words(64, 784, 1), words(32, 16, 1))],
    [
      'conv2d: expected output height of at least 1, got 0',
      (k) => k.conv2d(32, { ...map, kernelHeight: 15 }, 1, words(32, 784, 1), words(32, 16, 1)),
    ],
    [
      'conv2d: expected channels divisible by 3 groups, got 8 in and 2 out',
      (k) => k.conv2d(32, { ...map, groups: 3 }, 1, words(32, 784, 1), words(32, 16, 1)),
    ],
    ['add: expected 4 elements of b, got 5', (k) => k.add(32, words(32, 4, 1), words(32, 5, 1))],
    ['sub: expected whole elements, got 3 words', (k) => k.sub(64, words(32, 3, 1), words(32, 3, 1))],
    ['addBias: expected a multiple of 3 elements of a, got 4', (k) => k.addBias(32, words(32, 4, 1), words(32, 3, 1))],
    ['scale: expected number of factors of at least 1, got 0', (k) => k.scale(32, words(32, 4, 1), [], 1)],
    ['reduce: expected a width of 1 to 32, got 33', (k) => k.reduce(32, words(32, 4, 1), 33)],
  ])('%s', (message, call) => {
    expect(() => call(kernels())).toThrow(new RangeError(message));
  });
});

test('a product of known matrices', () => {
  const left = fromBigInts(64, [1n, -2n, 1n << 40n, 3n]);
  const right = fromBigInts(64, [-1n, 1n << 30n, 5n, -7n]);
  const expected = [-11n, (1n << 30n) + 14n, -(1n << 40n) + 15n, BigInt.asIntN(64, 1n << 70n) - 21n];
  for (const kernels of [reference, wasm]) {
    expect(toBigInts(64, kernels.conv2d(64, dense(2, 2), 2, left, right))).toEqual(expected);
  }
});
