/** Matrix products whose gradients transpose first: TensorFlow.js's WASM backend multiplies transposed matrices in a plain loop. @module */
import type { GradSaveFunc, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tensor, Tf } from '../src/model/ops/tensorflow.js';

/** C = A B; dA = dC B^T, dB = A^T dC. */
export function product(tf: Tf, a: Tensor, b: Tensor): Tensor {
  const multiply = tf.customGrad((...args) => {
    const [left, right, save] = args as [Tensor2D, Tensor2D, GradSaveFunc];
    save([left, right]);
    return {
      value: tf.matMul(left, right),
      gradFunc: (slope: Tensor, saved: Tensor[]) => {
        const [x, y] = saved as [Tensor2D, Tensor2D];
        const dy = slope as Tensor2D;
        return [tf.matMul(dy, tf.transpose(y)), tf.matMul(tf.transpose(x), dy)];
      },
    };
  });
  return multiply(a, b);
}
