/** x o W + b with secret weights: a convolution, or a dense layer as the 1x1 convolution it is. @module */
import { type Conv2d, convOutput, inputSize, weightSize } from '../../../core/linear-map.js';
import { sizeOf } from '../../../core/ring.js';
import { toIntegers } from '../../weights.js';
import { bad, checkValues, show } from '../checks.js';
import type { Lowering } from '../lowering.js';
import type { Shape } from '../node.js';
import type { FixedOperator, RealOperator } from '../operator.js';
import { linearBounds } from './bounds.js';
import { convolveFloat } from './convolve.js';
import type { LinearNode, LinearOp } from './nodes.js';
import { chooseWeightBits } from './weight-bits.js';

export const linearOp: RealOperator<LinearOp, LinearNode> = {
  shape: (node, [x]) => shapeOf(node, x!),
  float: (tf, node, batch, [x]) => convolveFloat(tf, node, batch, x!),
  lower: (to, node, [input]) => lower(to, node, input!),
};

export const linearNode: FixedOperator<LinearNode> = {
  words: ({ bits, kernels, weightsOf }, { id, map, hasBias }, batch, _, [x]) => {
    const { weights, bias } = weightsOf(id);
    const product = kernels.conv2d(bits, map, batch, x!, weights);
    return hasBias ? kernels.addBias(bits, product, bias) : product;
  },
};

function shapeOf({ map, name, weights, bias }: Omit<LinearOp, 'shape'>, x: Shape): Shape {
  if (map.groups < 1 || map.inChannels % map.groups !== 0 || map.outChannels % map.groups !== 0) {
    throw bad(name, `groups that divide ${map.inChannels} and ${map.outChannels} channels`, String(map.groups));
  }
  const image = [map.inHeight, map.inWidth, map.inChannels];
  const isImage = show(x) === show(image);
  if (!isImage && (!isPointwise(map) || sizeOf(x) !== inputSize(map) || x.at(-1) !== map.inChannels)) {
    throw bad(name, `an input of ${show(isPointwise(map) ? [map.inChannels] : image)}`, show(x));
  }
  checkValues(name, 'weights', weights, weightSize(map));
  if (bias !== undefined) checkValues(name, 'biases', bias, map.outChannels);
  return isImage ? convOutput(map) : x.with(-1, map.outChannels);
}

/** Whether each element of the last axis depends on that position alone, so that the axes before it do not matter. */
function isPointwise(map: Conv2d): boolean {
  const ones = [map.kernelHeight, map.kernelWidth, map.strideHeight, map.strideWidth];
  return ones.every((extent) => extent === 1) && map.padTop + map.padBottom + map.padLeft + map.padRight === 0;
}

function lower(to: Lowering<LinearNode>, node: LinearOp, input: number): number {
  const x = to.tensor(input);
  const bits = chooseWeightBits(to, node, input);
  if (bits === 'rescale') return lower(to, node, to.rescale(input));
  const fractionBits = x.node.fractionBits + bits;
  const weights = toIntegers(node.weights, bits);
  const bias = node.bias && toIntegers(node.bias, fractionBits);
  const { name, map, shape } = node;
  const hasBias = bias !== undefined;
  return to.add(
    { op: 'linear', name, inputs: [input], shape, fractionBits, map, weightFractionBits: bits, hasBias },
    linearBounds(map, x.bounds, weights, bias),
    { weights, bias },
  );
}
