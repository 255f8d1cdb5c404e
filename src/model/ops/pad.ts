/** Zeros around [height, width]. @module */
import { sizeOf } from '../../core/ring.js';
import { withZero } from '../bounds.js';
import { imageOf } from './checks.js';
import type { FixedNodeBase, RealNode } from './node.js';
import type { LocalOperator, RealOperator } from './operator.js';
import { padFloat } from './windows.js';

interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface PadOp extends RealNode, Padding {
  readonly op: 'pad';
}

export interface PadNode extends FixedNodeBase, Padding {
  readonly op: 'pad';
}

export const padOp: RealOperator<PadOp, PadNode> = {
  shape: ({ name, top, bottom, left, right }, [x]) => {
    const [height, width, channels] = imageOf(name, x!);
    return [height + top + bottom, width + left + right, channels];
  },
  float: (tf, { top, bottom, left, right }, _, [x]) => padFloat(tf, x!, [top, bottom], [left, right]),
  lower: (to, { name, shape, top, bottom, left, right }, [input]) => {
    const { node, bounds } = to.tensor(input!);
    const { fractionBits } = node;
    return to.add(
      { op: 'pad', name, inputs: [input!], shape, fractionBits, top, bottom, left, right },
      withZero(bounds),
    );
  },
};

export const padNode: LocalOperator<PadNode> = {
  integers: (node, batch, [x]) => {
    const [height, width, channels] = x!.shape as readonly [number, number, number];
    const outWidth = node.shape[1]!;
    const size = sizeOf(node.shape);
    const y = new Float64Array(batch * size);
    for (let n = 0; n < batch; n++) {
      for (let row = 0; row < height; row++) {
        const from = (n * height + row) * width * channels;
        const to = n * size + ((row + node.top) * outWidth + node.left) * channels;
        y.set(x!.values.subarray(from, from + width * channels), to);
      }
    }
    return y;
  },
  words: ({ bits, kernels }, node, batch, shapes, [x]) => {
    const [height, width, channels] = shapes[0] as readonly [number, number, number];
    return kernels.pad(bits, { batch, height, width, channels }, node, x!);
  },
};
