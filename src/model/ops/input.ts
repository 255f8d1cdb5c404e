/** The input of a network: exactly one, node 0. It is given, not computed, so it has no operator. @module */
import type { FixedNodeBase, RealNode } from './node.js';

export interface InputOp extends RealNode {
  readonly op: 'input';
}

/** The client's input: reals in [low, high], encoded at fractionBits. */
export interface InputNode extends FixedNodeBase {
  readonly op: 'input';
  readonly low: number;
  readonly high: number;
}
