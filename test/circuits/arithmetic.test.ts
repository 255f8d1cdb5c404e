import { describe, expect, it } from 'vitest';
import * as arithmetic from '../../circuits/arithmetic.js';
import { CircuitBuilder } from '../../circuits/builder.js';
import { andCount, type Circuit } from '../../circuits/circuit.js';
import { type ClearInput, evaluateMany, inputBits } from '../../circuits/evaluate.js';
import type { Word } from '../../src/core/gates.js';
import { generator, largestOf, signedRows } from './cases.js';

type Operation = (builder: CircuitBuilder, x: Word, y: Word) => Word;

function circuitOf(width: number, operation: Operation): Circuit {
  const builder = new CircuitBuilder(width, width);
  const bits = operation(builder, builder.garblerWord(0, width), builder.evaluatorWord(0, width));
  return builder.build([{ kind: 'bits', bits }]);
}

function evaluatePairs(circuit: Circuit, width: number, pairs: readonly (readonly bigint[])[]): bigint[] {
  const inputs = pairs.map(([x, y]): ClearInput => {
    return { garblerBits: inputBits([x!], width), evaluatorBits: inputBits([y!], width) };
  });
  return evaluateMany(circuit, inputs).map((output) =>
    output[0]!.reduce((sum, bit, i) => sum + (bit << BigInt(i)), 0n),
  );
}

/** All pairs of 4 bits, and edge and random pairs of more. */
function pairsOf(width: number): bigint[][] {
  if (width > 4) return signedRows(256, 2, width, generator(width));
  return Array.from({ length: 256 }, (_, i) => [BigInt.asIntN(4, BigInt(i)), BigInt.asIntN(4, BigInt(i >> 4))]);
}

const bit = (holds: boolean): bigint => (holds ? 1n : 0n);

describe.each([4, 8, 16, 32, 37, 64])('words of %i bits', (width) => {
  const unsigned = (x: bigint): bigint => BigInt.asUintN(width, x);
  it.each<[string, number, Operation, (x: bigint, y: bigint) => bigint]>([
    ['x + y', width - 1, arithmetic.add, (x, y) => unsigned(x + y)],
    ['x + y + 1', width - 1, (b, x, y) => arithmetic.add(b, x, y, 1), (x, y) => unsigned(x + y + 1n)],
    ['x - y', width - 1, arithmetic.subtract, (x, y) => unsigned(x - y)],
    [
      'x < y, unsigned',
      width,
      (b, x, y) => [arithmetic.lessUnsigned(b, x, y)],
      (x, y) => bit(unsigned(x) < unsigned(y)),
    ],
    ['x < y, signed', width, (b, x, y) => [arithmetic.lessSigned(b, x, y)], (x, y) => bit(x < y)],
    ['max(x, y)', 2 * width, arithmetic.maxSigned, (x, y) => unsigned(largestOf([x, y]))],
    ['mux', width, (b, x, y) => arithmetic.muxWord(b, x[0]!, x, y), (x, y) => unsigned(x & 1n ? x : y)],
  ])('%s with %i ANDs', (_, ands, operation, expected) => {
    const circuit = circuitOf(width, operation);
    expect(andCount(circuit)).toBe(ands);
    const pairs = pairsOf(width);
    expect(evaluatePairs(circuit, width, pairs)).toEqual(pairs.map(([x, y]) => expected(x!, y!)));
  });

  it('min with a public limit', () => {
    const top = (1n << BigInt(width)) - 1n;
    for (const limit of [0n, 1n, 2n, 5n, 6n, 7n, 8n, 12n, top >> 1n, (top >> 1n) + 1n, top - 1n, top, top + 1n]) {
      const circuit = circuitOf(width, (builder, x) => arithmetic.minConstant(builder, x, limit));
      const pairs = pairsOf(width);
      const expected = pairs.map(([x]) => -largestOf([-unsigned(x!), -limit]));
      expect(evaluatePairs(circuit, width, pairs)).toEqual(expected);
      const limitBits = limit.toString(2).length;
      expect(andCount(circuit)).toBeLessThanOrEqual(limit >= top ? 0 : width - 2 + limitBits);
    }
  });
});

describe('public operands and wiring', () => {
  it('compares with a constant for fewer ANDs', () => {
    const lessThan = (limit: bigint): number => {
      return andCount(circuitOf(32, (b, x) => [arithmetic.lessUnsigned(b, x, arithmetic.constantWord(limit, 32))]));
    };
    expect(lessThan(0n)).toBe(0);
    expect(lessThan(1n << 31n)).toBe(0);
    expect(lessThan(1n << 10n)).toBe(21);
    expect(lessThan(1n)).toBe(31);
    expect(lessThan(0xffffffffn)).toBe(31);
  });

  it('takes as many ANDs for a minimum as the limit asks for', () => {
    const minimum = (limit: bigint): number => andCount(circuitOf(19, (b, x) => arithmetic.minConstant(b, x, limit)));
    expect(minimum(0n)).toBe(0);
    expect(minimum(255n)).toBe(10 + 8);
    expect(minimum(256n)).toBe(10 + 9);
    expect(minimum(1536n)).toBe(9 + 11);
    expect(minimum(1537n)).toBe(17 + 11);
    expect(minimum((1n << 19n) - 1n)).toBe(0);
  });

  it('shifts by wiring', () => {
    expect(arithmetic.shiftRight([2, 4, 6], 2)).toEqual([6]);
    expect(() => arithmetic.shiftRight([2, 4, 6], 3)).toThrow(/from 0 to 2, got 3/);
  });

  it('writes two’s complement constants', () => {
    expect(arithmetic.constantWord(-2n, 4)).toEqual([0, 1, 1, 1]);
    expect(arithmetic.constantWord(5n, 2)).toEqual([1, 0]);
  });

  it('refuses words of two widths', () => {
    const builder = new CircuitBuilder(3, 0);
    const [x, y] = [builder.garblerWord(0, 2), builder.garblerWord(2, 1)];
    for (const operation of [arithmetic.add, arithmetic.subtract, arithmetic.lessSigned, arithmetic.lessUnsigned]) {
      expect(() => operation(builder, x, y)).toThrow(/expected equal widths, got 2 and 1/);
    }
  });
});
