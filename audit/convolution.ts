/**
 * Convolutions of one group with their gradients as products and convolutions, which TensorFlow.js's WASM backend is fast at: its own
 * gradient of the input is a plain loop, that of the weights is missing. For Y = X o W of strides s, without padding,
 *
 *   dX = D o W',            D is dY with s - 1 zeros between its elements and k - 1 around, W'[i, j, o, c] = W[k-1-i, k-1-j, c, o]
 *   dW = im2col(X)^T dY
 *
 * @module
 */
import type { GradSaveFunc } from '@tensorflow/tfjs-core';
import type { Conv2d } from '../src/core/linear-map.js';
import type { Image, Tensor, Tf } from '../src/model/ops/tensorflow.js';

/** Whether the gradients here serve. */
export function isPlain({ groups, dilationHeight, dilationWidth }: Conv2d): boolean {
  return groups === 1 && dilationHeight === 1 && dilationWidth === 1;
}

/** X o W, differentiable by X. */
export function convolveBy(tf: Tf, map: Conv2d, x: Image, weights: Image): Tensor {
  const product = tf.customGrad((...args) => {
    const [input] = args as [Image];
    return {
      value: forward(tf, map, input, weights),
      gradFunc: (dy: Tensor) => inputGradient(tf, map, input.shape, dy as Image, weights),
    };
  });
  return product(x);
}

/** X o W, differentiable by both. */
export function convolveTrainable(tf: Tf, map: Conv2d, x: Image, weights: Image): Tensor {
  const product = tf.customGrad((...args) => {
    const [input, kernel, save] = args as [Image, Image, GradSaveFunc];
    save([input, kernel]);
    return {
      value: forward(tf, map, input, kernel),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [a, w] = saved as [Image, Image];
        return [inputGradient(tf, map, a.shape, dy as Image, w), weightGradient(tf, map, a, dy as Image)];
      },
    };
  });
  return product(x, weights);
}

function forward(tf: Tf, { strideHeight, strideWidth }: Conv2d, x: Image, weights: Image): Tensor {
  return tf.conv2d(x, weights, [strideHeight, strideWidth], 'valid');
}

function inputGradient(tf: Tf, map: Conv2d, shape: Image['shape'], dy: Image, weights: Image): Tensor {
  const { kernelHeight, kernelWidth, strideHeight, strideWidth } = map;
  const spread = spreadColumns(tf, spreadRows(tf, dy, strideHeight), strideWidth);
  const [, rows, columns] = spread.shape;
  const around = tf.pad(spread, [
    [0, 0],
    // what a stride leaves out at the end is given back
    [kernelHeight - 1, shape[1] - rows],
    [kernelWidth - 1, shape[2] - columns],
    [0, 0],
  ]) as Image;
  const turned = tf.transpose(tf.reverse(weights, [0, 1]), [0, 1, 3, 2]) as Image;
  return tf.conv2d(around, turned, 1, 'valid');
}

/** s - 1 rows of zeros between the rows. */
function spreadRows(tf: Tf, x: Image, stride: number): Image {
  if (stride === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const apart = tf.pad(tf.reshape(x, [batch * height, 1, width * channels]), [
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  const image = tf.reshape(apart, [batch, height * stride, width, channels]);
  return tf.slice(image, [0, 0, 0, 0], [batch, (height - 1) * stride + 1, width, channels]) as Image;
}

function spreadColumns(tf: Tf, x: Image, stride: number): Image {
  if (stride === 1) return x;
  const [batch, height, width, channels] = x.shape;
  const rows = spreadRows(tf, tf.reshape(x, [batch * height, width, 1, channels]) as Image, stride);
  return tf.reshape(rows, [batch, height, (width - 1) * stride + 1, channels]) as Image;
}

function weightGradient(tf: Tf, map: Conv2d, x: Image, dy: Image): Tensor {
  const { kernelHeight, kernelWidth, inChannels, outChannels } = map;
  const [batch, height, width] = dy.shape;
  const positions = batch * height * width;
  const taps = kernelHeight * kernelWidth * inChannels;
  const columns = tf.tensor2d(columnsOf(map, x.dataSync() as Float32Array, x.shape, dy.shape), [taps, positions]);
  const product = tf.matMul(columns, tf.reshape(dy, [positions, outChannels]));
  return tf.reshape(product, [kernelHeight, kernelWidth, inChannels, outChannels]);
}

/** im2col(X)^T: a row a tap. The backend's slices are slower than this. */
function columnsOf(
  map: Conv2d,
  x: Float32Array,
  shape: Image['shape'],
  [batch, rows, positions]: Image['shape'],
): Float32Array {
  const { kernelHeight, kernelWidth, strideHeight, strideWidth, inChannels } = map;
  const [, height, width] = shape;
  const columns = new Float32Array(kernelHeight * kernelWidth * inChannels * batch * rows * positions);
  const step = strideWidth * inChannels;
  let at = 0;
  for (let i = 0; i < kernelHeight; i++) {
    for (let j = 0; j < kernelWidth; j++) {
      for (let channel = 0; channel < inChannels; channel++) {
        for (let n = 0; n < batch; n++) {
          for (let row = 0; row < rows; row++) {
            let from = ((n * height + row * strideHeight + i) * width + j) * inChannels + channel;
            for (const end = at + positions; at < end; from += step) columns[at++] = x[from]!;
          }
        }
      }
    }
  }
  return columns;
}
