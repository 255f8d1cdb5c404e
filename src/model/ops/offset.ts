/** x + a public number. @module */
import { encodeNumber } from '../../core/fixed.js';
import { constantBounds } from '../bounds.js';
import { addBounds } from './add.js';
import { bad } from './checks.js';
import { channelsOf, type FixedNodeBase, type RealNode } from './node.js';
import type { LocalOperator, RealOperator } from './operator.js';

export interface OffsetOp extends RealNode {
  readonly op: 'offset';
  readonly offset: number;
}

/** The offset is an integer at fractionBits. */
export interface OffsetNode extends FixedNodeBase {
  readonly op: 'offset';
  readonly offset: number;
}

export const offsetOp: RealOperator<OffsetOp, OffsetNode> = {
  shape: ({ name, offset }, [x]) => {
    if (!Number.isFinite(offset)) throw bad(name, 'a finite number to add', String(offset));
    return x!;
  },
  float: (tf, { offset }, _, [x]) => tf.add(x!, offset),
  lower: (to, { name, shape, offset }, [input]) => {
    const { node, bounds } = to.tensor(input!);
    const { fractionBits } = node;
    const integer = encodeNumber(offset, fractionBits);
    const constant = constantBounds(channelsOf(shape), { low: integer, high: integer });
    return to.add(
      { op: 'offset', name, inputs: [input!], shape, fractionBits, offset: integer },
      addBounds([bounds, constant]),
    );
  },
};

export const offsetNode: LocalOperator<OffsetNode> = {
  words: ({ bits, kernels, constants }, { offset }, _, __, [x]) =>
    constants ? kernels.addConstant(bits, x!, BigInt(offset)) : x!,
};
