import { describe, expect, it } from 'vitest';
import { buildAes128 } from '../../circuits/aes128.js';
import { maxSigned } from '../../circuits/arithmetic.js';
import { formatBristol, parseBristol } from '../../circuits/bristol.js';
import { buildCircuit } from '../../circuits/build.js';
import { CircuitBuilder } from '../../circuits/builder.js';
import { andCount, type Circuit } from '../../circuits/circuit.js';
import { type ClearInput, evaluateClear, evaluateMany } from '../../circuits/evaluate.js';
import { TRUE } from '../../src/core/gates.js';
import { generator } from './cases.js';

/** A full adder over values of 1, 1 and 1 bits, with a blank line, Windows line ends and every operation. */
const FULL_ADDER = [
  '9 12',
  '3 1 1 1',
  '2 1 1',
  '',
  '2 1 0 1 3 XOR',
  '2 1 3 2 4 XOR',
  '2 1 0 1 5 AND',
  '2 1 3 2 6 AND',
  '1 1 1 7 EQ',
  '2 1 5 7 8 XOR',
  '2 1 8 6 9 XOR',
  '1 1 4 10 EQW',
  '1 1 9 11 INV',
  '',
].join('\r\n');

function randomInputs(circuit: Circuit, count: number): ClearInput[] {
  const next = generator(7);
  const bits = (length: number): Uint8Array => Uint8Array.from({ length }, () => next() & 1);
  return Array.from({ length: count }, () => {
    return { garblerBits: bits(circuit.garblerBits), evaluatorBits: bits(circuit.evaluatorBits) };
  });
}

describe('parseBristol', () => {
  it.each([0, 1, 2, 3])('reads a full adder, %i of its values the garbler’s', (garblerValues) => {
    const circuit = parseBristol(FULL_ADDER, garblerValues);
    expect([circuit.garblerBits, circuit.evaluatorBits]).toEqual([garblerValues, 3 - garblerValues]);
    expect(andCount(circuit)).toBe(2);
    for (let i = 0; i < 8; i++) {
      const bits = Uint8Array.of(i & 1, (i >> 1) & 1, i >> 2);
      const sum = bits[0]! + bits[1]! + bits[2]!;
      const got = evaluateClear(circuit, bits.subarray(0, garblerValues), bits.subarray(garblerValues));
      expect(got).toEqual([[BigInt(sum & 1)], [BigInt(sum >> 1)]]);
    }
  });

  it.each<[string, string, RegExp]>([
    ['no header', '', /expected 3 header lines, got 0/],
    ['two header lines', '1 2\n1 1\n', /expected 3 header lines, got 2/],
    ['three sizes', '1 2 3\n1 1\n1 1\n', /line 1: expected the numbers of gates and wires, got 3 words/],
    ['a size that is no number', 'x 3\n1 1\n1 1\n', /line 1: expected an integer from 0 to \d+, got x/],
    ['a negative size', '0 -1\n1 1\n1 1\n', /line 1: expected an integer/],
    ['more gates than lines', '900000 900002\n2 1 1\n1 1\n\n2 1 0 1 2 XOR\n', /line 1: expected 1 gates/],
    ['a vast number of gates', '999999999999 3\n2 1 1\n1 1\n', /line 1: expected an integer/],
    ['a vast number of wires', '1 9000000\n2 1 1\n1 1\n\n2 1 0 1 2 XOR\n', /line 1: expected 3 wires/],
    ['a vast input', '0 999999\n1 999999999\n1 1\n', /line 2: expected an integer from 0 to 1048576/],
    ['inputs that are vast together', '0 999999\n2 1048576 1\n1 1\n', /line 2: expected at most 1048576 bits/],
    ['fewer inputs than said', '0 2\n3 1 1\n1 1\n', /line 2: expected 2 values as in the line, got 3/],
    ['more outputs than wires', '0 2\n2 1 1\n1 3\n', /line 3: expected an integer from 0 to 2, got 3/],
    ['outputs that are too many together', '0 2\n2 1 1\n2 2 1\n', /line 3: expected at most 2 bits/],
    ['an unknown operation', '1 3\n2 1 1\n1 1\n\n2 1 0 1 2 NAND\n', /line 5: expected one of XOR.*got NAND/],
    ['MAND', '1 6\n2 2 2\n1 2\n\n4 2 0 1 2 3 4 5 MAND\n', /line 5: expected one of XOR, AND, INV, EQ, EQW, got MAND/],
    ['too few operands', '1 3\n2 1 1\n1 1\n\n2 1 0 2 XOR\n', /line 5: expected 2 1 in in out XOR/],
    ['a wrong count of operands', '1 3\n2 1 1\n1 1\n\n1 1 0 1 2 XOR\n', /line 5: expected 2 1 in in out XOR/],
    ['two outputs of a gate', '1 3\n2 1 1\n1 1\n\n2 2 0 1 2 XOR\n', /line 5: expected an integer from 0 to 1/],
    ['a wire out of range', '1 3\n2 1 1\n1 1\n\n2 1 0 3 2 XOR\n', /line 5: expected an integer from 0 to 2, got 3/],
    ['a wire read too early', '2 4\n2 1 1\n1 1\n\n2 1 0 3 2 XOR\n1 1 0 3 INV\n', /line 5: expected input wires with/],
    ['a wire given twice', '2 4\n2 1 1\n1 1\n\n1 1 0 2 INV\n1 1 1 2 INV\n', /line 6: expected an output wire without/],
    ['an input given a value', '1 3\n2 1 1\n1 1\n\n1 1 0 1 INV\n', /line 5: expected an output wire without/],
    ['a constant that is no bit', '1 3\n2 1 1\n1 1\n\n1 1 2 2 EQ\n', /line 5: expected an integer from 0 to 1, got 2/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseBristol(text)).toThrow(message);
    expect(() => parseBristol(text)).toThrow(RangeError);
  });

  it('keeps what it cites of a bad line short', () => {
    expect(() => parseBristol(`${'9'.repeat(5000)} 1\n1 1\n1 1\n`)).toThrow(/got 9{40}$/);
  });

  it('refuses to give the garbler more values than there are', () => {
    expect(() => parseBristol(FULL_ADDER, 4)).toThrow(/garblerValues: expected an integer from 0 to 3, got 4/);
  });
});

describe('formatBristol', () => {
  it('and back gives the same function for the same ANDs', () => {
    const builder = new CircuitBuilder(9, 8);
    const [x, y] = [builder.garblerWord(0, 8), builder.evaluatorWord(0, 8)];
    const passed = builder.garblerWord(8, 1)[0]!;
    const largest = builder.build([
      { kind: 'bits', bits: maxSigned(builder, x, y) },
      { kind: 'bits', bits: [TRUE, builder.not(x[3]!), x[3]!, passed, builder.not(builder.or(x[0]!, y[0]!))] },
    ]);
    for (const circuit of [largest, buildAes128()]) {
      const back = parseBristol(formatBristol(circuit));
      expect([back.garblerBits, back.evaluatorBits]).toEqual([circuit.garblerBits, circuit.evaluatorBits]);
      expect(andCount(back)).toBe(andCount(circuit));
      const inputs = randomInputs(circuit, 32);
      expect(evaluateMany(back, inputs)).toEqual(evaluateMany(circuit, inputs));
    }
  });

  it('leaves out a party without inputs', () => {
    const builder = new CircuitBuilder(0, 1);
    const text = formatBristol(builder.build([{ kind: 'bits', bits: builder.evaluatorWord(0, 1) }]));
    expect(text).toBe('1 2\n1 1\n1 1\n\n1 1 0 1 EQW\n');
    expect(parseBristol(text, 0)).toMatchObject({ garblerBits: 0, evaluatorBits: 1 });
  });

  it('refuses words, which the format does not know', () => {
    const relu = { kind: 'activation', values: 1, width: 8, shift: 0, activation: 'relu', outBits: 8 } as const;
    expect(() => formatBristol(buildCircuit(relu))).toThrow(/output 0: expected one or more bits, got word/);
  });
});
