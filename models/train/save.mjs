/**
 * Writes and reads models in the tfjs LayersModel format: `model.json` (topology and weights manifest) and
 * `weights.bin` (float32, little-endian), in one folder. tfjs has file handlers for Node only in its native backend.
 * @module
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';

const WEIGHTS_FILE = 'weights.bin';

/**
 * @param {tf.LayersModel} model
 * @param {string} folder created where absent
 */
export async function saveModel(model, folder) {
  const handler = tf.io.withSaveHandler(async ({ weightData, weightSpecs, ...topology }) => {
    const json = { ...topology, weightsManifest: [{ paths: [WEIGHTS_FILE], weights: weightSpecs }] };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'model.json'), `${JSON.stringify(json, null, 1)}\n`);
    writeFileSync(join(folder, WEIGHTS_FILE), new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  });
  await model.save(handler);
}

/**
 * @param {string} path of a model.json
 * @returns {Promise<tf.LayersModel>}
 */
export function loadModel(path) {
  const { weightsManifest, ...topology } = JSON.parse(readFileSync(path, 'utf8'));
  const files = weightsManifest.flatMap(({ paths }) => paths.map((file) => readFileSync(join(dirname(path), file))));
  const weightData = new Uint8Array(Buffer.concat(files)).buffer;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  return tf.loadLayersModel(tf.io.fromMemory({ ...topology, weightData, weightSpecs }));
}
