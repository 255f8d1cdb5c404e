/** x * 2^bits: brings branches to one scale. Made by the quantiser alone. @module */
import type { FixedNodeBase } from './node.js';
import type { LocalOperator } from './operator.js';

export interface ShiftLeftNode extends FixedNodeBase {
  readonly op: 'shiftLeft';
  readonly bits: number;
}

export const shiftLeft: LocalOperator<ShiftLeftNode> = {
  words: ({ bits, kernels }, node, _, __, [x]) => kernels.scale(bits, x!, [1n << BigInt(node.bits)], 1),
};
