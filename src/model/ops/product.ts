/** x * y, element by element, both secret: of two tensors of one shape, or of one with itself, a square. @module */
import { multiply } from '../../kernels/multiply.js';
import { type Bounds, outward } from '../bounds.js';
import { requireSameShape } from './checks.js';
import type { Lowering } from './lowering.js';
import type { FixedNodeBase, RealNode } from './node.js';
import type { FixedOperator, RealOperator } from './operator.js';

export interface ProductOp extends RealNode {
  readonly op: 'product';
}

/** fractionBits = the sum of those of x and y. */
export interface ProductNode extends FixedNodeBase {
  readonly op: 'product';
}

export const productOp: RealOperator<ProductOp, ProductNode> = {
  shape: ({ name }, inputs) => requireSameShape(name, inputs),
  float: (tf, _, __, [x, y]) => tf.mul(x!, y!),
  lower,
};

/** Where the product is too wide its finest input that can be is rescaled first, and then the other. */
function lower(to: Lowering<ProductNode>, node: ProductOp, inputs: readonly number[]): number {
  const [x, y] = [to.tensor(inputs[0]!), to.tensor(inputs[1]!)];
  const bounds = x === y ? squareBounds(x.bounds) : productBounds(x.bounds, y.bounds);
  const fractionBitsOf = (id: number): number => to.tensor(id).node.fractionBits;
  const [finest] = inputs
    .filter((id) => to.canRescale(id))
    .sort((one, other) => fractionBitsOf(other) - fractionBitsOf(one));
  if (to.isTooWide(bounds) && finest !== undefined) {
    const rescaled = to.rescale(finest);
    return lower(
      to,
      node,
      inputs.map((id) => (id === finest ? rescaled : id)),
    );
  }
  const { name, shape } = node;
  const fractionBits = x.node.fractionBits + y.node.fractionBits;
  return to.add({ op: 'product', name, inputs, shape, fractionBits }, bounds);
}

export const productNode: FixedOperator<ProductNode> = {
  words: ({ bits, kernels }, _, __, ___, [x, y]) => multiply(kernels, bits, x!, y!),
};

/** x * y, of any x and y in their bounds. */
export function productBounds(x: Bounds, y: Bounds): Bounds {
  return outward(x, (i) => {
    const corners = [x.low[i]! * y.low[i]!, x.low[i]! * y.high[i]!, x.high[i]! * y.low[i]!, x.high[i]! * y.high[i]!];
    return { low: Math.min(...corners), high: Math.max(...corners) };
  });
}

/** x * x, which is never negative. */
export function squareBounds(x: Bounds): Bounds {
  const square = outward(x, (i) => {
    const [low, high] = [x.low[i]! ** 2, x.high[i]! ** 2];
    const crossesZero = x.low[i]! < 0 && x.high[i]! > 0;
    return { low: crossesZero ? 0 : Math.min(low, high), high: Math.max(low, high) };
  });
  return { low: square.low.map((low) => Math.max(low, 0)), high: square.high };
}
