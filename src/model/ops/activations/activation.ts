/**
 * What the pipeline asks of an activation, a function of one number.
 *
 * `Real` holds the parameters as a model file gives them, `Fixed` as integers at the scales of the step.
 * @module
 */
import type { Gates, Sum, Word } from '../../../core/gates.js';
import type { RingBits } from '../../../core/ring.js';
import type { Interval } from '../../bounds.js';
import type { Tensor, Tf } from '../tensorflow.js';

/** A parameter that cannot be. */
export interface Fault {
  readonly field: string;
  readonly expected: string;
  readonly came: unknown;
}

/** min(x, most) where x is positive, negative * x elsewhere. */
export interface Halves {
  readonly negative: number;
  readonly most: number;
}

/** Fraction bits of what goes in and of what comes out. */
export interface Scales {
  readonly input: number;
  readonly output: number;
}

/** Of an activation whose output has a scale of its own. */
export interface Scaling {
  /** The greatest magnitude of the output. */
  readonly reach: number;
  /** Fraction bits that the input needs beyond those of the output. */
  readonly finer: number;
  /** Fraction bits that the input may have. */
  readonly most: number;
}

/** Of a float graph's node: what importers, folding and quantisation ask. No client needs it. */
export interface RealSide<Real, Rounded> {
  realFault(real: Real): Fault | undefined;
  float(tf: Tf, x: Tensor, real: Real): Tensor;
  /** Of inputs in a range of reals; undefined where the output keeps the scale of the input. */
  scaling(real: Real, inputs: Interval): Scaling | undefined;
  /** The activation at these scales, or a simpler one where inputs cannot tell the difference, or why these cannot be its inputs. */
  round(real: Real, scales: Scales, inputs: Interval): Rounded | Fault;
  /** Whether f never falls, so that the f of a maximum is the maximum of f. */
  rises(real: Real): boolean;
  /** f in two linear halves, if it has such; two of them in a row are one. */
  halves(real: Real): Halves | undefined;
  /** The activation of these halves, if it is of this kind. */
  ofHalves(halves: Halves): Real | undefined;
}

/** Of a fixed-point node: what plans, evaluators and protocols ask. */
export interface FixedSide<Fixed> {
  /** Names of the parameters, in the order of a node's fields. */
  readonly parameters: readonly Exclude<keyof Fixed & string, 'activation'>[];
  fixedFault(fixed: Fixed): Fault | undefined;
  /** f of an integer held in a double. */
  apply(value: number, fixed: Fixed): number;
  /** f of every element, in place. */
  applyWords(bits: RingBits, words: Uint32Array, fixed: Fixed): void;
  /** The least and the greatest f of integers from low to high. */
  bounds(fixed: Fixed): (low: number, high: number) => Interval;
  /** f of a two's complement word. */
  circuit(gates: Gates, value: Word, fixed: Fixed): Sum;
  /** f(floor(x / 2^d)) is floor(x / 2^d) where x >= 0 and 0 elsewhere: three parties need two carries for it, and no sum. */
  readonly keepsBySign: boolean;
}

/** The bounds of a function that never falls. */
export function endsOf<Fixed>(apply: (value: number, fixed: Fixed) => number): FixedSide<Fixed>['bounds'] {
  return (fixed) => (low, high) => ({ low: apply(low, fixed), high: apply(high, fixed) });
}
