/**
 * The training loop: softmax cross-entropy, SGD with Nesterov momentum, weight decay, a penalty on the guaranteed
 * ranges (ranges.mjs), random shifts of the images. Everything random comes from one seed.
 * @module
 */

import * as tf from '@tensorflow/tfjs';
import { PIXELS, SIDE } from './data.mjs';
import { logitsOf } from './networks.mjs';
import { mulberry32, shuffle } from './random.mjs';
import { linearLayers, rangeBits } from './ranges.mjs';

const BATCH = 64;
const MOMENTUM = 0.9;
const WARM_UP_STEPS = 200;
const TEST_BATCH = 500;

/**
 * @param {tf.LayersModel} model trained in place
 * @param {import('./data.mjs').Mnist} train
 * @param {import('./networks.mjs').Recipe} recipe
 * @param {{ seed: number, onEpoch: (epoch: number, loss: number) => void }} options
 */
export function trainNetwork(model, train, recipe, { seed, onEpoch }) {
  const { epochs, learningRate, shift, weightDecay, rangePenalty, freeBound } = recipe;
  const random = mulberry32(seed);
  const order = Uint32Array.from({ length: train.count }, (_, i) => i);
  const logits = logitsOf(model);
  const kernels = linearLayers(model).map((layer) => layer.weights[0].val);
  const optimizer = tf.train.momentum(learningRate, MOMENTUM, true);
  const stepsPerEpoch = Math.floor(train.count / BATCH);
  const steps = epochs * stepsPerEpoch;

  for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    let lossSum = 0;
    for (let i = 0; i < stepsPerEpoch; i++, step++) {
      optimizer.setLearningRate(learningRate * schedule(step, steps));
      const batch = makeBatch(train, order.subarray(i * BATCH, (i + 1) * BATCH), shift, random);
      lossSum += tf.tidy(() => {
        const images = tf.tensor4d(batch.images, [BATCH, SIDE, SIDE, 1]);
        const labels = tf.oneHot(tf.tensor1d(batch.labels, 'int32'), 10);
        const cost = optimizer.minimize(() => {
          const crossEntropy = tf.losses.softmaxCrossEntropy(labels, logits.apply(images, { training: true }));
          const decay = tf.addN(kernels.map((kernel) => kernel.square().sum())).mul(weightDecay / 2);
          return crossEntropy.add(decay).add(rangeBits(model, freeBound).mul(rangePenalty));
        }, true);
        return cost.dataSync()[0];
      });
    }
    onEpoch(epoch + 1, lossSum / stepsPerEpoch);
  }
}

/**
 * @param {tf.LayersModel} model
 * @param {import('./data.mjs').Mnist} data
 * @returns {number} fraction of the images whose largest output is their label
 */
export function accuracy(model, { count, images, labels }) {
  let right = 0;
  for (let start = 0; start < count; start += TEST_BATCH) {
    const end = Math.min(start + TEST_BATCH, count);
    const pixels = Float32Array.from(images.subarray(start * PIXELS, end * PIXELS), (v) => v / 255);
    const guesses = tf.tidy(() =>
      model
        .predict(tf.tensor4d(pixels, [end - start, SIDE, SIDE, 1]))
        .argMax(1)
        .dataSync(),
    );
    guesses.forEach((guess, i) => {
      if (guess === labels[start + i]) right++;
    });
  }
  return right / count;
}

/** Linear warm-up, then half a cosine down to zero. https://arxiv.org/abs/1608.03983 */
function schedule(step, steps) {
  const warmUp = Math.min(1, (step + 1) / WARM_UP_STEPS);
  return (warmUp * (1 + Math.cos((Math.PI * step) / steps))) / 2;
}

/** Copies the images of a batch, each moved by up to `shift` pixels either way; what moves in is paper. */
function makeBatch(train, indices, shift, random) {
  const images = new Float32Array(indices.length * PIXELS);
  const labels = new Int32Array(indices.length);
  indices.forEach((index, slot) => {
    labels[slot] = train.labels[index];
    const down = Math.floor(random() * (2 * shift + 1)) - shift;
    const right = Math.floor(random() * (2 * shift + 1)) - shift;
    for (let y = Math.max(0, down); y < Math.min(SIDE, SIDE + down); y++) {
      for (let x = Math.max(0, right); x < Math.min(SIDE, SIDE + right); x++) {
        images[slot * PIXELS + y * SIDE + x] = train.images[index * PIXELS + (y - down) * SIDE + x - right] / 255;
      }
    }
  });
  return { images, labels };
}
