/**
 * What the pipeline asks of an activation: f with f(0) = 0, monotone, so that it passes a maximum and maps bounds to bounds.
 *
 * `Real` holds the parameters as a model file gives them, `Fixed` as integers at the scale of the step's output.
 * @module
 */
import type { Gates, Sum, Word } from '../../../core/gates.js';
import type { RingBits } from '../../../core/ring.js';
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

export interface Activation<Real, Fixed, Rounded = Fixed> {
  /** Names of the parameters, in the order of a node's fields. */
  readonly parameters: readonly Exclude<keyof Fixed & string, 'activation'>[];
  realFault(real: Real): Fault | undefined;
  fixedFault(fixed: Fixed): Fault | undefined;
  float(tf: Tf, x: Tensor, real: Real): Tensor;
  /** The activation at a scale, or a simpler one where inputs of at most `greatest` cannot tell the difference. */
  round(real: Real, fractionBits: number, greatest: number): Rounded;
  /** f of an integer held in a double. */
  apply(value: number, fixed: Fixed): number;
  /** f of every element, in place. */
  applyWords(bits: RingBits, words: Uint32Array, fixed: Fixed): void;
  /** f of a two's complement word. */
  circuit(gates: Gates, value: Word, fixed: Fixed): Sum;
  /** f(floor(x / 2^d)) is floor(x / 2^d) where x >= 0 and 0 elsewhere: three parties need two carries for it, and no sum. */
  readonly keepsBySign: boolean;
  /** f in two linear halves; two such in a row are one. */
  halves(real: Real): Halves;
  /** The activation of these halves, if it is of this kind. */
  ofHalves(halves: Halves): Real | undefined;
}
