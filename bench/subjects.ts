/** Networks that are measured: trained ones on real digits, generated ones on inputs drawn from a fixed seed. @module */
import { basename, dirname, resolve } from 'node:path';
import { generatedModel } from '../models/generated.js';
import type { MnistImages } from '../models/mnist.js';
import { isFile, unknownModel } from '../models/unknown.js';
import { zooModelPath } from '../models/zoo.js';
import { TacitError } from '../src/core/errors.js';
import { expandWords } from '../src/core/prg.js';
import { sizeOf } from '../src/core/ring.js';
import type { FixedModel } from '../src/model/fixed-model.js';
import { loadModel } from '../src/model/load.js';
import { quantize } from '../src/model/quantize/quantize.js';
import { PIXELS, realsOf } from './images.js';

export interface NetworkSubject {
  readonly name: string;
  /** Of its model.json; undefined where the weights are made from a seed, so that there is no accuracy and no tfjs model. */
  readonly path?: string;
  readonly model: FixedModel;
  readonly shape: readonly number[];
}

/** Public: the inputs of generated networks say nothing. */
const SEED = new Uint8Array(32).fill(9);

/** A name of MODEL_NAMES or the path of a model.json whose inputs are MNIST images. @throws UNKNOWN_MODEL, BAD_SHAPE */
export async function loadSubject(name: string): Promise<NetworkSubject> {
  const generated = generatedModel(name);
  if (generated !== undefined) {
    const { model } = await quantize(generated, { inputRange: { low: 0, high: 1 } });
    return { name, model, shape: generated.nodes[0]!.shape };
  }
  const named = zooModelPath(name);
  if (named === undefined && !isFile(name)) throw unknownModel(name);
  const path = resolve(named ?? name);
  const graph = await loadModel(path);
  const { shape } = graph.nodes[0]!;
  if (sizeOf(shape) !== PIXELS) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected a model that takes ${PIXELS} pixels, got one of [${shape.join(',')}]. The benches have images of MNIST alone`,
    );
  }
  const { model } = await quantize(graph, { inputRange: { low: 0, high: 1 } });
  return { name: named === undefined ? basename(dirname(path)) : name, path, model, shape };
}

/** The first `count` inputs: images, or reals in [0, 1) from a fixed seed. */
export function inputsOf({ path, shape }: NetworkSubject, images: MnistImages, count: number): Float32Array {
  if (path !== undefined) return realsOf(images).subarray(0, count * PIXELS);
  return Float32Array.from(expandWords(count * sizeOf(shape), SEED, 'bench/inputs'), (word) => word / 2 ** 32);
}
