/**
 * Boolean circuits as pure gate descriptions, the two-party garbling's subject.
 *
 * Wire 0 is the constant false, wires 1..garblerBits are the garbler's inputs (t), the next evaluatorBits wires the
 * evaluator's (r), and gate i defines wire 1 + garblerBits + evaluatorBits + i. A literal is 2*wire, plus 1 where the
 * wire is taken inverted; so literal 0 is false and literal 1 is true. XOR gates take plain wires only (the builder moves
 * inversions to the output), AND gates take literals. Constants are folded: no gate reads wire 0.
 * @module
 */

import type { Literal, Sum } from '../src/core/gates.js';

export const XOR = 0;
export const AND = 1;

/**
 * An output of a circuit. `bits` are revealed to the evaluator as bits. A `word` leaves the circuit as an additive
 * share mod 2^width of sum(terms), or of gate AND sum(terms) where a gate is given (the fused AND with not-sign).
 */
export type Output =
  | { readonly kind: 'bits'; readonly bits: readonly Literal[] }
  | ({ readonly kind: 'word'; readonly width: number } & Sum);

export interface Circuit {
  readonly garblerBits: number;
  readonly evaluatorBits: number;
  /** Triples (operation, left, right): wires for XOR, literals for AND. */
  readonly gates: Int32Array;
  readonly outputs: readonly Output[];
}

/** What an output reads. */
export function literalsOf(output: Output): Literal[] {
  if (output.kind === 'bits') return [...output.bits];
  const bits = output.terms.map((term) => term.bit);
  return output.gate === undefined ? bits : [...bits, output.gate];
}

/** The number of AND gates, which is what a circuit costs. */
export function andCount(circuit: Circuit): number {
  let count = 0;
  for (let i = 0; i < circuit.gates.length; i += 3) if (circuit.gates[i] === AND) count++;
  return count;
}
