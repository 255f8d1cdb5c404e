/**
 * Interval arithmetic over a network: how large can an activation become for ANY input in [0,1]? Secret-shared fixed
 * point needs that many integer bits. For y = W x + b with x in [lo, hi], W = P - N with P, N >= 0:
 *
 *   y <= P hi - N lo + b,    y >= P lo - N hi + b
 *
 * ReLU and max pooling are monotone, so they act on the ends of the interval; x^2 lies between 0 and the larger end's square. All positions of a channel share one
 * interval, which loses nothing: every pixel has the same range. https://arxiv.org/abs/1810.12715
 * @module
 */

import * as tf from '@tensorflow/tfjs';
import { squares } from './networks.mjs';

/** Norm that stands in for the maximum over channels in the penalty: smooth, so that every wide channel is pushed. */
const POWER = 8;

/**
 * @param {tf.LayersModel} model
 * @returns {tf.layers.Layer[]} the convolutions and dense layers in order
 */
export function linearLayers(model) {
  return model.layers.filter((layer) => layer.weights.length > 0);
}

/**
 * Per-channel bounds before each activation.
 * @param {tf.LayersModel} model
 * @returns {{ lo: tf.Tensor2D, hi: tf.Tensor2D }[]} one entry a linear layer, shapes [1, channels]
 */
export function intervalBounds(model) {
  let lo = tf.zeros([1, 1]);
  let hi = tf.ones([1, 1]);
  return linearLayers(model).map((layer) => {
    // LayerVariable.val is the variable itself: gradients flow through it.
    const [kernel, bias] = layer.weights.map((weight) => weight.val);
    const inChannels = lo.shape[1];
    const outChannels = bias.shape[0];
    // Sum over kernel positions (conv) or over the pixels of a channel (dense after flatten, channels last).
    const grouped = kernel.reshape([-1, inChannels, outChannels]);
    const positive = grouped.relu().sum(0);
    const negative = grouped.neg().relu().sum(0);
    const bounds = {
      lo: lo.matMul(positive).sub(hi.matMul(negative)).add(bias),
      hi: hi.matMul(positive).sub(lo.matMul(negative)).add(bias),
    };
    if (squares(model)) {
      lo = tf.zerosLike(bounds.lo);
      hi = tf.maximum(bounds.lo.square(), bounds.hi.square());
    } else {
      lo = bounds.lo.relu();
      hi = bounds.hi.relu();
    }
    return bounds;
  });
}

/**
 * Bits of guaranteed range beyond `freeBound`, summed over the layers (a differentiable upper estimate).
 * @param {tf.LayersModel} model
 * @param {number} freeBound a bound up to which a layer costs nothing
 * @returns {tf.Scalar}
 */
export function rangeBits(model, freeBound) {
  const costs = intervalBounds(model).map(({ lo, hi }) => {
    const widest = tf.maximum(hi, lo.neg()).div(freeBound);
    // squares of squares: the eighth power of a bound leaves float32, the logarithm of a sum of powers does not
    if (squares(model)) return tf.logSumExp(widest.relu().add(1).log().mul(POWER)).div(POWER * Math.LN2);
    return widest
      .relu()
      .pow(POWER)
      .sum()
      .add(1)
      .log()
      .div(POWER * Math.LN2);
  });
  return tf.addN(costs);
}

/**
 * @param {tf.LayersModel} model
 * @returns {{ layer: string, l1: number, low: number, high: number }[]} for each linear layer the largest sum of |w|
 *   over its output channels, and the guaranteed interval before the activation for inputs in [0,1]
 */
export function measureRanges(model) {
  const bounds = intervalBounds(model);
  return linearLayers(model).map((layer, i) => {
    const kernel = layer.weights[0].val;
    return {
      layer: layer.name,
      l1: kernel
        .abs()
        .reshape([-1, kernel.shape.at(-1)])
        .sum(0)
        .max()
        .dataSync()[0],
      low: bounds[i].lo.min().dataSync()[0],
      high: bounds[i].hi.max().dataSync()[0],
    };
  });
}
