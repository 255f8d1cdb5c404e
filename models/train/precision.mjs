/**
 * How many fraction bits does a network need? Runs it with every weight rounded to `bits` binary places and every
 * activation rounded again after each activation function, as a fixed-point evaluation would.
 * @module
 */

import * as tf from '@tensorflow/tfjs';
import { linearLayers } from './ranges.mjs';
import { accuracy } from './training.mjs';

/**
 * @param {tf.LayersModel} model
 * @param {import('./data.mjs').Mnist} data
 * @param {number} bits binary places of weights and activations
 * @returns {number} accuracy in fixed point
 */
export function fixedPointAccuracy(model, data, bits) {
  const exact = linearLayers(model).map((layer) => layer.getWeights().map((weight) => weight.clone()));
  setWeights(model, (i) => exact[i].map((weight) => roundTo(weight, bits)));
  const fixed = accuracy({ predict: (x) => predictRounded(model, x, bits) }, data);
  setWeights(model, (i) => exact[i]);
  tf.dispose(exact);
  return fixed;
}

function setWeights(model, weightsOf) {
  tf.tidy(() => {
    for (const [i, layer] of linearLayers(model).entries()) layer.setWeights(weightsOf(i));
  });
}

function predictRounded(model, images, bits) {
  let x = roundTo(images, bits);
  for (const layer of model.layers) {
    if (layer.getClassName() === 'InputLayer') continue;
    x = layer.name.endsWith('_square') ? layer.apply([x, x]) : layer.apply(x);
    if (/_(relu|square)$/.test(layer.name)) x = roundTo(x, bits);
  }
  return x;
}

function roundTo(x, bits) {
  return x
    .mul(2 ** bits)
    .add(0.5)
    .floor()
    .div(2 ** bits);
}
