/**
 * activation(max_j(v_j >> shift)) of masked inputs v_j = t_j - r_j mod 2^width: ReLU, clip and rescale, alone or on top
 * of a max pool.
 *
 * The shift is monotone, so it comes before the comparisons and the low bits cost their borrow alone. The AND of every
 * kept bit with not-sign is the gate of the output word, not an AND of the circuit (docs/architecture.md).
 * @module
 */

import { maxSigned, minConstant, shiftRight, unmaskedValue, type Word } from './arithmetic.js';
import { CircuitBuilder } from './builder.js';
import type { Circuit, Output } from './circuit.js';
import type { ActivationSpec } from './spec.js';

/**
 * The circuit of a valid spec (build.ts). With n = width - shift it has values * (width - 1) + (values - 1) * 2n ANDs,
 * and for `clip` at most n - 2 more to compare and one for each bit of clipMax; fewer where outBits drops upper bits.
 */
export function buildActivation(spec: ActivationSpec): Circuit {
  const { values, width, shift } = spec;
  const builder = new CircuitBuilder(values * width, values * width);
  const shifted = (j: number): Word => shiftRight(unmaskedValue(builder, j, width), shift);
  let largest = shifted(0);
  for (let j = 1; j < values; j++) largest = maxSigned(builder, largest, shifted(j));
  return builder.build([outputWord(builder, spec, largest)]);
}

function outputWord(builder: CircuitBuilder, spec: ActivationSpec, value: Word): Output {
  const magnitude = value.slice(0, -1);
  const sign = value[magnitude.length]!;
  const width = spec.outBits;
  const positional = (bits: Word) => bits.map((bit, shift) => ({ bit, shift }));
  switch (spec.activation) {
    case 'none': {
      const top = { bit: sign, shift: magnitude.length, negative: true } as const;
      return { kind: 'word', width, terms: [...positional(magnitude), top] };
    }
    case 'relu':
      return { kind: 'word', width, terms: positional(magnitude), gate: builder.not(sign) };
    case 'clip': {
      // below zero the gate decides, so only the magnitude is compared
      const clipped = minConstant(builder, magnitude, BigInt(spec.clipMax!));
      return { kind: 'word', width, terms: positional(clipped), gate: builder.not(sign) };
    }
  }
}
