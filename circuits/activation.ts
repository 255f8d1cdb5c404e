/**
 * activation(max_j(v_j >> shift)) of masked inputs v_j: an activation of the table, alone or on top of a max pool, or a mere rescale.
 *
 * The shift is monotone, so it comes before the comparisons and the low bits cost their borrow alone. In a garbled circuit the AND of
 * every kept bit with not-sign is the gate of the output word, not an AND of the circuit (docs/architecture.md).
 * @module
 */

import type { Gates, Sum, Word } from '../src/core/gates.js';
import { fixedActivationOf } from '../src/model/ops/activations/activations.js';
import { saturateWord } from '../src/model/ops/activations/saturate.js';
import { add, maxSigned, minConstant, shiftRight, unmaskedValue } from './arithmetic.js';
import { CircuitBuilder } from './builder.js';
import type { Circuit } from './circuit.js';
import type { ActivationSpec } from './spec.js';

/** What the inputs are, and arithmetic that suits the protocol. */
export interface ActivationStyle {
  value(builder: CircuitBuilder, j: number, width: number): Word;
  /** The largest of `count` values. */
  largest(builder: CircuitBuilder, count: number, valueAt: (j: number) => Word): Word;
  add(builder: CircuitBuilder, x: Word, y: Word): Word;
  minConstant(builder: CircuitBuilder, x: Word, limit: bigint): Word;
}

const FEW_ANDS: ActivationStyle = {
  value: unmaskedValue,
  largest: (builder, count, valueAt) => {
    let largest = valueAt(0);
    for (let j = 1; j < count; j++) largest = maxSigned(builder, largest, valueAt(j));
    return largest;
  },
  add,
  minConstant,
};

/**
 * The garbled circuit of a valid spec (build.ts), of inputs v_j = t_j - r_j mod 2^width. With n = width - shift it has
 * values * (width - 1) + (values - 1) * 2n ANDs, and those of its activation: none for a ReLU, for a clip at most n - 2 to compare and
 * one for each bit of clipMax; fewer where outBits drops upper bits.
 */
export function buildActivation(spec: ActivationSpec): Circuit {
  const builder = builderFor(spec);
  return builder.build([{ kind: 'word', width: spec.outBits, ...activationSum(builder, spec, FEW_ANDS) }]);
}

export function builderFor({ values, width }: ActivationSpec): CircuitBuilder {
  return new CircuitBuilder(values * width, values * width);
}

/** The output word. */
export function activationSum(builder: CircuitBuilder, spec: ActivationSpec, style: ActivationStyle): Sum {
  const { values, width, shift, saturateBits } = spec;
  const largest = style.largest(builder, values, (j) => shiftRight(style.value(builder, j, width), shift));
  const gates: Gates = {
    not: (a) => builder.not(a),
    xor: (a, b) => builder.xor(a, b),
    and: (a, b) => builder.and(a, b),
    add: (x, y) => style.add(builder, x, y),
    minConstant: (x, limit) => style.minConstant(builder, x, limit),
  };
  const value = saturateBits === undefined ? largest : saturateWord(gates, largest, saturateBits);
  return fixedActivationOf(spec.activation).circuit(gates, value, spec);
}
