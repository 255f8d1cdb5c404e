import { describe, expect, it } from 'vitest';
import { buildCircuit } from '../../circuits/build.js';
import { andCount } from '../../circuits/circuit.js';
import { type ClearInput, evaluateMany, inputBits } from '../../circuits/evaluate.js';
import type { ActivationSpec } from '../../circuits/spec.js';
import { evaluateMasked, generator, largestOf, signedRows } from './cases.js';

const ACTIVATIONS = ['none', 'relu', 'clip'] as const;

function specOf(
  values: number,
  width: number,
  shift: number,
  activation: (typeof ACTIVATIONS)[number],
  outBits: number = width,
  clipMax = 6,
): ActivationSpec {
  const spec = { kind: 'activation', values, width, shift, outBits } as const;
  return activation === 'clip' ? { ...spec, activation, clipMax } : { ...spec, activation };
}

function expectedOf(spec: ActivationSpec, row: readonly bigint[]): bigint {
  let result = largestOf(row) >> BigInt(spec.shift);
  if (spec.activation !== 'none' && result < 0n) result = 0n;
  if (spec.activation === 'clip' && result > BigInt(spec.clipMax)) result = BigInt(spec.clipMax);
  return BigInt.asUintN(spec.outBits, result);
}

function check(spec: ActivationSpec, rows: number): void {
  const next = generator(spec.width * 1000 + spec.shift);
  const inputs = signedRows(rows, spec.values, spec.width, next);
  const got = evaluateMasked(buildCircuit(spec), inputs, spec.width, next);
  expect(got, JSON.stringify(spec)).toEqual(inputs.map((row) => [[expectedOf(spec, row)]]));
}

describe.each([8, 16, 32, 37, 64])('activations of %i bits equal integer arithmetic', (width) => {
  const shifts = [0, 1, width >> 1, width - 2, width - 1];

  it.each(ACTIVATIONS)('%s of one value', (activation) => {
    for (const shift of shifts) check(specOf(1, width, shift, activation), 64);
  });

  it.each(ACTIVATIONS)('%s of the largest of 2 to 9', (activation) => {
    for (let values = 2; values <= 9; values++) {
      check(specOf(values, width, shifts[values % shifts.length]!, activation), 32);
    }
  });

  it('words narrower and wider than the kept bits', () => {
    for (const activation of ACTIVATIONS) {
      for (const outBits of [1, 3, width - 4, 64]) check(specOf(1, width, 3, activation, outBits), 32);
    }
  });

  it('clips at every kind of limit', () => {
    const top = Math.min(2 ** (width - 3) - 1, Number.MAX_SAFE_INTEGER - 1);
    for (const limit of [0, 1, 2, 6, 7, 8, top - 1, top, top + 1]) {
      check(specOf(2, width, 2, 'clip', width, limit), 32);
    }
  });
});

it.each(ACTIVATIONS)('%s equals integer arithmetic for all values and all masks of 5 bits', (activation) => {
  const width = 5;
  const pairs = Array.from({ length: 1024 }, (_, i) => [BigInt(i & 31), BigInt(i >> 5)] as const);
  const inputs = pairs.map(([masked, mask]): ClearInput => {
    return { garblerBits: inputBits([masked], width), evaluatorBits: inputBits([mask], width) };
  });
  for (let shift = 0; shift < width; shift++) {
    const spec = specOf(1, width, shift, activation);
    const expected = pairs.map(([masked, mask]) => expectedOf(spec, [BigInt.asIntN(width, masked - mask)]));
    expect(evaluateMany(buildCircuit(spec), inputs).map((output) => output[0]![0]!)).toEqual(expected);
  }
});

it('the largest of two equals integer arithmetic for all pairs of 4 bits', () => {
  const rows = Array.from({ length: 256 }, (_, i) => [BigInt(i & 15) - 8n, BigInt(i >> 4) - 8n]);
  for (const activation of ACTIVATIONS) {
    for (const shift of [0, 1, 3]) {
      const spec = specOf(2, 4, shift, activation, 4, 2);
      const got = evaluateMasked(buildCircuit(spec), rows, 4, generator(shift));
      expect(got).toEqual(rows.map((row) => [[expectedOf(spec, row)]]));
    }
  }
});

describe('size', () => {
  it.each<[number, number, number, (typeof ACTIVATIONS)[number], number, number]>([
    [1, 32, 12, 'relu', 31, 19],
    [1, 24, 12, 'relu', 23, 11],
    [1, 32, 12, 'none', 31, 20],
    [1, 64, 0, 'relu', 63, 32],
    [1, 32, 12, 'clip', 51, 11],
    [1, 24, 12, 'clip', 35, 11],
    [2, 24, 12, 'relu', 70, 11],
    [4, 24, 12, 'relu', 164, 11],
    [4, 32, 12, 'relu', 244, 19],
    [9, 32, 12, 'relu', 599, 19],
    [4, 24, 12, 'none', 164, 12],
    [4, 32, 12, 'clip', 264, 11],
  ])('%i values, width %i, shift %i, %s: %i ANDs, %i terms', (values, width, shift, activation, ands, terms) => {
    const circuit = buildCircuit(specOf(values, width, shift, activation, 32, 1536));
    expect(andCount(circuit)).toBe(ands);
    expect(circuit.outputs).toHaveLength(1);
    expect(circuit.outputs[0]).toMatchObject({ kind: 'word', width: 32, terms: { length: terms } });
  });

  it('gates a ReLU with not-sign and lets the top bit of a rescale count negative', () => {
    const relu = buildCircuit(specOf(1, 8, 0, 'relu')).outputs[0]!;
    const none = buildCircuit(specOf(1, 8, 0, 'none')).outputs[0]!;
    if (relu.kind !== 'word' || none.kind !== 'word') throw new Error('expected words');
    const sign = none.terms.at(-1)!;
    expect(sign).toMatchObject({ shift: 7, negative: true });
    expect(relu.gate).toBe(sign.bit ^ 1);
    expect(none.gate).toBeUndefined();
    expect(relu.terms).toEqual(none.terms.slice(0, -1));
  });

  it('spends nothing on bits that the output word does not hold', () => {
    const circuit = buildCircuit(specOf(1, 32, 0, 'none', 8));
    expect(andCount(circuit)).toBe(7);
    expect(circuit.outputs[0]).toMatchObject({ terms: { length: 8 } });
  });
});
