/** The convolution itself, on integers and in floating point. @module */
import { type Conv2d, convOutput } from '../../../core/linear-map.js';
import type { Floats, IntegerWeights, Shape } from '../node.js';

import type { Amount, Image, Tensor, Tf } from '../tensorflow.js';
import { padFloat } from '../windows.js';

/** x o W + b, directly; `weights` need not be integers. */
export function convolveIntegers(
  map: Conv2d,
  batch: number,
  x: Float64Array,
  { weights, bias }: IntegerWeights,
): Float64Array {
  const [height, width, outputs] = convOutput(map);
  const perGroup = map.inChannels / map.groups;
  const outputsPerGroup = outputs / map.groups;
  const y = new Float64Array(batch * height * width * outputs);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const to = ((n * height + row) * width + column) * outputs;
        if (bias !== undefined) y.set(bias, to);
        for (let ky = 0; ky < map.kernelHeight; ky++) {
          const iy = row * map.strideHeight - map.padTop + ky * map.dilationHeight;
          if (iy < 0 || iy >= map.inHeight) continue;
          for (let kx = 0; kx < map.kernelWidth; kx++) {
            const ix = column * map.strideWidth - map.padLeft + kx * map.dilationWidth;
            if (ix < 0 || ix >= map.inWidth) continue;
            const from = ((n * map.inHeight + iy) * map.inWidth + ix) * map.inChannels;
            const tap = (ky * map.kernelWidth + kx) * perGroup;
            for (let channel = 0; channel < map.inChannels; channel++) {
              const value = x[from + channel]!;
              if (value === 0) continue;
              const group = Math.floor(channel / perGroup);
              const first = group * outputsPerGroup;
              const at = (tap + (channel - group * perGroup)) * outputs + first;
              for (let o = 0; o < outputsPerGroup; o++) y[to + first + o]! += value * weights[at + o]!;
            }
          }
        }
      }
    }
  }
  return y;
}

interface FloatLayer {
  readonly map: Conv2d;
  readonly weights: Floats;
  readonly bias?: Floats;
  readonly shape: Shape;
}

/** x o W + b by TensorFlow.js. */
export function convolveFloat(tf: Tf, node: FloatLayer, batch: number, x: Tensor): Tensor {
  const { map } = node;
  const weights = tf.tensor4d(Float32Array.from(node.weights), [
    map.kernelHeight,
    map.kernelWidth,
    map.inChannels / map.groups,
    map.outChannels,
  ]);
  const image = tf.reshape(x, [batch, map.inHeight, map.inWidth, map.inChannels]);
  const input = padFloat(tf, image, [map.padTop, map.padBottom], [map.padLeft, map.padRight]);
  const product = convolve(tf, map, input, weights);
  const y = node.bias === undefined ? product : tf.add(product, tf.tensor1d(Float32Array.from(node.bias)));
  return tf.reshape(y, [batch, ...node.shape]);
}

function convolve(tf: Tf, map: Conv2d, x: Image, weights: Image): Tensor {
  const { groups } = map;
  const strides: Amount = [map.strideHeight, map.strideWidth];
  const dilations: Amount = [map.dilationHeight, map.dilationWidth];
  const perGroup = map.outChannels / groups;
  if (groups === map.inChannels && groups > 1) {
    const depthwise = tf.reshape(weights, [map.kernelHeight, map.kernelWidth, groups, perGroup]) as Image;
    return tf.depthwiseConv2d(x, depthwise, strides, 'valid', 'NHWC', dilations);
  }
  if (groups === 1) return tf.conv2d(x, weights, strides, 'valid', 'NHWC', dilations);
  const inputs = tf.split(x, groups, 3);
  const kernels = tf.split(weights, groups, 3);
  return tf.concat(
    inputs.map((input, i) => tf.conv2d(input as Image, kernels[i] as Image, strides, 'valid', 'NHWC', dilations)),
    3,
  );
}
