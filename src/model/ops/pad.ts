/** Zeros around [height, width]. @module */
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
  words: ({ bits, kernels }, node, batch, shapes, [x]) => {
    const [height, width, channels] = shapes[0] as readonly [number, number, number];
    return kernels.pad(bits, { batch, height, width, channels }, node, x!);
  },
};
