/** The sum of two or more tensors of one shape (and, in fixed point, of one scale). @module */
import { type Bounds, widen } from '../bounds.js';
import { align } from './align.js';
import { requireSameShape } from './checks.js';
import type { FixedNodeBase, RealNode } from './node.js';
import type { LocalOperator, RealOperator } from './operator.js';
import type { ShiftLeftNode } from './shift-left.js';

export interface AddOp extends RealNode {
  readonly op: 'add';
}

export interface AddNode extends FixedNodeBase {
  readonly op: 'add';
}

export const addOp: RealOperator<AddOp, AddNode | ShiftLeftNode> = {
  shape: ({ name }, inputs) => requireSameShape(name, inputs),
  float: (tf, _, __, inputs) => tf.addN([...inputs]),
  lower: (to, { name, shape }, operands) => {
    const { inputs, fractionBits, bounds } = align(to, operands, addBounds);
    return to.add({ op: 'add', name, inputs, shape, fractionBits }, bounds);
  },
};

export const addNode: LocalOperator<AddNode> = {
  words: ({ bits, kernels }, _, __, ___, inputs) => inputs.reduce((sum, term) => kernels.add(bits, sum, term)),
};

export function addBounds(terms: readonly Bounds[]): Bounds {
  const low = new Float64Array(terms[0]!.low.length);
  const high = new Float64Array(low.length);
  for (let i = 0; i < low.length; i++) {
    let magnitude = 0;
    for (const term of terms) {
      low[i]! += term.low[i]!;
      high[i]! += term.high[i]!;
      magnitude += Math.max(Math.abs(term.low[i]!), Math.abs(term.high[i]!));
    }
    widen(low, high, i, magnitude, terms.length);
  }
  return { low, high };
}
