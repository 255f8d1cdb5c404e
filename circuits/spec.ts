/**
 * What a non-linear step computes, as a value that fits in a plan.
 *
 * Each instance has `values` masked inputs of `width` bits: v_j = signed(t_j - r_j mod 2^width). Rounding constants are
 * added to the shares before the circuit, not in it.
 * @module
 */

import type { FixedActivation } from '../src/model/ops/activations/activations.js';
import { roundingConstant } from '../src/model/widths.js';

/** activation(max_j(v_j >> shift)), brought to saturateBits signed bits before the activation if these are given; one output word mod 2^outBits. The shift is arithmetic. */
export type ActivationSpec = FixedActivation & {
  readonly kind: 'activation';
  readonly values: number;
  readonly width: number;
  readonly shift: number;
  readonly saturateBits?: number;
  readonly outBits: number;
};

/** The indices of the `count` largest of `values` unshifted signed inputs, largest first, ties to the lowest index: `count` output words mod 2^outBits. count = 1 is the argmax. */
export interface TopKSpec {
  readonly kind: 'topk';
  readonly values: number;
  readonly width: number;
  readonly count: number;
  readonly outBits: number;
}

export type CircuitSpec = ActivationSpec | TopKSpec;

/** What is added to the shares: half a unit of what is shifted away. */
export function roundingOf(spec: CircuitSpec): bigint {
  switch (spec.kind) {
    case 'activation':
      return BigInt(roundingConstant(spec.shift));
    case 'topk':
      return 0n;
  }
}
