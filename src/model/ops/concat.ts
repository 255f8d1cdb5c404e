/** Tensors side by side along the last axis (channels). @module */
import { concatenate, sizeOf, wordsPerElement } from '../../core/ring.js';
import type { Bounds } from '../bounds.js';
import { align } from './align.js';
import { bad, show } from './checks.js';
import type { FixedNodeBase, RealNode } from './node.js';
import type { LocalOperator, RealOperator } from './operator.js';
import type { ShiftLeftNode } from './shift-left.js';

export interface ConcatOp extends RealNode {
  readonly op: 'concat';
}

export interface ConcatNode extends FixedNodeBase {
  readonly op: 'concat';
}

export const concatOp: RealOperator<ConcatOp, ConcatNode | ShiftLeftNode> = {
  shape: ({ name }, inputs) => {
    const rest = inputs[0]!.slice(0, -1);
    for (const other of inputs) {
      if (show(other.slice(0, -1)) !== show(rest)) {
        throw bad(name, `inputs that agree with ${show(inputs[0]!)} but for the last axis`, show(other));
      }
    }
    return [...rest, inputs.reduce((sum, shape) => sum + shape.at(-1)!, 0)];
  },
  float: (tf, _, __, inputs) => tf.concat([...inputs], -1),
  lower: (to, { name, shape }, operands) => {
    const { inputs, fractionBits, bounds } = align(to, operands, concatBounds);
    return to.add({ op: 'concat', name, inputs, shape, fractionBits }, bounds);
  },
};

export const concatNode: LocalOperator<ConcatNode> = {
  words: ({ bits }, node, batch, shapes, inputs) => {
    const perElement = wordsPerElement(bits);
    const widths = shapes.map((shape) => shape.at(-1)! * perElement);
    return concatenate(inputs, widths, new Uint32Array(batch * sizeOf(node.shape) * perElement));
  },
};

function concatBounds(parts: readonly Bounds[]): Bounds {
  return {
    low: Float64Array.from(parts.flatMap((part) => [...part.low])),
    high: Float64Array.from(parts.flatMap((part) => [...part.high])),
  };
}
