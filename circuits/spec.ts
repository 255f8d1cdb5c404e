/**
 * What a non-linear step computes, as a value that fits in a plan.
 *
 * Each instance has `values` masked inputs of `width` bits: v_j = signed(t_j - r_j mod 2^width). Integers are decimal
 * strings where they may pass 2^53. Rounding constants are added to the shares before the circuit, not in it.
 * @module
 */

/**
 * activation(max_j(v_j >> shift)), one output word mod 2^outBits. The shift is arithmetic. `none` keeps the sign, `relu` is
 * max(0, .), `clip` is min(max(0, .), clipMax) with clipMax an integer at the output's scale.
 */
export interface ActivationSpec {
  readonly kind: 'activation';
  readonly values: number;
  readonly width: number;
  readonly shift: number;
  readonly activation: 'none' | 'relu' | 'clip';
  readonly clipMax?: string;
  readonly outBits: number;
}

/** The indices of the `count` largest of `values` unshifted signed inputs, largest first, ties to the lowest index: `count` output words mod 2^outBits. count = 1 is the argmax. */
export interface TopKSpec {
  readonly kind: 'topk';
  readonly values: number;
  readonly width: number;
  readonly count: number;
  readonly outBits: number;
}

export type CircuitSpec = ActivationSpec | TopKSpec;
