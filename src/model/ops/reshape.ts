/** The same elements in the same order. @module */
import { sizeOf } from '../../core/ring.js';
import { type Bounds, constantBounds, intervalOf } from '../bounds.js';
import { bad, show } from './checks.js';
import type { FixedNodeBase, RealNode } from './node.js';
import type { LocalOperator, RealOperator } from './operator.js';

export interface ReshapeOp extends RealNode {
  readonly op: 'reshape';
}

export interface ReshapeNode extends FixedNodeBase {
  readonly op: 'reshape';
}

/** Its shape is what it is about, and given. */
export const reshapeOp: RealOperator<ReshapeOp, ReshapeNode, ReshapeOp> = {
  shape: ({ name, shape }, [x]) => {
    if (sizeOf(x!) !== sizeOf(shape)) throw bad(name, `a shape of ${sizeOf(x!)} elements`, show(shape));
    return shape;
  },
  float: (tf, { shape }, batch, [x]) => tf.reshape(x!, [batch, ...shape]),
  lower: (to, { name, shape }, [input]) => {
    const { node, bounds } = to.tensor(input!);
    const reshaped = { op: 'reshape', name, inputs: [input!], shape, fractionBits: node.fractionBits } as const;
    return to.add(reshaped, reshapeBounds(bounds, shape.at(-1)!));
  },
};

export const reshapeNode: LocalOperator<ReshapeNode> = {
  words: (_, __, ___, ____, [x]) => x!,
};

/** The bounds after a reshape to a last axis of `channels`; element i has channel i mod the last axis, before and after. */
function reshapeBounds(x: Bounds, channels: number): Bounds {
  const before = x.low.length;
  if (channels % before === 0) {
    const repeat = (values: Float64Array) => Float64Array.from({ length: channels }, (_, i) => values[i % before]!);
    return { low: repeat(x.low), high: repeat(x.high) };
  }
  if (before % channels !== 0) return constantBounds(channels, intervalOf(x));
  const low = x.low.slice(0, channels);
  const high = x.high.slice(0, channels);
  for (let i = channels; i < before; i++) {
    low[i % channels] = Math.min(low[i % channels]!, x.low[i]!);
    high[i % channels] = Math.max(high[i % channels]!, x.high[i]!);
  }
  return { low, high };
}
