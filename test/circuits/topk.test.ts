import { describe, expect, it } from 'vitest';
import { buildCircuit } from '../../circuits/build.js';
import { andCount } from '../../circuits/circuit.js';
import type { TopKSpec } from '../../circuits/spec.js';
import { evaluateMasked, generator, signedRows } from './cases.js';

const specOf = (values: number, width: number, count: number): TopKSpec => {
  return { kind: 'topk', values, width, count, outBits: 32 };
};

/** A stable sort keeps the lower index first on a tie. */
function expectedOf(row: readonly bigint[], count: number): bigint[][] {
  const order = row.map((_, i) => i).sort((i, j) => (row[i]! === row[j]! ? i - j : row[i]! > row[j]! ? -1 : 1));
  return order.slice(0, count).map((index) => [BigInt(index)]);
}

function check(spec: TopKSpec, rows: readonly bigint[][]): void {
  const got = evaluateMasked(buildCircuit(spec), rows, spec.width, generator(spec.values));
  expect(got, JSON.stringify(spec)).toEqual(rows.map((row) => expectedOf(row, spec.count)));
}

describe.each([8, 16, 32, 37, 64])('indices of the largest of values of %i bits', (width) => {
  it('for every number of values to 8 and every count', () => {
    for (let values = 1; values <= 8; values++) {
      const rows = signedRows(64, values, width, generator(values));
      for (let count = 1; count <= values; count++) check(specOf(values, width, count), rows);
    }
  });
});

it('every pattern of ties of 5 values', () => {
  const rows = Array.from({ length: 3 ** 5 }, (_, i) =>
    [1, 3, 9, 27, 81].map((p) => BigInt((Math.floor(i / p) % 3) - 1)),
  );
  for (let count = 1; count <= 5; count++) check(specOf(5, 8, count), rows);
});

it.each([
  [10, 1],
  [10, 3],
  [10, 10],
  [17, 4],
  [33, 5],
  [70, 3],
])('%i values, the best %i', (values, count) => {
  check(specOf(values, 32, count), signedRows(96, values, 32, generator(count)));
});

it('many equal values come in the order of their indices', () => {
  const rows = [0n, -1n, -128n, 127n].map((value) => Array.from({ length: 20 }, () => value));
  for (const count of [1, 7, 20]) check(specOf(20, 8, count), rows);
});

describe('size', () => {
  it.each([
    [1, 32, 1, 0],
    [2, 32, 1, 94],
    [2, 32, 2, 94],
    [10, 32, 1, 861],
    [10, 24, 1, 645],
    [10, 32, 2, 1402],
    [10, 32, 3, 1610],
    [10, 32, 5, 1885],
    [10, 32, 10, 1912],
    [100, 32, 1, 9499],
    [100, 32, 5, 26135],
  ])('%i values of %i bits, the best %i: %i ANDs', (values, width, count, ands) => {
    const circuit = buildCircuit(specOf(values, width, count));
    expect(andCount(circuit)).toBe(ands);
    expect(circuit.outputs).toHaveLength(count);
  });

  it('an argmax of n values compares n - 1 times and carries n - 2 values on', () => {
    const [width, values] = [32, 10];
    const indexMuxes = 7;
    const circuit = buildCircuit(specOf(values, width, 1));
    expect(andCount(circuit)).toBe(values * (width - 1) + (values - 1) * width + (values - 2) * width + indexMuxes);
  });
});
