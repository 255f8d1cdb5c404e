/** Over the last axis. Allowed at the end alone, where it is left to the client. @module */
import type { RealNode } from './node.js';
import type { RealOperator } from './operator.js';

export interface SoftmaxOp extends RealNode {
  readonly op: 'softmax';
}

export const softmax: RealOperator<SoftmaxOp> = {
  shape: (_, [x]) => x!,
  // what is compared are logits
  float: (_, __, ___, [x]) => x!.clone(),
};
