import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conv2d, convOutput, dense, elementwise, inputSize, weightSize } from '../../src/core/linear-map.js';
import { expandWords } from '../../src/core/prg.js';
import { type RingBits, toBigInts, wordsPerElement } from '../../src/core/ring.js';
import { blockSizes } from '../../src/he/packing/axis.js';
import { layoutOf } from '../../src/he/packing/layout.js';
import { Packing } from '../../src/he/packing/packing.js';
import { referenceKernels } from '../../src/kernels/reference.js';

const SEED = new Uint8Array(32).fill(3);

/** x w mod X^N + 1 and 2^l. */
function negacyclic(bits: RingBits, x: readonly bigint[], w: readonly bigint[]): bigint[] {
  const product = x.map(() => 0n);
  for (const [i, a] of x.entries()) {
    if (a === 0n) continue;
    for (const [j, b] of w.entries()) {
      if (b === 0n) continue;
      const at = (i + j) % x.length;
      product[at] = product[at]! + (i + j < x.length ? a * b : -a * b);
    }
  }
  return product.map((value) => BigInt.asIntN(bits, value));
}

/** Packs, multiplies, adds up and reads what answers hold; every output once. */
function byPolynomials(bits: RingBits, packing: Packing, x: Uint32Array, w: Uint32Array): (bigint | undefined)[] {
  const inputs = Array.from({ length: packing.inputs }, (_, i) => toBigInts(bits, packing.packInput(bits, i, x)));
  const outputs: (bigint | undefined)[] = [];
  const slots = new Set<number>();
  for (let answer = 0; answer < packing.answers; answer++) {
    const sum = new Array<bigint>(packing.layout.degree).fill(0n);
    const block = Math.floor(answer / packing.answersOfBlock);
    const run = packing.runs[answer % packing.answersOfBlock]!;
    for (let i = 0; i < run.count; i++) {
      const input = inputs[block * packing.inputsOfBlock + run.input + i]!;
      const weights = packing.packWeights(bits, run.input + i, answer % packing.answersOfBlock, w);
      for (const [at, value] of negacyclic(bits, input, toBigInts(bits, weights)).entries()) sum[at]! += value;
      slots.add(run.weights + i);
    }
    const { coefficients, elements } = packing.answerMap(answer);
    expect(coefficients.length).toBe(packing.outputsIn(answer));
    expect(new Set(coefficients).size).toBe(coefficients.length);
    for (const [i, element] of elements.entries()) {
      expect(outputs[element]).toBeUndefined();
      expect(coefficients[i]).toBeLessThan(packing.layout.degree);
      outputs[element] = BigInt.asIntN(bits, sum[coefficients[i]!]!);
    }
  }
  expect([...slots].sort((a, b) => a - b)).toEqual(Array.from({ length: packing.weights }, (_, slot) => slot));
  return outputs;
}

function check(bits: RingBits, map: Conv2d, batch: number, degree: number, down = 1): Packing {
  const layout = layoutOf(map, batch, { degree, up: 2, down })!;
  const packing = new Packing(map, layout);
  const words = wordsPerElement(bits);
  const x = expandWords(batch * inputSize(map) * words, SEED, 'test/x');
  const w = expandWords(weightSize(map) * words, SEED, 'test/w');
  const expected = toBigInts(bits, referenceKernels().conv2d(bits, map, batch, x, w));
  expect(byPolynomials(bits, packing, x, w)).toEqual(expected);
  return packing;
}

const square = (extent: number, inChannels: number, outChannels: number, kernel: number): Conv2d => ({
  ...dense(inChannels, outChannels),
  inHeight: extent,
  inWidth: extent,
  kernelHeight: kernel,
  kernelWidth: kernel,
});
const same = (map: Conv2d, pad: number): Conv2d => ({
  ...map,
  padTop: pad,
  padBottom: pad,
  padLeft: pad,
  padRight: pad,
});

/** Any convolution whose windows meet the image. */
const maps: fc.Arbitrary<Conv2d> = fc
  .record({
    inHeight: fc.integer({ min: 1, max: 9 }),
    inWidth: fc.integer({ min: 1, max: 9 }),
    groupIn: fc.integer({ min: 1, max: 4 }),
    groupOut: fc.integer({ min: 1, max: 4 }),
    groups: fc.integer({ min: 1, max: 3 }),
    kernelHeight: fc.integer({ min: 1, max: 4 }),
    kernelWidth: fc.integer({ min: 1, max: 4 }),
    strideHeight: fc.integer({ min: 1, max: 3 }),
    strideWidth: fc.integer({ min: 1, max: 3 }),
    dilationHeight: fc.integer({ min: 1, max: 2 }),
    dilationWidth: fc.integer({ min: 1, max: 2 }),
    padTop: fc.integer({ min: 0, max: 3 }),
    padBottom: fc.integer({ min: 0, max: 3 }),
    padLeft: fc.integer({ min: 0, max: 3 }),
    padRight: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ groupIn, groupOut, ...map }) => ({
    ...map,
    inChannels: map.groups * groupIn,
    outChannels: map.groups * groupOut,
  }))
  .filter((map) => {
    const reach = (kernel: number, dilation: number): number => (kernel - 1) * dilation;
    const [height, width] = convOutput(map);
    const tops = Math.max(map.padTop, map.padBottom) <= reach(map.kernelHeight, map.dilationHeight);
    const sides = Math.max(map.padLeft, map.padRight) <= reach(map.kernelWidth, map.dilationWidth);
    return height > 0 && width > 0 && tops && sides;
  });

describe('polynomials give the bilinear map', () => {
  it('of any shape', () => {
    const cases = fc.record({
      map: maps,
      batch: fc.integer({ min: 1, max: 4 }),
      degree: fc.constantFrom(32, 64, 256),
      bits: fc.constantFrom<RingBits>(32, 64),
      down: fc.constantFrom(1, 9),
    });
    fc.assert(
      fc.property(cases, ({ map, batch, degree, bits, down }) => {
        fc.pre(layoutOf(map, batch, { degree, up: 2, down }) !== undefined);
        check(bits, map, batch, degree, down);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it('of dense layers, whose batch shares polynomials', () => {
    check(32, dense(50, 20), 1, 64);
    expect(check(64, dense(6, 3), 7, 256).inputs).toBe(1);
  });

  it('of images that do not fit, in blocks that overlap', () => {
    expect(check(32, same(square(20, 1, 2, 3), 1), 2, 64).blocks).toBeGreaterThan(2);
  });

  it('of depthwise convolutions', () => {
    const packing = check(32, { ...same(square(3, 8, 8, 3), 1), groups: 8 }, 1, 64);
    // four channels a polynomial: what does not meet is not multiplied
    expect(packing.runs.every(({ count }) => count < packing.inputsOfBlock)).toBe(true);
    check(64, elementwise(40), 1, 64);
  });

  it('with strides as phases: a kernel of one tap reads one phase alone', () => {
    const strided = { ...square(8, 4, 4, 1), strideHeight: 2, strideWidth: 2 };
    expect(check(32, strided, 1, 256).layout.inputChannels).toBe(4);
    check(32, { ...same(square(9, 3, 2, 3), 1), strideHeight: 2, strideWidth: 2 }, 2, 64);
  });
});

describe('a layout', () => {
  it('needs as many zeros between rows as the longer side of the padding', () => {
    const layout = layoutOf(same(square(32, 64, 64, 3), 1), 1, { degree: 4096, up: 56_000, down: 23_000 })!;
    expect(layout.width.extent).toBe(33);
    expect(layout.height.extent * layout.width.extent * layout.channels * layout.outChannels).toBeLessThanOrEqual(4096);
  });

  it('holds more outputs where answers are dear, more inputs where ciphertexts are', () => {
    const map = dense(784, 128);
    const up = layoutOf(map, 1, { degree: 4096, up: 9, down: 1 })!;
    const down = layoutOf(map, 1, { degree: 4096, up: 1, down: 9 })!;
    expect(up.channels).toBeGreaterThan(down.channels);
    expect(up.outChannels).toBeLessThan(down.outChannels);
  });

  it('is none where not even one window fits', () => {
    expect(layoutOf(square(9, 1, 1, 9), 1, { degree: 64, up: 1, down: 1 })).toBeUndefined();
  });

  it('has the least block of each number of blocks', () => {
    expect(blockSizes(10)).toEqual([10, 5, 4, 3, 2, 1]);
    expect(blockSizes(1)).toEqual([1]);
  });
});
