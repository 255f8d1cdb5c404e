/**
 * activation(max over the window of ((x + c) wrapped to `width` signed bits) >> shift), c = 2^(shift-1), or 0 where shift = 0.
 *
 * Without a pool the window is the element itself. Padding of a pool never wins: it counts as -2^(width-1). The activation is one of the
 * table's; all of them are monotone and map bounds to bounds.
 * @module
 */
import { MOST_CIRCUIT_VALUES, type Pool2d } from '../../core/linear-map.js';
import { type Bounds, intervalOf, widen } from '../bounds.js';
import { roundingConstant } from '../widths.js';
import { activationOf, type FixedActivation, type RealActivation } from './activations/activations.js';
import { bad, poolShape } from './checks.js';
import type { Lowering, QuantizerSettings, Tensor } from './lowering.js';
import type { FixedNodeBase, RealNode } from './node.js';
import { maxPoolWords, shiftWords } from './nonlinear-words.js';
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
}

/** activation(max over the window of x) */
export type NonlinearOp = RealPool & RealActivation;
export type NonlinearNode = FixedPool & FixedActivation;

export const nonlinearOp: RealOperator<NonlinearOp, NonlinearNode> = {
  shape: (node, [x]) => {
    const { name, pool } = node;
    const fault = activationOf(node.activation).realFault(node);
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
    return activationOf(node.activation).float(tf, pooled, node);
  },
  lower: (to, node, [input]) => lower(to, node, input!),
};

function lower(to: Lowering<NonlinearNode>, node: NonlinearOp, input: number): number {
  const x = to.tensor(input);
  const shift = Math.max(0, x.node.fractionBits - (to.wanted(node).activations ?? targetBits(to.settings, x)));
  const fractionBits = x.node.fractionBits - shift;
  const greatest = Math.ceil(intervalOf(x.bounds).high / 2 ** shift) + 1;
  const saturated = saturate(to.settings, node, x);
  const draft = {
    op: 'nonlinear',
    name: node.name,
    inputs: [input],
    shape: node.shape,
    fractionBits,
    ...(node.pool === undefined ? {} : { pool: node.pool }),
    ...activationOf(saturated.activation).round(saturated, fractionBits, greatest),
    shift,
  } as const;
  // A sign and a bit of magnitude are kept at least, so that no circuit is empty.
  const id = to.addCircuit(draft, roundingConstant(shift), shift + 2, (width) =>
    nonlinearBounds(x.bounds, { ...draft, width }),
  );
  if (saturated !== node && saturated.activation === 'clip' && draft.activation === 'clip') {
    to.noteSaturation(id, saturated.clipMax);
  }
  return id;
}

/** Room above what calibration inputs reach, beside what the next power of two leaves. */
const SATURATION_MARGIN = 1.5;

/** The activation, with a maximum above what calibration inputs reach if steps are to saturate. A dead layer's is above its magnitude. */
function saturate(
  { ranges }: QuantizerSettings,
  node: RealActivation,
  { node: { fractionBits }, observed }: Tensor,
): RealActivation {
  if (ranges !== 'saturated' || observed === undefined) return node;
  const { negative, most } = activationOf(node.activation).halves(node);
  const reached = (observed.high > 0 ? observed.high : -observed.low) / 2 ** fractionBits;
  if (negative !== 0 || reached === 0) return node;
  const clipMax = 2 ** Math.ceil(Math.log2(SATURATION_MARGIN * reached));
  return clipMax < most ? { activation: 'clip', clipMax } : node;
}

/** The activation bits, and more where all values are known to be small. */
function targetBits({ activationFractionBits, exactActivationBits }: QuantizerSettings, x: Tensor): number {
  if (exactActivationBits) return activationFractionBits;
  const { low, high } = x.observed ?? intervalOf(x.bounds);
  const magnitude = Math.max(Math.abs(low), Math.abs(high)) / 2 ** x.node.fractionBits;
  const spare = magnitude === 0 ? 0 : Math.max(0, -Math.ceil(Math.log2(magnitude)));
  return activationFractionBits + spare;
}

type Step = Pick<FixedPool, 'width' | 'shift'> & FixedActivation;

/** A value that may leave the width may come back anywhere in it. */
export function nonlinearBounds(x: Bounds, step: Step): Bounds {
  const { width, shift } = step;
  const { apply } = activationOf(step.activation);
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
    low[i] = apply(low[i]!, step);
    high[i] = apply(high[i]!, step);
  }
  return { low, high };
}

export const nonlinearNode: FixedOperator<NonlinearNode> = {
  words: ({ bits, wrapped }, node, batch, _, [x]) => {
    const { words, wraps } = shiftWords(bits, node, x!);
    wrapped(node.id, wraps);
    const pooled = node.pool === undefined ? words : maxPoolWords(bits, node, node.pool, batch, words);
    activationOf(node.activation).applyWords(bits, pooled, node);
    return pooled;
  },
};
