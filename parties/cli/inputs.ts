/** Inputs from files and from the shipped test images, checked against the model's shape. @module */
import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { loadMnistTest } from '../../models/mnist.js';
import { TacitError } from '../../src/core/errors.js';
import { expandWords } from '../../src/core/prg.js';
import { sizeOf } from '../../src/core/ring.js';
import { SEED_BYTES } from '../../src/platform/random.js';
import { type NdArray, readNpy } from './npy.js';
import { float32Range, type Range } from './options.js';
import { type InputRules, type Scaling, scalePixels } from './scaling.js';

export interface Inputs {
  /** Reals, [count, ...input shape]. */
  readonly values: Float32Array;
  readonly count: number;
  /** How pixels were scaled, where some were read. */
  readonly scaling?: Scaling;
  /** The true classes, where they are known. */
  readonly labels?: readonly number[];
  /** Index of each image in the test set, where they come from it. */
  readonly indices?: readonly number[];
}

const MOST_DIMENSIONS = 16;
const MNIST = 'mnist:';
const RANDOM = 'random:';
const MOST_RANDOM = 4096;
const MNIST_SHAPE = [28, 28, 1];

/**
 * Reads `source`: .npy, .json, .png, .jpg, mnist:FROM-TO (from FROM up to but not including TO) or random:N.
 *
 * @param shape of the model's input, without the batch dimension
 * @throws USAGE, BAD_INPUT, BAD_SHAPE, BAD_VALUE (not a finite number in single precision). None tells a value
 */
export async function readInputs(source: string, shape: readonly number[], rules: InputRules): Promise<Inputs> {
  if (source.startsWith(MNIST)) return readMnist(source, shape, rules);
  if (source.startsWith(RANDOM)) return makeRandom(source, shape, rules);
  const array = await readArray(source, shape, rules);
  const count = batchOf(array.shape, shape, source);
  const values = Float32Array.from(array.values);
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new TacitError(
      'BAD_VALUE',
      `expected numbers that are finite in float32 in ${source}, got another at index ${odd}. Clean or scale the input`,
    );
  }
  return { values, count, ...(isImage(source) && rules.scaling ? { scaling: rules.scaling } : {}) };
}

/** The inputs of all sources, one after the other. @throws as `readInputs`, and BAD_VALUE where a value lies outside the range */
export async function readAllInputs(
  sources: readonly string[],
  shape: readonly number[],
  rules: InputRules,
): Promise<Inputs> {
  const parts: Inputs[] = [];
  for (const source of sources) {
    const inputs = await readInputs(source, shape, rules);
    checkInputRange(inputs, rules.range, source);
    parts.push(inputs);
  }
  return stack(parts);
}

/** Labels and indices where every part has them. */
function stack(parts: readonly Inputs[]): Inputs {
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0));
  let offset = 0;
  for (const part of parts) {
    values.set(part.values, offset);
    offset += part.values.length;
  }
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const scaling = parts.find((part) => part.scaling !== undefined)?.scaling;
  const labels = parts.flatMap((part) => part.labels ?? []);
  const indices = parts.flatMap((part) => part.indices ?? []);
  return {
    values,
    count,
    ...(scaling === undefined ? {} : { scaling }),
    ...(labels.length === count ? { labels } : {}),
    ...(indices.length === count ? { indices } : {}),
  };
}

/** @throws BAD_VALUE where a value lies outside the declared range; both are taken in single precision */
function checkInputRange({ values }: Inputs, range: Range, source: string): void {
  const { low, high } = float32Range(range);
  const outside = values.findIndex((value) => !(value >= low && value <= high));
  if (outside < 0) return;
  throw new TacitError(
    'BAD_VALUE',
    `expected values from ${range.low} to ${range.high} in ${source}, got one outside at index ${outside}. Scale the input or give --input-range LO,HI`,
  );
}

function isImage(path: string): boolean {
  return ['.png', '.jpg', '.jpeg'].includes(extname(path).toLowerCase());
}

async function readArray(path: string, shape: readonly number[], rules: InputRules): Promise<NdArray> {
  if (isImage(path)) {
    const bytes = await read(path);
    const { readImage } = await import('./images.js');
    const image = readImage(bytes, path, shape);
    return { ...image, values: scalePixels(image.values, shape.at(-1)!, rules, path) };
  }
  switch (extname(path).toLowerCase()) {
    case '.npy':
      return readNpy(await read(path), path);
    case '.json':
      return readJson(Buffer.from(await read(path)).toString('utf8'), path);
    default:
      throw new TacitError(
        'USAGE',
        `expected an input .npy, .json, .png, .jpg, mnist:FROM-TO or random:N, got ${path}. Convert the input`,
      );
  }
}

async function read(path: string): Promise<Uint8Array> {
  try {
    // a pipe may never end, and a device has no size
    if ((await stat(path)).isFile()) return await readFile(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new TacitError('USAGE', `expected to read ${path}, got ${code}. Check the path`, { cause });
  }
  throw new TacitError('USAGE', `expected a file at ${path}, got a folder, a pipe or a device. Check the path`);
}

function readJson(text: string, name: string): NdArray {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new TacitError(
      'BAD_INPUT',
      `expected JSON in ${name}, got text that does not parse. Write nested arrays of numbers`,
      { cause },
    );
  }
  const shape: number[] = [];
  for (let level = data; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (shape.length > MOST_DIMENSIONS) {
      throw new TacitError(
        'BAD_SHAPE',
        `expected at most ${MOST_DIMENSIONS} dimensions in ${name}, got more. Write nested arrays of numbers`,
      );
    }
  }
  const values: number[] = [];
  flatten(data, shape, 0, values, name);
  return { shape, values: Float64Array.from(values) };
}

function flatten(data: unknown, shape: readonly number[], depth: number, values: number[], name: string): void {
  if (depth === shape.length) {
    if (typeof data !== 'number') {
      const came =
        data === null
          ? 'null'
          : Array.isArray(data)
            ? 'a list'
            : typeof data === 'object'
              ? 'an object'
              : `a ${typeof data}`;
      throw new TacitError('BAD_INPUT', `expected numbers in ${name}, got ${came}. Write nested arrays of numbers`);
    }
    values.push(data);
    return;
  }
  if (!Array.isArray(data) || data.length !== shape[depth]) {
    const came = Array.isArray(data) ? `one of ${data.length}` : 'a value';
    throw new TacitError(
      'BAD_SHAPE',
      `expected lists of ${shape[depth]} at depth ${depth + 1} in ${name}, got ${came}. Make all rows equally long`,
    );
  }
  for (const item of data) flatten(item, shape, depth + 1, values, name);
}

/** How many inputs an array of shape `came` holds: with or without the batch dimension, dimensions of 1 do not count. */
function batchOf(came: readonly number[], shape: readonly number[], name: string): number {
  const extents = squeeze(came);
  const inner = squeeze(shape);
  const leading = extents.slice(0, Math.max(0, extents.length - inner.length));
  const trailing = extents.slice(leading.length);
  const fits = trailing.length === inner.length && trailing.every((extent, i) => extent === inner[i]);
  const count = sizeOf(leading);
  if (!fits || leading.length > 1 || count === 0) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected inputs of shape [${shape.join(',')}] or [N,${shape.join(',')}], got [${came.join(',')}] in ${name}. Reshape the input`,
    );
  }
  return count;
}

/** From the whole range; the same values for the same count everywhere: a fixed seed. */
function makeRandom(source: string, shape: readonly number[], { range }: InputRules): Inputs {
  const [, digits] = /^random:(\d{1,5})$/.exec(source) ?? [];
  const count = Number(digits);
  if (!(count >= 1 && count <= MOST_RANDOM)) {
    throw new TacitError(
      'USAGE',
      `expected random:N with N from 1 to ${MOST_RANDOM}, got ${source}. Give for example --input random:1`,
    );
  }
  const words = expandWords(count * sizeOf(shape), new Uint8Array(SEED_BYTES), 'cli/random-input');
  const { low, high } = float32Range(range);
  const values = Float32Array.from(words, (word) => Math.min(high, low + ((word >>> 8) / 2 ** 24) * (high - low)));
  return { values, count };
}

function squeeze(shape: readonly number[]): number[] {
  return shape.filter((extent) => extent !== 1);
}

function readMnist(source: string, shape: readonly number[], rules: InputRules): Inputs {
  const { count, images, labels } = loadMnistTest();
  const [, from, to] = /^mnist:(\d+)-(\d+)$/.exec(source) ?? [];
  const [first, end] = [Number(from), Number(to)];
  if (!(first < end && end <= count)) {
    throw new TacitError(
      'USAGE',
      `expected mnist:FROM-TO with FROM < TO <= ${count}, got ${source}. Give for example --input mnist:0-10`,
    );
  }
  const pixels = sizeOf(MNIST_SHAPE);
  // a network that takes the pixels in one row takes them in the same order
  if (shape.join() !== String(pixels)) batchOf([end - first, ...MNIST_SHAPE], shape, source);
  return {
    values: scalePixels(images.subarray(first * pixels, end * pixels), 1, rules, source),
    ...(rules.scaling ? { scaling: rules.scaling } : {}),
    count: end - first,
    labels: [...labels.subarray(first, end)],
    indices: Array.from({ length: end - first }, (_, i) => first + i),
  };
}
