/** The convolution in floating point. @module */
import type { Conv2d } from '../../../core/linear-map.js';
import type { Floats, Shape } from '../node.js';
import type { Amount, Image, Tensor, Tf } from '../tensorflow.js';
import { padFloat } from '../windows.js';

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

export function convolve(tf: Tf, map: Conv2d, x: Image, weights: Image): Tensor {
  const { groups, strideHeight, strideWidth } = map;
  if (Math.max(map.dilationHeight, map.dilationWidth) > 1 && Math.max(strideHeight, strideWidth) > 1) {
    // tfjs has a stride or a dilation: every position, and of these some
    const every = convolve(tf, { ...map, strideHeight: 1, strideWidth: 1 }, x, weights);
    return tf.stridedSlice(every, [0, 0, 0, 0], every.shape, [1, strideHeight, strideWidth, 1]);
  }
  const strides: Amount = [strideHeight, strideWidth];
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
