/**
 * activation(max over the window of ((x + c) wrapped to `width` signed bits) >> shift), c = 2^(shift-1), or 0 where shift = 0.
 *
 * Without a pool the window is the element itself. Padding of a pool never wins: it counts as -2^(width-1). A step may saturate: what goes
 * into the activation is then brought to `saturateBits` signed bits. The activation is one of the table's.
 * @module
 */

import { TacitError } from '../../core/errors.js';
import { MOST_CIRCUIT_VALUES, type Pool2d } from '../../core/linear-map.js';
import { type Bounds, type Interval, intervalOf, scaled, widen } from '../bounds.js';
import { roundingConstant } from '../widths.js';
import type { Scales } from './activations/activation.js';
import { type FixedActivation, fixedActivationOf, type RealActivation } from './activations/activations.js';
import { realActivationOf } from './activations/real.js';
import { saturateWords } from './activations/saturate.js';
import { bad, poolShape } from './checks.js';
import type { Lowering, QuantizerSettings, Tensor } from './lowering.js';
import type { FixedNodeBase, RealNode } from './node.js';
import { countOf, maxPoolWords, shiftWords } from './nonlinear-words.js';
import type { FixedOperator, RealOperator } from './operator.js';
import { paddedFloat } from './windows.js';

interface RealPool extends RealNode {
  readonly op: 'nonlinear';
  readonly pool?: Pool2d;
}

interface FixedPool extends FixedNodeBase {
  readonly op: 'nonlinear';
  readonly pool?: Pool2d;
  readonly width: number;
  readonly shift: number;
  /** Signed bits of what goes into the activation, where the step saturates. */
  readonly saturateBits?: number;
}

/** activation(max over the window of x) */
export type NonlinearOp = RealPool & RealActivation;
export type NonlinearNode = FixedPool & FixedActivation;

/** The activation of a node, without its other fields. */
export function realActivation({ op, name, inputs, shape, pool, ...activation }: NonlinearOp): RealActivation {
  return activation;
}

export const nonlinearOp: RealOperator<NonlinearOp, NonlinearNode> = {
  shape: (node, [x]) => {
    const { name, pool } = node;
    const fault = realActivationOf(node.activation).realFault(node);
    if (fault !== undefined) throw bad(name, `a ${fault.field} that is ${fault.expected}`, String(fault.came));
    if (pool === undefined) return x!;
    if (pool.windowHeight * pool.windowWidth > MOST_CIRCUIT_VALUES) {
      const size = `${pool.windowHeight}x${pool.windowWidth}`;
      throw bad(name, `a window of at most ${MOST_CIRCUIT_VALUES} elements`, size);
    }
    return poolShape(name, pool, x!);
  },
  float: (tf, node, _, [x]) => {
    const { pool } = node;
    const pooled =
      pool === undefined
        ? x!.clone()
        : tf.maxPool(
            paddedFloat(tf, pool, x!, Number.NEGATIVE_INFINITY),
            [pool.windowHeight, pool.windowWidth],
            [pool.strideHeight, pool.strideWidth],
            'valid',
          );
    return realActivationOf(node.activation).float(tf, pooled, node);
  },
  lower: (to, node, [input]) => lower(to, node, input!),
};

function lower(to: Lowering<NonlinearNode>, node: NonlinearOp, input: number): number {
  const x = to.tensor(input);
  const { real, limit } = saturate(to.settings, node, x);
  const reach = within(inputsOf(to.settings, x), limit);
  const scales = scalesOf(to.settings, to.wanted(node).activations, real, x, reach);
  const shift = x.node.fractionBits - scales.input;
  const saturateBits = limit === undefined ? undefined : Math.max(2, Math.log2(limit) + scales.input + 1);
  const draft = {
    op: 'nonlinear',
    name: node.name,
    inputs: [input],
    shape: node.shape,
    fractionBits: scales.output,
    ...(node.pool === undefined ? {} : { pool: node.pool }),
    ...rounded(to, node.name, real, scales, shifted(reach, scales.input, shift, saturateBits)),
    ...(saturateBits === undefined ? {} : { saturateBits }),
    shift,
  } as const;
  // A sign and a bit of magnitude are kept at least, so that no circuit is empty.
  const id = to.addCircuit(draft, roundingConstant(shift), shift + 2, (width) =>
    nonlinearBounds(x.bounds, { ...draft, width }),
  );
  if (limit !== undefined) to.noteSaturation(id, limit);
  else if (real !== node && real.activation === 'clip' && draft.activation === 'clip') {
    to.noteSaturation(id, real.clipMax);
  }
  return id;
}

/** Inputs in reals: proven, or where ranges are observed with the headroom that these have. */
function inputsOf({ ranges, headroomBits }: QuantizerSettings, { node, bounds, observed }: Tensor): Interval {
  const proven = intervalOf(bounds);
  if (ranges !== 'observed' || observed === undefined) return scaled(proven, -node.fractionBits);
  const room = 2 ** headroomBits;
  const low = Math.max(proven.low, observed.low < 0 ? observed.low * room : observed.low / room);
  const high = Math.min(proven.high, observed.high > 0 ? observed.high * room : observed.high / room);
  return scaled({ low, high }, -node.fractionBits);
}

function within({ low, high }: Interval, limit = Number.POSITIVE_INFINITY): Interval {
  return { low: Math.min(Math.max(low, -limit), limit), high: Math.max(Math.min(high, limit), -limit) };
}

/** Reals as integers that were rounded by a shift, and then saturated. */
function shifted({ low, high }: Interval, fractionBits: number, shift: number, saturateBits = 64): Interval {
  const half = shift === 0 ? 0 : 1 / 2;
  const most = 2 ** (saturateBits - 1) - 1;
  return {
    low: Math.max(Math.floor(low * 2 ** fractionBits + half), -most - 1),
    high: Math.min(Math.floor(high * 2 ** fractionBits + half), most),
  };
}

/** @throws RANGE_OVERFLOW where the activation has no value for some of the inputs, or tables would be too large for them */
function rounded(
  { settings: { ringBits, ranges } }: Lowering<NonlinearNode>,
  name: string,
  real: RealActivation,
  scales: Scales,
  inputs: Interval,
): FixedActivation {
  const result = realActivationOf(real.activation).round(real, scales, inputs);
  if ('activation' in result) return result;
  const { field, expected, came } = result;
  const of = real.activation === 'smooth' ? real.function : real.activation;
  throw new TacitError('RANGE_OVERFLOW', `layer ${name}: expected ${field} of ${of} ${expected}, got ${came}`, {
    facts: { layer: name, ringBits, ranges },
  });
}

/** Room above what calibration inputs reach, beside what the next power of two leaves. */
const SATURATION_MARGIN = 1.5;

interface Saturated {
  readonly real: RealActivation;
  /** What goes into the activation is brought to -limit to limit, a power of two. */
  readonly limit?: number;
}

/**
 * The activation, with a bound above what calibration inputs reach if steps are to saturate: the maximum of a clip where negative values
 * vanish, else a limit on both sides. A dead layer's is above its magnitude.
 */
function saturate(settings: QuantizerSettings, node: RealActivation, x: Tensor): Saturated {
  if (settings.ranges !== 'saturated' || x.observed === undefined) return { real: node };
  const { low, high } = scaled(x.observed, -x.node.fractionBits);
  const { halves, scaling } = realActivationOf(node.activation);
  const parts = halves(node);
  const reached = parts?.negative === 0 && high > 0 ? high : Math.max(Math.abs(low), Math.abs(high));
  if (reached === 0) return { real: node };
  const limit = 2 ** Math.ceil(Math.log2(SATURATION_MARGIN * reached));
  if (parts?.negative === 0) return { real: limit < parts.most ? { activation: 'clip', clipMax: limit } : node };
  const inputs = inputsOf(settings, x);
  if (inputs.low >= -limit && inputs.high < limit) return { real: node };
  const [free, bounded] = [scaling(node, inputs), scaling(node, within(inputs, limit))];
  // what is bounded by itself needs no limit
  const helps = free === undefined || free.reach > 2 * bounded!.reach;
  return helps ? { real: node, limit } : { real: node };
}

/** What is wanted, else the activation bits, and more where all values are known to be small. */
function scalesOf(
  { activationFractionBits, exactActivationBits }: QuantizerSettings,
  wanted: number | undefined,
  real: RealActivation,
  { node: { fractionBits: available }, observed }: Tensor,
  inputs: Interval,
): Scales {
  const target = (magnitude: number): number => {
    const spare = magnitude === 0 || exactActivationBits ? 0 : Math.max(0, -Math.ceil(Math.log2(magnitude)));
    return wanted ?? activationFractionBits + spare;
  };
  const scaling = realActivationOf(real.activation).scaling(real, inputs);
  if (scaling === undefined) {
    const { low, high } = observed === undefined ? inputs : scaled(observed, -available);
    const bits = Math.min(available, target(Math.max(Math.abs(low), Math.abs(high))));
    return { input: bits, output: bits };
  }
  const output = target(scaling.reach);
  return { input: Math.min(available, Math.max(0, Math.min(output + scaling.finer, scaling.most))), output };
}

type Step = Pick<FixedPool, 'width' | 'shift' | 'saturateBits'> & FixedActivation;

/** A value that may leave the width may come back anywhere in it. */
export function nonlinearBounds(x: Bounds, step: Step): Bounds {
  const { width, shift, saturateBits } = step;
  const boundsOf = fixedActivationOf(step.activation).bounds(step);
  const most = saturateBits === undefined ? Number.POSITIVE_INFINITY : 2 ** (saturateBits - 1);
  const saturated = (value: number): number => Math.min(Math.max(value, -most), most - 1);
  const half = 2 ** (width - 1);
  const rounding = roundingConstant(shift);
  const scale = 2 ** shift;
  const low = new Float64Array(x.low.length);
  const high = new Float64Array(x.low.length);
  for (let i = 0; i < low.length; i++) {
    const fits = x.low[i]! + rounding >= -half && x.high[i]! + rounding <= half - 1;
    low[i] = fits ? Math.floor((x.low[i]! + rounding) / scale) : Math.floor(-half / scale);
    high[i] = fits ? Math.floor((x.high[i]! + rounding) / scale) : Math.floor((half - 1) / scale);
    if (shift > 0) widen(low, high, i, Math.max(Math.abs(x.low[i]!), Math.abs(x.high[i]!)), 1);
    const result = boundsOf(saturated(low[i]!), saturated(high[i]!));
    low[i] = result.low;
    high[i] = result.high;
  }
  return { low, high };
}

export const nonlinearNode: FixedOperator<NonlinearNode> = {
  words: ({ bits, wrapped, clipped }, node, batch, _, [x]) => {
    const { words, wraps } = shiftWords(bits, node, x!);
    wrapped(node.id, wraps);
    const pooled = node.pool === undefined ? words : maxPoolWords(bits, node, node.pool, batch, words);
    if (node.saturateBits !== undefined) clipped(node.id, saturateWords(bits, pooled, node.saturateBits));
    fixedActivationOf(node.activation).applyWords(bits, pooled, node);
    if (node.activation === 'clip') clipped(node.id, countOf(bits, pooled, node.clipMax));
    return pooled;
  },
};
