/**
 * Circuits on shared bits: inputs are v_j = a_j + b_j mod 2^width, a_j known to party 0, b_j to the others; every level of ANDs is one
 * message, so they are shallow. Outputs leave as bits, which the protocol turns into words.
 * @module
 */

import { type Term, TRUE, type Word } from '../src/core/gates.js';
import { fixedActivationOf } from '../src/model/ops/activations/activations.js';
import { type ActivationStyle, activationSum, builderFor } from './activation.js';
import { validateSpec } from './build.js';
import { CircuitBuilder } from './builder.js';
import type { Circuit } from './circuit.js';
import {
  addShallow,
  addShared,
  carries,
  lessShallow,
  MOST_GROUP_BITS,
  maxShallow,
  minConstantShallow,
  sklansky,
} from './shallow.js';
import type { ActivationSpec, CircuitSpec } from './spec.js';
import { topKCircuit } from './topk.js';

/**
 * How the bits of a circuit become words. `carries`: of a ReLU without a pool, which is
 * keep * (floor(a / 2^d) + floor(b / 2^d) + low - 2^(m-d) wrap - 2^(m-1-d)) of the offset value; the circuit gives what the protocol
 * makes that of. `words`: each output is a weighted sum of its bits.
 */
export type Finish = 'carries' | 'words';

export interface SharedCircuit {
  readonly circuit: Circuit;
  readonly finish: Finish;
}

/** Of three parties; for carries the low width - 1 bits of each input. @throws as buildCircuit */
export function buildThree(spec: CircuitSpec): SharedCircuit {
  return build(spec, MOST_GROUP_BITS, carriesOfThree);
}

/**
 * Of two, who need the output mod 2^outBits.
 * @param mostBits of a group of carries: smaller groups have fewer products and more levels
 * @throws as buildCircuit
 */
export function buildTwo(spec: CircuitSpec, outBits: number, mostBits: number = MOST_GROUP_BITS): SharedCircuit {
  return build(spec, mostBits, (carry) => carriesOfTwo(carry, outBits, mostBits));
}

function build(spec: CircuitSpec, mostBits: number, carryCircuit: (spec: ActivationSpec) => Circuit): SharedCircuit {
  validateSpec(spec);
  const value = sumOfInputs(mostBits);
  if (spec.kind === 'topk') {
    return { circuit: topKCircuit(spec, { value, lessSigned: lessShallow, flat: true }), finish: 'words' };
  }
  if (needsCarriesAlone(spec)) return { circuit: carryCircuit(spec), finish: 'carries' };
  return { circuit: activationCircuit(spec, { ...FEW_LEVELS, value }), finish: 'words' };
}

function needsCarriesAlone({ activation, values, width, saturateBits }: ActivationSpec): boolean {
  return fixedActivationOf(activation).keepsBySign && values === 1 && width > 1 && saturateBits === undefined;
}

function sumOfInputs(mostBits: number): ActivationStyle['value'] {
  return (builder, j, width) =>
    addShallow(builder, builder.garblerWord(j * width, width), builder.evaluatorWord(j * width, width), mostBits);
}

/** The carry into the top bit, then that out of the low `shift` bits; neither reads the top bits themselves. */
function carriesOfThree({ width, shift }: ActivationSpec): Circuit {
  const low = width - 1;
  const builder = new CircuitBuilder(low, low);
  const into = carries(builder, builder.garblerWord(0, low), builder.evaluatorWord(0, low));
  const bits = [into[low - 1]!, ...(shift > 0 ? [into[shift - 1]!] : [])];
  return builder.build([{ kind: 'bits', bits }]);
}

/**
 * keep; the carry out of the low `shift` bits, if there are any; and where 2^(m-d) wrap is not zero mod 2^outBits the carry into the top
 * bit and the product of the inputs' top bits, whose product is keep * wrap.
 */
function carriesOfTwo(spec: ActivationSpec, outBits: number, mostBits: number): Circuit {
  const { width, shift } = spec;
  const builder = new CircuitBuilder(width, width);
  const [a, b] = [builder.garblerWord(0, width), builder.evaluatorWord(0, width)];
  const into = carries(builder, a.slice(0, -1), b.slice(0, -1), sklansky, mostBits);
  const [top, aTop, bTop] = [into.at(-1)!, a.at(-1)!, b.at(-1)!];
  const keep = builder.xor(builder.xor(aTop, bTop), top);
  const bits = [
    keep,
    ...(shift > 0 ? [into[shift - 1]!] : []),
    ...(wraps(spec, outBits) ? [top, builder.and(aTop, bTop)] : []),
  ];
  return builder.build([{ kind: 'bits', bits }]);
}

/** Whether the carry out of the top bit counts in the output mod 2^outBits. */
function wraps({ width, shift }: ActivationSpec, outBits: number): boolean {
  return width - shift < outBits;
}

const FEW_LEVELS: Omit<ActivationStyle, 'value'> = {
  largest: (builder, count, valueAt) =>
    tournament(
      builder,
      Array.from({ length: count }, (_, j) => valueAt(j)),
    ),
  add: addShared,
  minConstant: minConstantShallow,
};

function activationCircuit(spec: ActivationSpec, style: ActivationStyle): Circuit {
  const builder = builderFor(spec);
  const { terms, gate = TRUE } = activationSum(builder, spec, style);
  const gated = terms.map((term): Term => ({ ...term, bit: builder.and(gate, term.bit) }));
  return builder.build([{ kind: 'word', width: spec.outBits, terms: gated }]);
}

/** The largest, by halves. */
function tournament(builder: CircuitBuilder, words: readonly Word[]): Word {
  if (words.length === 1) return words[0]!;
  const half = words.length >> 1;
  return maxShallow(builder, tournament(builder, words.slice(0, half)), tournament(builder, words.slice(half)));
}
