/** Softmax over the last axis, or its logarithm. Inside a network it is made of other operators (passes/softmax.ts); at the end it is left to the client. @module */
import type { RealNode } from './node.js';
import type { RealOperator } from './operator.js';

export interface SoftmaxOp extends RealNode {
  readonly op: 'softmax';
  readonly log: boolean;
}

export const softmax: RealOperator<SoftmaxOp> = {
  shape: (_, [x]) => x!,
  float: (tf, { log }, _, [x]) => (log ? tf.logSoftmax(x!) : tf.softmax(x!)),
};
