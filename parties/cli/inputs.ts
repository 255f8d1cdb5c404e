/** Inputs from files and from the shipped test images, made to fit the model: what was done to them is noted. @module */
import { loadMnistTest } from '../../models/mnist.js';
import { TacitError } from '../../src/core/errors.js';
import { expandWords } from '../../src/core/prg.js';
import { sizeOf } from '../../src/core/ring.js';
import { SEED_BYTES } from '../../src/platform/random.js';
import { filesOf, readBytes, readStdin, STDIN } from './files.js';
import { fitArray } from './fit.js';
import { EXTENSIONS, FORMATS, type FormatName, formatLike, formatOf, MOST_BYTES } from './formats/formats.js';
import type { ImageRules } from './formats/images.js';
import type { NdArray } from './formats/nd-array.js';
import { isWebp } from './formats/webp.js';
import { type ImageAxes, relayout, shapeIn } from './layout.js';
import { mergeNotes, type Note, notesOn } from './notes.js';
import { float32Range } from './options.js';
import { type InputRules, shapesOf } from './rules.js';
import { type Scaling, scalePixels } from './scaling.js';

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
  readonly notes: readonly Note[];
}

const MNIST = 'mnist:';
const RANDOM = 'random:';
const MOST_RANDOM = 4096;
const SIDE = 28;
/** The lightest that the border of a digit on a dark ground is on average. */
const DARK = 128;

/**
 * The inputs of all sources, one after the other: arrays and images, folders and patterns of them, `-` for one on standard input,
 * mnist:FROM-TO (from FROM up to but not including TO) and random:N.
 *
 * @throws USAGE, BAD_INPUT, BAD_SHAPE, BAD_VALUE (not a finite number in single precision, or outside the range). None tells a value
 */
export async function readAllInputs(sources: readonly string[], rules: InputRules): Promise<Inputs> {
  const parts: Inputs[] = [];
  let count = 0;
  for (const source of sources) {
    for await (const inputs of readSource(source, rules)) {
      parts.push(inputs);
      count += inputs.count;
    }
  }
  return stack(parts, count);
}

async function* readSource(source: string, rules: InputRules): AsyncGenerator<Inputs> {
  if (source.startsWith(MNIST)) yield checked(await readMnist(source, rules), rules, source);
  else if (source.startsWith(RANDOM)) yield checked(makeRandom(source, rules), rules, source);
  else if (source === STDIN) yield fromStdin(rules);
  else for (const path of await filesOf(source, (name) => formatOf(name) !== undefined)) yield fromFile(path, rules);
}

async function fromFile(path: string, rules: InputRules): Promise<Inputs> {
  const format = formatOf(path);
  if (format === undefined) {
    throw new TacitError(
      'USAGE',
      `expected an input ${EXTENSIONS}, a folder of them, ${STDIN}, ${MNIST}FROM-TO or ${RANDOM}N, got ${path}. Convert the input`,
    );
  }
  return decode(format, await readBytes(path, FORMATS[format].mostBytes), path, rules);
}

async function fromStdin(rules: InputRules): Promise<Inputs> {
  const bytes = await readStdin(MOST_BYTES);
  const format = formatLike(bytes);
  const name = 'standard input';
  if (format === undefined || bytes.length > FORMATS[format].mostBytes) {
    throw new TacitError('BAD_INPUT', `expected ${EXTENSIONS} on ${name}, got another format. Convert the input`);
  }
  return decode(format, bytes, name, rules);
}

async function decode(format: FormatName, bytes: Uint8Array, name: string, rules: InputRules): Promise<Inputs> {
  if (format === 'image') return checked(await fromImage(bytes, name, rules), rules, name);
  const { values, count, applied } = fitArray(await arrayOf(format, bytes, name, rules), rules, name);
  return checked({ values: Float32Array.from(values), count, notes: notesOn(name, 'applied', applied) }, rules, name);
}

async function arrayOf(
  format: Exclude<FormatName, 'image'>,
  bytes: Uint8Array,
  name: string,
  { inputs }: InputRules,
): Promise<NdArray> {
  switch (format) {
    case 'npy':
      return (await import('./formats/npy.js')).readNpy(bytes, name);
    case 'npz':
      return (await import('./formats/npz.js')).readNpz(bytes, name, inputs);
    case 'json':
      return (await import('./formats/json.js')).readJson(bytes, name);
    case 'pb':
      return (await import('./formats/tensor-proto.js')).readTensorProto(bytes, name);
    default:
      return format satisfies never;
  }
}

async function fromImage(bytes: Uint8Array, name: string, rules: InputRules): Promise<Inputs> {
  const axes = axesOf(rules, name);
  const { readImage, readWebp } = await import('./formats/images.js');
  const read = isWebp(bytes) ? readWebp : readImage;
  const { values, applied } = await read(bytes, name, imageRules(axes, rules));
  return fromPixels(values, 1, axes, rules, name, applied);
}

function imageRules({ width, height, channels }: ImageAxes, { resize, invert, blueFirst }: InputRules): ImageRules {
  return { width, height, channels, resize, invert, blueFirst };
}

/** @throws BAD_SHAPE, USAGE where the model's input is no image, or its axes are open */
function axesOf({ image, shape, inputs }: InputRules, name: string): ImageAxes {
  if (typeof image === 'object' && [1, 3, 4].includes(image.channels)) return image;
  if (image === 'open') {
    throw new TacitError(
      'USAGE',
      `expected --layout to say which axis of [${shape.join(',')}] has the channels of ${name}, got none. Give --layout nhwc or --layout nchw`,
    );
  }
  throw new TacitError(
    'BAD_SHAPE',
    `expected an input of shape ${shapesOf(inputs)}, got the image ${name}. Give ${inputs.length === 1 ? 'an array' : 'an .npz with an array of each name'}`,
  );
}

/** Images of bytes, channels last, in the model's scale and layout. */
function fromPixels(
  bytes: Float64Array,
  count: number,
  axes: ImageAxes,
  rules: InputRules,
  name: string,
  applied: readonly string[],
): Inputs {
  const scaled = scalePixels(bytes, axes.channels, rules, name);
  return {
    values: relayout(scaled, count, axes, 'nhwc', axes.layout),
    count,
    ...(rules.scaling ? { scaling: rules.scaling } : {}),
    notes: [
      ...notesOn(name, 'applied', applied),
      ...notesOn(name, 'hint', isDarkOnLight(bytes, axes) ? [darkOnLight(rules)] : []),
    ],
  };
}

/** A digit of MNIST's size on a light ground: networks for these take bright ink on black. */
function isDarkOnLight(bytes: Float64Array, { height, width, channels }: ImageAxes): boolean {
  if (height !== SIDE || width !== SIDE || channels !== 1) return false;
  const border = bytes.subarray(0, SIDE * SIDE).filter((_, i) => {
    const [row, column] = [Math.floor(i / SIDE), i % SIDE];
    return row === 0 || row === SIDE - 1 || column === 0 || column === SIDE - 1;
  });
  return border.reduce((sum, value) => sum + value, 0) >= DARK * border.length;
}

function darkOnLight({ invert }: InputRules): string {
  return invert
    ? 'inverted is dark on light; networks of digits like those of MNIST take light on dark: leave out --invert?'
    : 'is dark on light; networks of digits like those of MNIST take light on dark: give --invert?';
}

/** @throws BAD_VALUE where a value is not finite in single precision, or lies outside the declared range; both are taken in single precision */
function checked(inputs: Inputs, { range }: InputRules, name: string): Inputs {
  const { low, high } = float32Range(range);
  const odd = inputs.values.findIndex((value) => !(value >= low && value <= high));
  if (odd < 0) return inputs;
  throw new TacitError(
    'BAD_VALUE',
    Number.isFinite(inputs.values[odd])
      ? `expected values from ${range.low} to ${range.high} in ${name}, got one outside at index ${odd}. Scale the input or give --input-range LO,HI`
      : `expected numbers that are finite in float32 in ${name}, got another at index ${odd}. Clean or scale the input`,
  );
}

/** Labels and indices where every part has them. */
function stack(parts: readonly Inputs[], count: number): Inputs {
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0));
  let offset = 0;
  for (const part of parts) {
    values.set(part.values, offset);
    offset += part.values.length;
  }
  const scaling = parts.find((part) => part.scaling !== undefined)?.scaling;
  const labels = parts.flatMap((part) => part.labels ?? []);
  const indices = parts.flatMap((part) => part.indices ?? []);
  return {
    values,
    count,
    ...(scaling === undefined ? {} : { scaling }),
    ...(labels.length === count ? { labels } : {}),
    ...(indices.length === count ? { indices } : {}),
    notes: mergeNotes(parts.flatMap(({ notes }) => notes)),
  };
}

/** From the whole range; the same values for the same count everywhere: a fixed seed. */
function makeRandom(source: string, { shape, range }: InputRules): Inputs {
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
  return { values, count, notes: [] };
}

async function readMnist(source: string, rules: InputRules): Promise<Inputs> {
  const { count, images, labels } = loadMnistTest();
  const [, from, to] = /^mnist:(\d+)-(\d+)$/.exec(source) ?? [];
  const [first, end] = [Number(from), Number(to)];
  if (!(first < end && end <= count)) {
    throw new TacitError(
      'USAGE',
      `expected mnist:FROM-TO with FROM < TO <= ${count}, got ${source}. Give for example --input mnist:0-10`,
    );
  }
  const axes = digitAxes(rules);
  if (axes === undefined) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected inputs of shape ${shapesOf(rules.inputs)}, got [${end - first},${SIDE},${SIDE},1] in ${source}. Give other inputs, or --resize for a network of grey images`,
    );
  }
  const { fitPixels } = await import('./formats/images.js');
  const pixels = SIDE * SIDE;
  const size = sizeOf(shapeIn(axes, 'nhwc'));
  const values = new Float64Array((end - first) * size);
  let applied: readonly string[] = [];
  for (let i = first; i < end; i++) {
    const digit = Float64Array.from(images.subarray(i * pixels, (i + 1) * pixels));
    const fitted = fitPixels(digit, { width: SIDE, height: SIDE }, imageRules(axes, rules));
    values.set(fitted.values, (i - first) * size);
    applied = fitted.applied;
  }
  return {
    ...fromPixels(values, end - first, axes, rules, source, applied),
    labels: [...labels.subarray(first, end)],
    indices: Array.from({ length: end - first }, (_, i) => first + i),
  };
}

/** Grey images of a digit's size, or of any with --resize. */
function digitAxes({ image, shape, resize }: InputRules): ImageAxes | undefined {
  // a network that takes the pixels in one row takes them in the same order
  if (shape.join() === String(SIDE * SIDE)) return { height: SIDE, width: SIDE, channels: 1, layout: 'nhwc' };
  if (typeof image !== 'object' || image.channels !== 1) return undefined;
  return resize || (image.height === SIDE && image.width === SIDE) ? image : undefined;
}
