/** The report that says for each step what bounds it and how much room is left. @module */
import type { RingBits } from '../../core/ring.js';
import type { Interval } from '../bounds.js';
import type { Precision } from '../fixed-model.js';

/** One node of the fixed-point network. Bounds are integers at `boundFractionBits`. */
export interface RangeStep {
  /** Of the node in the FixedGraph. */
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly shape: readonly number[];
  readonly fractionBits: number;
  /** The scale of the bounds: of a nonlinear step that of its input, whose value enters the circuit; else fractionBits. */
  readonly boundFractionBits: number;
  /** By interval arithmetic over all inputs in the declared range. */
  readonly guaranteed: Interval;
  /** On the calibration inputs. */
  readonly observed?: Interval;
  /** Of a nonlinear step and of the output the width in bits that the protocol uses; else what the value needs. */
  readonly width: number;
  /** Bits of the width beyond what was observed, or where nothing was, of the ring beyond the width. */
  readonly headroomBits: number;
  readonly decidedBy: 'guaranteed' | 'observed';
  /** The real value above which a step is cut off (and below its negative, where negative values matter), so that what follows is bounded; calibration inputs stayed below two thirds of it. */
  readonly saturatesAt?: number;
  /** What rounding at this step alone makes of the outputs' error, by the model of errors; absent where nothing is rounded. */
  readonly predictedError?: number;
  /** RMS of the error of the step's values on the sample, as a part of the RMS of the float network's. */
  readonly observedError?: number;
}

export interface RangeReport extends Precision {
  readonly ringBits: RingBits;
  readonly activationFractionBits: number;
  /** The most that a layer uses. */
  readonly weightFractionBits: number;
  /** True where no input in the declared range can overflow. */
  readonly guaranteed: boolean;
  /** The least of the nonlinear steps and the output, of those whose width was observed where there are any. */
  readonly headroomBits: number;
  readonly steps: readonly RangeStep[];
}
