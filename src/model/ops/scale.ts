/** x * factors, public: one for all elements, or one for each position of all axes but the last (an odd pool divisor). @module */
import { encodeNumber } from '../../core/fixed.js';
import { range } from '../../core/nd.js';
import { sizeOf } from '../../core/ring.js';
import { scaleBounds } from '../bounds.js';
import { bad, checkValues } from './checks.js';
import type { Lowering } from './lowering.js';
import { channelsOf, type FixedNodeBase, type RealNode } from './node.js';
import type { LocalOperator, RealOperator } from './operator.js';

export interface ScaleOp extends RealNode {
  readonly op: 'scale';
  readonly factors: readonly number[];
}

/** The factors are integers. */
export interface ScaleNode extends FixedNodeBase {
  readonly op: 'scale';
  readonly factors: readonly number[];
}

/** What a factor may be off by, as a part of it: the same for every element and layer, so that it adds up where roundings average out. */
const FACTOR_ERROR = 2 ** -12;
const MOST_FACTOR_BITS = 64;

export const scaleOp: RealOperator<ScaleOp, ScaleNode> = {
  shape: ({ name, factors }, [x]) => {
    if (factors.length !== 1 && factors.length !== sizeOf(x!.slice(0, -1))) {
      throw bad(name, 'one factor, or one a position', String(factors.length));
    }
    checkValues(name, 'factors', factors, factors.length);
    return x!;
  },
  float: (tf, { factors, shape }, _, [x]) => {
    if (factors.length === 1) return tf.mul(x!, factors[0]!);
    return tf.mul(x!, tf.tensor([...factors], [...shape.slice(0, -1), 1]));
  },
  lower: (to, node, [input]) => lower(to, node, input!),
};

function lower(to: Lowering<ScaleNode>, node: ScaleOp, input: number): number {
  const isNear = (bits: number): boolean =>
    node.factors.every(
      (factor) => Math.abs(encodeNumber(factor, bits) / 2 ** bits - factor) <= FACTOR_ERROR * Math.abs(factor),
    );
  const bits = range(0, MOST_FACTOR_BITS).find(isNear) ?? MOST_FACTOR_BITS;
  const factors = node.factors.map((factor) => encodeNumber(factor, bits));
  const x = to.tensor(input);
  const bounds = scaleBounds(x.bounds, factors);
  if (to.isTooWide(bounds) && to.canRescale(input)) return lower(to, node, to.rescale(input));
  const { name, shape } = node;
  const fractionBits = x.node.fractionBits + bits;
  return to.add({ op: 'scale', name, inputs: [input], shape, fractionBits, factors }, bounds);
}

export const scaleNode: LocalOperator<ScaleNode> = {
  words: ({ bits, kernels }, { factors, shape }, _, __, [x]) =>
    kernels.scale(bits, x!, factors.map(BigInt), factors.length === 1 ? 1 : channelsOf(shape)),
};
