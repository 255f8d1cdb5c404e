import { describe, expect, test } from 'vitest';
import { buildCircuit } from '../../../circuits/build.js';
import { evaluateMany, inputBits } from '../../../circuits/evaluate.js';
import { buildThree } from '../../../circuits/shared.js';
import type { ActivationSpec } from '../../../circuits/spec.js';
import { fromBigInts, toBigInts } from '../../../src/core/ring.js';
import { activationIn, fixedActivationOf } from '../../../src/model/ops/activations/activations.js';
import { compose, ofHalves, realActivationOf } from '../../../src/model/ops/activations/real.js';
import { nonlinearBounds } from '../../../src/model/ops/nonlinear.js';
import { evaluateMasked, generator, largestOf, signedRows } from '../../circuits/cases.js';
import { tf } from '../support.js';
import { FIXED, fixedDefinition, REAL, realDefinition } from './activations.js';

/** Around zero, around powers of two, and the ends of `bits`. */
function edges(bits: number): bigint[] {
  const near = (x: bigint): bigint[] => [x - 2n, x - 1n, x, x + 1n, x + 2n];
  const powers = Array.from({ length: bits - 1 }, (_, k) => 1n << BigInt(k));
  const all = [0n, ...powers, ...powers.map((x) => -x)].flatMap(near);
  const top = 1n << BigInt(bits - 1);
  return all.filter((x) => x >= -top && x < top);
}

/** Brought to `bits` signed bits. */
function saturated(bits: number | undefined, x: bigint): bigint {
  if (bits === undefined) return x;
  const half = 1n << BigInt(bits - 1);
  return x < -half ? -half : x > half - 1n ? half - 1n : x;
}

describe.each(FIXED.map((fixed) => [JSON.stringify(fixed), fixed] as const))('%s', (_, fixed) => {
  const { apply, applyWords } = fixedActivationOf(fixed.activation);

  test('of integers in doubles is its definition; but for tables it passes zero and never falls', () => {
    const values = edges(53).sort((a, b) => (a < b ? -1 : 1));
    const results = values.map((x) => apply(Number(x), fixed));
    expect(results.map(BigInt)).toEqual(values.map((x) => fixedDefinition(fixed, x)));
    expect(results.some((y) => Object.is(y, -0))).toBe(false);
    if (fixed.activation === 'smooth') return;
    expect(apply(0, fixed)).toBe(0);
    for (let i = 1; i < results.length; i++) expect(results[i]).toBeGreaterThanOrEqual(results[i - 1]!);
  });

  test.each([32, 64] as const)('of ring words of %i bits is its definition, in a part of a buffer too', (bits) => {
    const values = edges(bits);
    const words = fromBigInts(bits, [7n, ...values, -7n]);
    const perElement = bits / 32;
    applyWords(bits, words.subarray(perElement, words.length - perElement), fixed);
    const wanted = [7n, ...values.map((x) => fixedDefinition(fixed, x)), -7n];
    expect(toBigInts(bits, words)).toEqual(wanted);
  });

  test.each([32, 64] as const)('of many ring words of %i bits is its definition', (bits) => {
    const values = Array.from({ length: 20_000 }, (_, i) => BigInt(i - 10_000));
    const words = fromBigInts(bits, values);
    applyWords(bits, words, fixed);
    expect(toBigInts(bits, words)).toEqual(values.map((x) => fixedDefinition(fixed, x)));
  });

  test.each([undefined, 7])('maps the bounds of its input to bounds that are reached, saturated at %s bits', (bits) => {
    for (const shift of [0, 1, 5]) {
      for (const [low, high] of [
        [-1000, -3],
        [-77, 1234],
        [0, 0],
        [5, 9],
        [-3, 4000],
      ] as const) {
        const x = { low: Float64Array.of(low), high: Float64Array.of(high) };
        const step = { ...fixed, width: 20, shift, ...(bits === undefined ? {} : { saturateBits: bits }) };
        const bounds = nonlinearBounds(x, step);
        const values = Array.from({ length: high - low + 1 }, (_, i) => {
          const rounded = BigInt(low + i) + (shift === 0 ? 0n : 1n << BigInt(shift - 1));
          return Number(fixedDefinition(fixed, saturated(bits, rounded >> BigInt(shift))));
        });
        expect([bounds.low[0], bounds.high[0]]).toEqual([Math.min(...values), Math.max(...values)]);
      }
    }
  });

  const specOf = (values: number, width: number, shift: number, bits?: number): ActivationSpec => {
    const saturation = bits === undefined ? {} : { saturateBits: bits };
    return { kind: 'activation', values, width, shift, outBits: 64, ...saturation, ...fixed };
  };
  const wantedOf = (shift: number, row: readonly bigint[], bits?: number): bigint =>
    BigInt.asUintN(64, fixedDefinition(fixed, saturated(bits, largestOf(row) >> BigInt(shift))));

  test('as a garbled circuit is its definition', () => {
    for (const [values, width, shift, bits] of [
      [1, 2, 0],
      [1, 7, 3],
      [1, 32, 12],
      [1, 64, 0],
      [2, 9, 0],
      [4, 21, 6],
      [1, 20, 4, 7],
      [1, 12, 0, 2],
      [2, 64, 3, 30],
      [1, 8, 1, 40],
    ] as const) {
      const next = generator(width);
      const rows = signedRows(48, values, width, next);
      const got = evaluateMasked(buildCircuit(specOf(values, width, shift, bits)), rows, width, next);
      expect(got).toEqual(rows.map((row) => [[wantedOf(shift, row, bits)]]));
    }
  });

  test('as a circuit of three parties is its definition', () => {
    for (const [values, width, shift, bits] of [
      [1, 7, 3],
      [1, 32, 12],
      [2, 9, 0],
      [4, 21, 6],
      [1, 20, 4, 7],
      [2, 30, 3, 11],
    ] as const) {
      const { circuit, finish } = buildThree(specOf(values, width, shift, bits));
      // two carries are no value yet: protocols/three/convert.ts makes it, and three-boolean.test.ts holds that
      if (finish === 'carries') continue;
      const next = generator(width);
      const rows = signedRows(48, values, width, next);
      const inputs = rows.map((row) => {
        const masks = row.map(() => BigInt(next()));
        const known = row.map((value, j) => value - masks[j]!);
        return { garblerBits: inputBits(known, width), evaluatorBits: inputBits(masks, width) };
      });
      expect(evaluateMany(circuit, inputs)).toEqual(rows.map((row) => [[wantedOf(shift, row, bits)]]));
    }
  });

  test('is found in a node that has other fields', () => {
    const node = { op: 'nonlinear', name: 'x', width: 3, ...fixed, shift: 1 };
    expect(activationIn(node)).toEqual(fixed);
    expect(JSON.stringify(activationIn(node))).toBe(JSON.stringify(fixed));
  });
});

describe.each(REAL.map((real) => [JSON.stringify(real), real] as const))('%s of reals', (_, real) => {
  const samples = Float32Array.from({ length: 65 }, (__, i) => (i - 32) / 4);
  const { float, halves, realFault, round } = realActivationOf(real.activation);
  const { fixedFault } = fixedActivationOf(real.activation);

  test('is its definition by TensorFlow.js', () => {
    const values = tf.tidy(() => float(tf, tf.tensor1d(samples), real).dataSync());
    for (const [i, x] of samples.entries()) expect(values[i]).toBeCloseTo(realDefinition(real, x), 5);
  });

  test('is its two halves, and known by them', () => {
    const parts = halves(real);
    expect(parts === undefined).toBe(['smooth', 'threshold'].includes(real.activation));
    if (parts === undefined) return;
    const { negative, most } = parts;
    for (const x of samples) expect(x < 0 ? negative * x : Math.min(x, most)).toBeCloseTo(realDefinition(real, x), 9);
    expect(ofHalves({ negative, most })).toEqual(real);
  });

  test('at a scale is itself within a unit or so', () => {
    expect(realFault(real)).toBeUndefined();
    const fixed = round(real, { input: 8, output: 8 }, { low: -(2 ** 12), high: 2 ** 12 });
    if (!('activation' in fixed)) throw new Error(JSON.stringify(fixed));
    expect(Object.keys(fixed)).toEqual(['activation', ...fixedActivationOf(fixed.activation).parameters]);
    expect(fixedFault(activationIn(fixed))).toBeUndefined();
    for (let x = -(2 ** 12); x <= 2 ** 12; x++) {
      const wanted = realDefinition(real, x / 256);
      // a quarter of a unit by the line, another by what is cut off, half of one by rounding
      const unit = real.activation === 'smooth' ? Math.max(1, Math.abs(wanted)) : 1 + Math.abs(x) / 128;
      const error = Math.abs(fixedActivationOf(fixed.activation).apply(x, fixed) - wanted * 256);
      if (error > unit) expect([x, error]).toEqual([x, unit]);
    }
  });

  test.each(REAL.map((second) => [JSON.stringify(second), second] as const))('before %s', (__, second) => {
    const both = compose(real, second);
    if (both === undefined) return;
    for (const x of samples) {
      expect(realDefinition(both, x)).toBeCloseTo(realDefinition(second, realDefinition(real, x)), 9);
    }
  });
});

test('a maximum that no value reaches is a ReLU, and one that the greatest reaches is not', () => {
  const { round } = realActivationOf('clip');
  expect(round({ activation: 'clip', clipMax: 6 }, { input: 2, output: 2 }, { low: 0, high: 25 })).toEqual({
    activation: 'clip',
    clipMax: 24,
  });
  expect(round({ activation: 'clip', clipMax: 6 }, { input: 2, output: 2 }, { low: 0, high: 24 })).toEqual({
    activation: 'relu',
  });
});

test('two that the table has no activation for stay two', () => {
  expect(compose({ activation: 'clip', clipMax: 3 }, { activation: 'relu' })).toEqual({
    activation: 'clip',
    clipMax: 3,
  });
  expect(ofHalves({ negative: 1, most: 3 })).toBeUndefined();
  expect(ofHalves({ negative: -1, most: Number.POSITIVE_INFINITY })).toBeUndefined();
});

test('an unknown activation is refused by name', () => {
  for (const name of ['tanh', 'toString', '__proto__']) {
    expect(() => fixedActivationOf(name as 'relu')).toThrow(
      /expected activation to be one of none, relu, clip.*, got /,
    );
  }
});
