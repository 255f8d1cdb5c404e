/**
 * Circuits as Bristol Fashion text, in and out (https://nigelsmart.github.io/MPC-Circuits/).
 *
 * The format: `gates wires`, then the number of input values and their widths, the number of output values and their
 * widths, and one gate a line: `inputs outputs in... out OPERATION`. The first wires are the inputs, the last the outputs.
 * XOR, AND, INV, EQ (a constant) and EQW (a copy) are understood. A file is not trusted: every number in it is checked
 * against what the text really holds before memory is taken for it.
 * @module
 */

import { type Literal, TRUE } from '../src/core/gates.js';
import { CircuitBuilder, MAX_WIRES } from './builder.js';
import { AND, type Circuit } from './circuit.js';

const MAX_INPUT_BITS = 2 ** 20;
const HEADER_LINES = 3;
const UNDEFINED = -1;

/** Operation to its number of inputs; each has one output. */
const OPERATIONS: ReadonlyMap<string, number> = new Map([
  ['XOR', 2],
  ['AND', 2],
  ['INV', 1],
  ['EQ', 1],
  ['EQW', 1],
]);

interface Line {
  readonly number: number;
  readonly tokens: readonly string[];
}

/**
 * Reads a Bristol Fashion circuit. The first `garblerValues` input values are the garbler's, the rest the evaluator's;
 * each output value becomes an output of bits. It passes the builder, so it may come out with fewer ANDs than the file has.
 * Throws RangeError naming the line where the text is malformed.
 */
export function parseBristol(text: string, garblerValues = 1): Circuit {
  const lines = text
    .split('\n')
    .map((line, i): Line => ({ number: i + 1, tokens: line.trim().split(/\s+/) }))
    .filter(({ tokens }) => tokens[0] !== '');
  if (lines.length < HEADER_LINES) {
    throw new RangeError(`bristol: expected ${HEADER_LINES} header lines, got ${lines.length}`);
  }
  const [sizes, inputs, outputs] = [lines[0]!, lines[1]!, lines[2]!];
  if (sizes.tokens.length !== 2) fail(sizes, 'the numbers of gates and wires', `${sizes.tokens.length} words`);
  const gateLines = lines.slice(HEADER_LINES);
  const gateCount = integer(sizes, 0, MAX_WIRES);
  const wireCount = integer(sizes, 1, MAX_WIRES);
  if (gateCount !== gateLines.length) fail(sizes, `${gateLines.length} gates as in the file`, gateCount);
  gateLines.forEach(arityOf);

  const inputWidths = valueWidths(inputs, MAX_INPUT_BITS);
  const inputBits = sum(inputWidths);
  // every gate then gives one new wire a value, so that none is left without
  if (wireCount !== inputBits + gateCount) fail(sizes, `${inputBits + gateCount} wires, inputs and gates`, wireCount);
  const outputWidths = valueWidths(outputs, wireCount);
  if (!Number.isInteger(garblerValues) || garblerValues < 0 || garblerValues > inputWidths.length) {
    throw new RangeError(`garblerValues: expected an integer from 0 to ${inputWidths.length}, got ${garblerValues}`);
  }

  const garblerBits = sum(inputWidths.slice(0, garblerValues));
  const builder = new CircuitBuilder(garblerBits, inputBits - garblerBits);
  const wires = new Int32Array(wireCount).fill(UNDEFINED);
  wires.set([...builder.garblerWord(0, garblerBits), ...builder.evaluatorWord(0, inputBits - garblerBits)]);
  for (const line of gateLines) addGate(builder, wires, line);

  let next = wireCount - sum(outputWidths);
  return builder.build(
    outputWidths.map((width) => ({ kind: 'bits', bits: Array.from(wires.subarray(next, (next += width))) })),
  );
}

/**
 * Writes a circuit whose outputs are all bits. Input values: the garbler's bits, the evaluator's bits, those that are not
 * empty. Inversions become INV gates, every output bit an EQW, INV or EQ of its own. Throws RangeError on an output word.
 */
export function formatBristol(circuit: Circuit): string {
  const { garblerBits, evaluatorBits, gates } = circuit;
  const outputBits = circuit.outputs.map((output, i) => {
    if (output.kind === 'bits' && output.bits.length > 0) return output.bits;
    throw new RangeError(`bristol output ${i}: expected one or more bits, got ${output.kind}`);
  });
  const lines: string[] = [];
  const inputBits = garblerBits + evaluatorBits;
  const emit = (operation: string, ...operands: number[]): number => {
    const wire = inputBits + lines.length;
    lines.push(`${operands.length} 1 ${operands.join(' ')} ${wire} ${operation}`);
    return wire;
  };
  // by literal, since an inverted wire is a wire of its own here; a circuit's input wire w is w - 1
  const wireOf = new Map<Literal, number>();
  for (let i = 0; i < inputBits; i++) wireOf.set(2 * (i + 1), i);
  const wireFor = (literal: Literal): number => {
    let wire = wireOf.get(literal);
    if (wire === undefined) wireOf.set(literal, (wire = emit('INV', wireOf.get(literal ^ 1)!)));
    return wire;
  };
  for (let i = 0; i < gates.length; i += 3) {
    const [left, right] = [gates[i + 1]!, gates[i + 2]!];
    const wire =
      gates[i] === AND
        ? emit('AND', wireFor(left), wireFor(right))
        : emit('XOR', wireFor(2 * left), wireFor(2 * right));
    wireOf.set(2 * (1 + inputBits + i / 3), wire);
  }
  for (const literal of outputBits.flat()) {
    if (literal <= TRUE) emit('EQ', literal);
    else if (literal & 1) emit('INV', wireFor(literal ^ 1));
    else emit('EQW', wireFor(literal));
  }
  const widths = (values: number[]): string => [values.length, ...values].join(' ');
  const header = [
    `${lines.length} ${inputBits + lines.length}`,
    widths([garblerBits, evaluatorBits].filter((bits) => bits > 0)),
    widths(outputBits.map((bits) => bits.length)),
  ];
  return [...header, '', ...lines, ''].join('\n');
}

function addGate(builder: CircuitBuilder, wires: Int32Array, line: Line): void {
  const operation = line.tokens.at(-1)!;
  const arity = arityOf(line);
  if (line.tokens.length !== arity + 4 || integer(line, 0, 2) !== arity || integer(line, 1, 1) !== 1) {
    fail(line, `${arity} 1 ${'in '.repeat(arity)}out ${operation}`, line.tokens.join(' '));
  }
  const out = integer(line, arity + 2, wires.length - 1);
  if (wires[out] !== UNDEFINED) fail(line, 'an output wire without a value', out);
  const operand = (index: number): Literal => {
    const wire = integer(line, index, wires.length - 1);
    if (wires[wire] === UNDEFINED) fail(line, 'input wires with a value', wire);
    return wires[wire]!;
  };
  switch (operation) {
    case 'XOR':
      wires[out] = builder.xor(operand(2), operand(3));
      break;
    case 'AND':
      wires[out] = builder.and(operand(2), operand(3));
      break;
    case 'INV':
      wires[out] = builder.not(operand(2));
      break;
    case 'EQ':
      wires[out] = integer(line, 2, 1);
      break;
    case 'EQW':
      wires[out] = operand(2);
      break;
  }
}

function arityOf(line: Line): number {
  const operation = line.tokens.at(-1)!;
  return OPERATIONS.get(operation) ?? fail(line, `one of ${[...OPERATIONS.keys()].join(', ')}`, operation);
}

/** The widths of a line `count width...`, whose sum is at most `most`. */
function valueWidths(line: Line, most: number): number[] {
  const count = integer(line, 0, most);
  if (count !== line.tokens.length - 1) fail(line, `${line.tokens.length - 1} values as in the line`, count);
  const widths = Array.from({ length: count }, (_, i) => integer(line, i + 1, most));
  if (sum(widths) > most) fail(line, `at most ${most} bits in all`, sum(widths));
  return widths;
}

function integer(line: Line, index: number, most: number): number {
  const token = line.tokens[index] ?? 'nothing';
  const value = /^\d{1,9}$/.test(token) ? Number(token) : Number.NaN;
  if (!(value <= most)) fail(line, `an integer from 0 to ${most}`, token);
  return value;
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
}

function fail(line: Line, expected: string, got: string | number): never {
  throw new RangeError(`bristol line ${line.number}: expected ${expected}, got ${String(got).slice(0, 40)}`);
}
