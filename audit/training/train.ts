/**
 * Training of a network on labelled inputs: softmax cross-entropy against a distribution, stochastic gradient descent with Nesterov's
 * momentum, and a learning rate that grows for a while and then falls to zero along a cosine (arXiv 1608.03983).
 * @module
 */

import type { Scalar } from '@tensorflow/tfjs-core';
import { turn } from '#platform';
import type { Tensor } from '../../src/model/ops/tensorflow.js';
import type { Network } from '../network.js';
import type { Random } from '../random.js';
import { pick } from '../rows.js';

/** Inputs, and of each the distribution of its class. */
export interface Examples {
  /** [count, ...input shape] */
  readonly inputs: Float32Array;
  /** [count, classes], each row of sum 1. */
  readonly targets: Float32Array;
}

const BATCH = 64;
const LEARNING_RATE = 0.03;
const WEIGHT_DECAY = 1e-4;
const MOMENTUM = 0.9;
/** Of the steps, with a rate that grows. */
const WARM_UP = 0.05;

/** Trains in place. */
export async function train(
  network: Network,
  { inputs, targets }: Examples,
  steps: number,
  random: Random,
): Promise<void> {
  const { tf, inputSize, classes, variables } = network;
  const count = inputs.length / inputSize;
  const optimizer = tf.train.momentum(LEARNING_RATE, MOMENTUM, true);
  let order = random.order(count);
  for (let step = 0, next = 0; step < steps; step++) {
    if (next >= count) [order, next] = [random.order(count), 0];
    const chosen = order.subarray(next, (next += BATCH));
    optimizer.setLearningRate(LEARNING_RATE * schedule(step, steps));
    tf.tidy(() => {
      const x = network.tensor(pick(inputs, chosen, inputSize));
      const y = tf.tensor2d(pick(targets, chosen, classes), [chosen.length, classes]);
      optimizer.minimize(
        () => {
          const decay = tf.addN(variables.map((variable) => tf.sum(tf.square(variable))));
          return tf.add(crossEntropy(network, x, y), tf.mul(decay, WEIGHT_DECAY / 2));
        },
        false,
        [...variables],
      );
    });
    // signals are heard
    await turn();
  }
  optimizer.dispose();
}

function schedule(step: number, steps: number): number {
  const grown = Math.min(1, (step + 1) / (WARM_UP * steps));
  return (grown * (1 + Math.cos((Math.PI * step) / steps))) / 2;
}

/** Mean over a batch. */
export function crossEntropy(network: Network, x: Tensor, y: Tensor): Scalar {
  const { tf } = network;
  return tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(network.logits(x))), 1)));
}
