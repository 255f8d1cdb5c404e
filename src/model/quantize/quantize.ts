/** From a float graph to exact fixed point, with a report that bounds every value. @module */
import { codeOf, TacitError } from '../../core/errors.js';
import { isWithin } from '../../core/fixed.js';
import { type RingBits, sizeOf } from '../../core/ring.js';
import type { Interval } from '../bounds.js';
import type { Graph } from '../graph.js';
import type { QuantizerSettings, Ranges } from '../ops/lowering.js';
import { fold } from '../passes/fold.js';
import { offBy } from './accuracy.js';
import { type CalibrationInputs, observeRanges } from './observe.js';
import { outcomeOf, type Quantized, tooInexact } from './outcome.js';
import { sampleOf } from './sample.js';
import { type Judged, Search } from './search.js';
import { Sensitivity } from './sensitivity.js';
import { checkFits } from './size.js';

export interface QuantizeOptions {
  /** 'auto' (the default) takes 32 where everything fits, else 64. */
  readonly ringBits?: RingBits | 'auto' | undefined;
  /** Of the input and of every nonlinear step's output; by default what the tolerance asks for, step by step. */
  readonly activationFractionBits?: number | undefined;
  /** Of every linear layer; by default what the tolerance asks for, layer by layer. */
  readonly weightFractionBits?: number | undefined;
  /** What the client may send; by default 0 to 1. */
  readonly inputRange?: Interval | undefined;
  /** One or more inputs, one after the other: where interval arithmetic needs more than the ring has, nonlinear steps saturate beyond what they cause. */
  readonly calibration?: Float32Array | undefined;
  /** Widths follow what the calibration inputs cause, plus headroom. Other inputs may wrap unnoticed: the plan is not guaranteed. */
  readonly unproven?: boolean | undefined;
  /** What the outputs may be off by: RMS of the error, as a part of the RMS of the float network's outputs; by default 0.02. Those of one input may be off by twice that. */
  readonly tolerance?: number | undefined;
  /** Of an unproven plan: bits above what calibration inputs caused; by default 2. */
  readonly headroomBits?: number | undefined;
}

const DEFAULT_HEADROOM = 2;
/** RMS of the outputs' error, as a part of the RMS of the float network's outputs. */
const DEFAULT_TOLERANCE = 0.02;
/** Inputs below it leave no room for weights beside their fraction bits. */
const LEAST_REACH = 2 ** -32;
/** Tried in this order where the user asks for nothing: the first that the ring has room for. */
const DEFAULT_ACTIVATION_BITS: Readonly<Record<RingBits, readonly number[]>> = { 32: [8, 7], 64: [8] };

/**
 * The fixed-point model of `graph` that no input in the range can overflow and that is within the tolerance on the sample.
 *
 * @throws RANGE_OVERFLOW where a value could leave the ring, PRECISION where no scales hold the tolerance, BAD_VALUE on calibration
 *   inputs or options that make no sense, BAD_SHAPE on calibration inputs of the wrong length
 */
export async function quantize(graph: Graph, options: QuantizeOptions = {}): Promise<Quantized> {
  const folded = fold(graph);
  checkFits(folded);
  const inputRange = options.inputRange ?? { low: 0, high: 1 };
  checkOptions(options, inputRange);
  const calibration = options.calibration && inputsOf(folded, options.calibration, inputRange);
  const observed = calibration && (await observeRanges(folded, calibration));
  const sample = sampleOf(folded, inputRange, calibration);
  const tolerance = options.tolerance ?? DEFAULT_TOLERANCE;
  const sensitivity = await Sensitivity.of(folded, sample);
  try {
    const search = new Search(folded, observed, sample, sensitivity, tolerance);
    const judged = await firstThatHolds(search, attemptsOf(options, inputRange));
    if (!search.holds(judged)) throw tooInexact(folded, judged, tolerance);
    return outcomeOf(judged, tolerance, sample);
  } finally {
    sensitivity.dispose();
  }
}

function attemptsOf(options: QuantizeOptions, inputRange: Interval): readonly QuantizerSettings[] {
  const common = {
    weightFractionBits: options.weightFractionBits,
    exactActivationBits: options.activationFractionBits !== undefined,
    inputRange,
    headroomBits: options.headroomBits ?? DEFAULT_HEADROOM,
    wanted: new Map(),
  };
  const rings: readonly RingBits[] =
    options.ringBits === undefined || options.ringBits === 'auto' ? [32, 64] : [options.ringBits];
  const ways = waysOf(options);
  return rings.flatMap((ringBits) => {
    const bits = options.activationFractionBits;
    const scales = bits === undefined ? DEFAULT_ACTIVATION_BITS[ringBits] : [bits];
    return scales.flatMap((activationFractionBits) =>
      ways.map((ranges) => ({ ...common, ranges, ringBits, activationFractionBits })),
    );
  });
}

function waysOf({ unproven, calibration }: QuantizeOptions): readonly Ranges[] {
  if (calibration === undefined) return ['proven'];
  return unproven ? ['observed'] : ['proven', 'saturated'];
}

/** The first that holds the tolerance, else the most exact; throws RANGE_OVERFLOW where none fits its ring. */
async function firstThatHolds(search: Search, attempts: readonly QuantizerSettings[]): Promise<Judged> {
  let best: Judged | undefined;
  let overflow: unknown;
  for (const settings of attempts) {
    // fewer bits are for want of room, not of precision
    if (best?.settings.ringBits === settings.ringBits && isCoarser(settings, best.settings)) continue;
    try {
      const judged = await search.run(settings);
      if (search.holds(judged)) return judged;
      if (best === undefined || offBy(judged.accuracy) < offBy(best.accuracy)) best = judged;
    } catch (error) {
      if (codeOf(error) !== 'RANGE_OVERFLOW') throw error;
      overflow = error;
    }
  }
  if (best === undefined) throw overflow;
  return best;
}

function isCoarser(one: QuantizerSettings, other: QuantizerSettings): boolean {
  return one.activationFractionBits < other.activationFractionBits;
}

function checkOptions(options: QuantizeOptions, { low, high }: Interval): void {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new TacitError('BAD_VALUE', `expected an input range LO,HI with LO <= HI, got ${low},${high}`);
  }
  const reach = Math.max(Math.abs(low), Math.abs(high));
  if (reach > 0 && reach < LEAST_REACH) {
    throw new TacitError('BAD_VALUE', `expected an input range of 2^-32 or more to either side, got ${low},${high}`);
  }
  const { tolerance } = options;
  if (tolerance !== undefined && !(tolerance > 0)) {
    throw new TacitError('BAD_VALUE', `expected a tolerance above 0, got ${tolerance}. Give for example 0.02`);
  }
  if (options.unproven && options.calibration === undefined) {
    throw new TacitError('BAD_VALUE', 'expected calibration inputs for an unproven plan, got none');
  }
  const { activationFractionBits: a, weightFractionBits: w, headroomBits: h } = options;
  for (const [flag, bits] of [
    ['fraction bits', a],
    ['fraction bits', w],
    ['headroom bits', h],
  ] as const) {
    if (bits !== undefined && (!Number.isInteger(bits) || bits < 0 || bits > 32)) {
      throw new TacitError('BAD_VALUE', `expected ${flag} from 0 to 32, got ${bits}. Give a smaller number`);
    }
  }
}

/** @throws BAD_SHAPE, BAD_VALUE */
function inputsOf(graph: Graph, values: Float32Array, range: Interval): CalibrationInputs {
  const size = sizeOf(graph.nodes[0]!.shape);
  if (values.length === 0 || values.length % size !== 0) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected calibration inputs of ${size} values each, got ${values.length} values. Give inputs of the model's shape`,
    );
  }
  if (values.some((value) => !isWithin(value, range))) {
    const { low, high } = range;
    throw new TacitError('BAD_VALUE', `expected calibration values from ${low} to ${high}, got one outside`);
  }
  return { count: values.length / size, values };
}
