/** x * factor + offset, both one for each channel (a batch normalisation in inference). @module */
import { checkValues } from './checks.js';
import type { Floats, RealNode } from './node.js';
import type { RealOperator } from './operator.js';

export interface AffineOp extends RealNode {
  readonly op: 'affine';
  readonly factor: Floats;
  readonly offset: Floats;
}

export const affine: RealOperator<AffineOp> = {
  shape: ({ name, factor, offset }, [x]) => {
    const channels = x!.at(-1)!;
    checkValues(name, 'factors', factor, channels);
    checkValues(name, 'offsets', offset, channels);
    return x!;
  },
  float: (tf, { factor, offset }, _, [x]) =>
    tf.add(tf.mul(x!, tf.tensor1d(Float32Array.from(factor))), tf.tensor1d(Float32Array.from(offset))),
};
