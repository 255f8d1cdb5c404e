/** From a float graph to exact fixed point, with a report that bounds every value. @module */
import { codeOf, TacitError } from '../../core/errors.js';
import { type RingBits, sizeOf } from '../../core/ring.js';
import type { Interval } from '../bounds.js';
import type { FixedModel } from '../fixed-model.js';
import type { Graph } from '../graph.js';
import type { QuantizerSettings, Ranges } from '../ops/lowering.js';
import { fold } from '../passes/fold.js';
import { type CalibrationInputs, observeRanges } from './observe.js';
import { Quantizer } from './quantizer.js';
import type { RangeReport, RangeStep } from './range.js';

export interface QuantizeOptions {
  /** 'auto' (the default) takes 32 where everything fits, else 64. */
  readonly ringBits?: RingBits | 'auto' | undefined;
  /** Of the input and of every nonlinear step's output; by default 8, adapted to the range of the values. */
  readonly activationFractionBits?: number | undefined;
  /** Of every linear layer; by default what its weights need. */
  readonly weightFractionBits?: number | undefined;
  /** What the client may send; by default 0 to 1. */
  readonly inputRange?: Interval | undefined;
  /** One or more inputs, one after the other: where interval arithmetic needs more than the ring has, ReLUs saturate above what they cause. */
  readonly calibration?: Float32Array | undefined;
  /** Widths follow what the calibration inputs cause, plus headroom. Other inputs may wrap unnoticed: the plan is not guaranteed. */
  readonly unproven?: boolean | undefined;
  /** Of an unproven plan: bits above what calibration inputs caused; by default 2. */
  readonly headroomBits?: number | undefined;
}

export interface Quantized {
  readonly model: FixedModel;
  readonly report: RangeReport;
}

const DEFAULT_HEADROOM = 2;
/** Inputs below it leave no room for weights beside their fraction bits. */
const LEAST_REACH = 2 ** -32;
/** Tried in this order where the user asks for nothing. */
const DEFAULT_ACTIVATION_BITS: Readonly<Record<RingBits, readonly number[]>> = { 32: [8, 7], 64: [8] };

/**
 * The fixed-point model of `graph`.
 *
 * @throws RANGE_OVERFLOW where a value could leave the ring, BAD_VALUE on calibration inputs or options that make no sense,
 *   BAD_SHAPE on calibration inputs of the wrong length
 */
export async function quantize(graph: Graph, options: QuantizeOptions = {}): Promise<Quantized> {
  const folded = fold(graph);
  const inputRange = options.inputRange ?? { low: 0, high: 1 };
  checkOptions(options, inputRange);
  const calibration = options.calibration && inputsOf(folded, options.calibration, inputRange);
  const observed = calibration && (await observeRanges(folded, calibration));
  const common = {
    weightFractionBits: options.weightFractionBits,
    exactActivationBits: options.activationFractionBits !== undefined,
    inputRange,
    headroomBits: options.headroomBits ?? DEFAULT_HEADROOM,
  };
  const rings: readonly RingBits[] =
    options.ringBits === undefined || options.ringBits === 'auto' ? [32, 64] : [options.ringBits];
  const ways = waysOf(options);
  const attempts = rings.flatMap((ringBits) => {
    const bits = options.activationFractionBits;
    const scales = bits === undefined ? DEFAULT_ACTIVATION_BITS[ringBits] : [bits];
    return scales.flatMap((activationFractionBits) =>
      ways.map((ranges) => ({ ...common, ranges, ringBits, activationFractionBits })),
    );
  });
  return firstThatFits(folded, attempts, observed);
}

function waysOf({ unproven, calibration }: QuantizeOptions): readonly Ranges[] {
  if (calibration === undefined) return ['proven'];
  return unproven ? ['observed'] : ['proven', 'saturated'];
}

function firstThatFits(
  graph: Graph,
  attempts: readonly QuantizerSettings[],
  observed: readonly Interval[] | undefined,
): Quantized {
  let overflow: unknown;
  for (const settings of attempts) {
    try {
      const { model, steps } = new Quantizer(graph, settings, observed).run();
      return { model, report: reportOf(model, steps, settings) };
    } catch (error) {
      if (codeOf(error) !== 'RANGE_OVERFLOW') throw error;
      overflow = error;
    }
  }
  throw overflow;
}

function reportOf(model: FixedModel, steps: readonly RangeStep[], settings: QuantizerSettings): RangeReport {
  const { ringBits, nodes, output, guaranteed } = model.graph;
  const circuits = steps.filter((step) => step.kind === 'nonlinear' || step.id === output);
  // What is proven needs no headroom: only what was observed can run out of it.
  const decisive = guaranteed ? circuits : circuits.filter((step) => step.decidedBy === 'observed');
  const weightBits = nodes.flatMap((node) => (node.op === 'linear' ? [node.weightFractionBits] : []));
  return {
    ringBits,
    activationFractionBits: settings.activationFractionBits,
    weightFractionBits: Math.max(0, ...weightBits),
    guaranteed,
    headroomBits: Math.min(...decisive.map((step) => step.headroomBits)),
    steps,
  };
}

function checkOptions(options: QuantizeOptions, { low, high }: Interval): void {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new TacitError('BAD_VALUE', `expected an input range LO,HI with LO <= HI, got ${low},${high}`);
  }
  const reach = Math.max(Math.abs(low), Math.abs(high));
  if (reach > 0 && reach < LEAST_REACH) {
    throw new TacitError('BAD_VALUE', `expected an input range of 2^-32 or more to either side, got ${low},${high}`);
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
function inputsOf(graph: Graph, values: Float32Array, { low, high }: Interval): CalibrationInputs {
  const size = sizeOf(graph.nodes[0]!.shape);
  if (values.length === 0 || values.length % size !== 0) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected calibration inputs of ${size} values each, got ${values.length} values. Give inputs of the model's shape`,
    );
  }
  if (values.some((value) => !(value >= low && value <= high))) {
    throw new TacitError('BAD_VALUE', `expected calibration values from ${low} to ${high}, got one outside`);
  }
  return { count: values.length / size, values };
}
