/**
 * The networks of the zoo, as tfjs layers models. All take 28x28x1 images with pixels in [0,1] and end in a softmax.
 * Convolutions are unpadded with stride 1, but for the cryptonets networks': stride 2 after a row and a column of padding, no pool. Sources: secureml is the network of SecureML
 * (https://eprint.iacr.org/2017/396), minionn-mnist that of MiniONN (https://eprint.iacr.org/2017/452), lenet the
 * LeNet variant of Falcon (https://eprint.iacr.org/2020/1050) and others, cryptonets that of CryptoNets
 * (https://proceedings.mlr.press/v48/gilad-bachrach16.html), whose activation is x^2, and once more with ReLU.
 * @module
 */

import * as tf from '@tensorflow/tfjs';

const CLASSES = 10;

/** @type {Record<string, { convolutions: number[], hidden: number[], strided?: 'relu' | 'square' }>} output channels of each layer */
const SHAPES = {
  secureml: { convolutions: [], hidden: [128, 128] },
  'minionn-mnist': { convolutions: [16, 16], hidden: [100] },
  lenet: { convolutions: [20, 50], hidden: [500] },
  cryptonets: { convolutions: [5], hidden: [100], strided: 'square' },
  'cryptonets-relu': { convolutions: [5], hidden: [100], strided: 'relu' },
};

export const NETWORKS = Object.keys(SHAPES);

/**
 * @typedef {object} Recipe how a network is trained
 * @property {number} epochs
 * @property {number} learningRate the highest; it warms up and then falls along a cosine
 * @property {number} shift images are moved by up to so many pixels
 * @property {number} weightDecay
 * @property {number} rangePenalty cost of one bit of guaranteed range, in nats of the loss
 * @property {number} freeBound a bound up to which the range of a layer costs nothing
 */

/** @type {Record<string, Recipe>} */
export const RECIPES = {
  secureml: { epochs: 12, learningRate: 0.05, shift: 1, weightDecay: 1e-4, rangePenalty: 0.04, freeBound: 4 },
  'minionn-mnist': { epochs: 10, learningRate: 0.03, shift: 1, weightDecay: 1e-4, rangePenalty: 0.015, freeBound: 4 },
  lenet: { epochs: 8, learningRate: 0.03, shift: 1, weightDecay: 1e-4, rangePenalty: 0.01, freeBound: 4 },
  cryptonets: { epochs: 14, learningRate: 0.015, shift: 1, weightDecay: 1e-4, rangePenalty: 0.005, freeBound: 4 },
  'cryptonets-relu': { epochs: 10, learningRate: 0.03, shift: 1, weightDecay: 1e-4, rangePenalty: 0.02, freeBound: 4 },
};

/**
 * @param {string} name one of NETWORKS
 * @param {number} seed of the initial weights
 * @returns {tf.LayersModel}
 */
export function buildNetwork(name, seed) {
  const { convolutions, hidden, strided } = SHAPES[name];
  let layerSeed = seed * 100;
  const weights = () => ({
    kernelInitializer: tf.initializers.heNormal({ seed: ++layerSeed }),
    biasInitializer: 'zeros',
  });
  const inputShape = [28, 28, 1];
  if (strided) return buildStrided(name, inputShape, convolutions[0], hidden, strided, weights);
  const model = tf.sequential({ name });
  convolutions.forEach((filters, i) => {
    const shape = i === 0 ? { inputShape } : {};
    model.add(
      tf.layers.conv2d({ ...shape, name: `conv${i + 1}`, filters, kernelSize: 5, padding: 'valid', ...weights() }),
    );
    model.add(tf.layers.maxPooling2d({ name: `pool${i + 1}`, poolSize: 2, strides: 2 }));
    model.add(tf.layers.activation({ name: `conv${i + 1}_relu`, activation: 'relu' }));
  });
  model.add(tf.layers.flatten({ name: 'flatten', ...(convolutions.length === 0 ? { inputShape } : {}) }));
  hidden.forEach((units, i) => {
    model.add(tf.layers.dense({ name: `fc${i + 1}`, units, ...weights() }));
    model.add(tf.layers.activation({ name: `fc${i + 1}_relu`, activation: 'relu' }));
  });
  model.add(tf.layers.dense({ name: 'logits', units: CLASSES, ...weights() }));
  model.add(tf.layers.activation({ name: 'softmax', activation: 'softmax' }));
  return model;
}

/** One convolution of stride 2 on the image with a row above and a column to the left, then dense layers; x^2 is x times x. */
function buildStrided(name, inputShape, filters, hidden, activation, weights) {
  const input = tf.input({ shape: inputShape, name: 'image' });
  const activate = (layer, x) =>
    activation === 'square'
      ? tf.layers.multiply({ name: `${layer}_square` }).apply([x, x])
      : tf.layers.activation({ name: `${layer}_relu`, activation: 'relu' }).apply(x);
  const padding = [
    [1, 0],
    [1, 0],
  ];
  let x = tf.layers.zeroPadding2d({ name: 'pad1', padding }).apply(input);
  x = tf.layers.conv2d({ name: 'conv1', filters, kernelSize: 5, strides: 2, padding: 'valid', ...weights() }).apply(x);
  x = tf.layers.flatten({ name: 'flatten' }).apply(activate('conv1', x));
  hidden.forEach((units, i) => {
    const layer = `fc${i + 1}`;
    x = activate(layer, tf.layers.dense({ name: layer, units, ...weights() }).apply(x));
  });
  x = tf.layers.dense({ name: 'logits', units: CLASSES, ...weights() }).apply(x);
  x = tf.layers.activation({ name: 'softmax', activation: 'softmax' }).apply(x);
  return tf.model({ name, inputs: input, outputs: x });
}

/** Whether the activation is x^2. */
export function squares(model) {
  return model.layers.some((layer) => layer.name.endsWith('_square'));
}

/** The same network without its softmax, sharing the weights. */
export function logitsOf(model) {
  return tf.model({ inputs: model.inputs, outputs: model.getLayer('logits').output });
}
