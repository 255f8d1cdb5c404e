/**
 * Circuits in the clear, 32 instances at a time: the truth that garbled evaluation is tested against. Not for secrets.
 * @module
 */

import type { Literal } from '../src/core/gates.js';
import { AND, type Circuit, type Output } from './circuit.js';

/** Instances that one pass evaluates: bit k of every wire's 32-bit word belongs to instance k. */
const INSTANCES = 32;

/** The inputs of one instance, one byte (0 or 1) a bit. */
export interface ClearInput {
  readonly garblerBits: Uint8Array;
  readonly evaluatorBits: Uint8Array;
}

/**
 * Evaluates one instance. For each output: its bits as 0n or 1n, or one element, the word mod 2^width.
 * Throws RangeError where an input has the wrong length or holds anything but 0 and 1.
 */
export function evaluateClear(circuit: Circuit, garblerBits: Uint8Array, evaluatorBits: Uint8Array): bigint[][] {
  return evaluateMany(circuit, [{ garblerBits, evaluatorBits }])[0]!;
}

/** Evaluates many instances: evaluateClear of each, in order, at 32 for the price of one. */
export function evaluateMany(circuit: Circuit, inputs: readonly ClearInput[]): bigint[][][] {
  const results: bigint[][][] = [];
  for (let start = 0; start < inputs.length; start += INSTANCES) {
    const instances = inputs.slice(start, start + INSTANCES);
    const wires = evaluateWires(circuit, instances);
    for (let at = 0; at < instances.length; at++) {
      const read = (literal: Literal): bigint => BigInt(((wires[literal >> 1]! >>> at) ^ literal) & 1);
      results.push(circuit.outputs.map((output) => outputValue(output, read)));
    }
  }
  return results;
}

/** The low `width` bits of every value, value by value, least significant first: the input order of every spec. */
export function inputBits(values: readonly bigint[], width: number): Uint8Array {
  return Uint8Array.from({ length: values.length * width }, (_, i) =>
    Number((values[Math.floor(i / width)]! >> BigInt(i % width)) & 1n),
  );
}

function evaluateWires(circuit: Circuit, instances: readonly ClearInput[]): Int32Array {
  const { garblerBits, evaluatorBits, gates } = circuit;
  const firstGate = 1 + garblerBits + evaluatorBits;
  const wires = new Int32Array(firstGate + gates.length / 3);
  instances.forEach((input, at) => {
    packBits('garbler', wires.subarray(1, 1 + garblerBits), input.garblerBits, at);
    packBits('evaluator', wires.subarray(1 + garblerBits, firstGate), input.evaluatorBits, at);
  });
  const read = (literal: Literal): number => wires[literal >> 1]! ^ -(literal & 1);
  for (let i = 0, wire = firstGate; i < gates.length; i += 3, wire++) {
    const [left, right] = [gates[i + 1]!, gates[i + 2]!];
    wires[wire] = gates[i] === AND ? read(left) & read(right) : wires[left]! ^ wires[right]!;
  }
  return wires;
}

function packBits(party: string, wires: Int32Array, bits: Uint8Array, at: number): void {
  if (bits.length !== wires.length) {
    throw new RangeError(`${party} input: expected ${wires.length} bits, got ${bits.length}`);
  }
  for (let i = 0; i < bits.length; i++) {
    if (bits[i]! > 1) throw new RangeError(`${party} input: expected bits 0 or 1, got another byte at ${i}`);
    wires[i]! |= bits[i]! << at;
  }
}

function outputValue(output: Output, read: (literal: Literal) => bigint): bigint[] {
  if (output.kind === 'bits') return output.bits.map(read);
  let sum = 0n;
  for (const { bit, shift, negative } of output.terms) {
    const value = read(bit) << BigInt(shift);
    sum += negative ? -value : value;
  }
  const gate = output.gate === undefined ? 1n : read(output.gate);
  return [BigInt.asUintN(output.width, gate * sum)];
}
