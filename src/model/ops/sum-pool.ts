/** The sum over each window: an average pool without its divisor, but for the power of two that joins the scale. @module */
import { type Pool2d, poolOutput } from '../../core/linear-map.js';
import { type Bounds, scaleBounds } from '../bounds.js';
import { poolShape } from './checks.js';
import type { FixedNodeBase, RealNode } from './node.js';
import type { LocalOperator, RealOperator } from './operator.js';
import { averageFloat, insideAt, paddedFloat, unpadded } from './windows.js';

/** The sum over each window times 2^-divisorBits. */
export interface SumPoolOp extends RealNode {
  readonly op: 'sumPool';
  readonly pool: Pool2d;
  readonly divisorBits: number;
}

export interface SumPoolNode extends FixedNodeBase {
  readonly op: 'sumPool';
  readonly pool: Pool2d;
}

export const sumPoolOp: RealOperator<SumPoolOp, SumPoolNode> = {
  shape: ({ name, pool }, [x]) => poolShape(name, pool, x!),
  float: (tf, { pool, divisorBits }, _, [x]) => {
    const factor = (pool.windowHeight * pool.windowWidth) / 2 ** divisorBits;
    return tf.mul(averageFloat(tf, unpadded(pool), paddedFloat(tf, pool, x!)), factor);
  },
  lower: (to, { name, shape, pool, divisorBits }, [input]) => {
    const { node, bounds } = to.tensor(input!);
    const fractionBits = node.fractionBits + divisorBits;
    return to.add({ op: 'sumPool', name, inputs: [input!], shape, fractionBits, pool }, sumPoolBounds(pool, bounds));
  },
};

export const sumPoolNode: LocalOperator<SumPoolNode> = {
  words: ({ bits, kernels }, { pool }, batch, _, [x]) => kernels.sumPool(bits, pool, batch, x!),
};

/** The elements inside the image may differ in number from position to position. */
export function sumPoolBounds(pool: Pool2d, x: Bounds): Bounds {
  const [height, width] = poolOutput(pool);
  const counts = { low: Number.POSITIVE_INFINITY, high: 0 };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const count = insideAt(pool, row, column);
      counts.low = Math.min(counts.low, count);
      counts.high = Math.max(counts.high, count);
    }
  }
  return scaleBounds(x, [counts.low, counts.high]);
}
