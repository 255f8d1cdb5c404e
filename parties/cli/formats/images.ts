/** PNG, JPEG and WebP images as inputs: values from 0 to 255 of one channel (luminance), three (red, green, blue) or four (with opacity). @module */
import { TacitError } from '../../../src/core/errors.js';
import { type Orientation, turn, UPRIGHT } from './exif.js';
import { decodeJpeg, isJpeg, jpegFrame } from './jpeg.js';
import type { Pixels, Size } from './pixels.js';
import { decodePng, isPng, pngSize } from './png.js';
import { resize } from './resize.js';
import { decodeWebp, webpOrientation, webpSize } from './webp.js';

/** A photo of 33 megapixels takes some 700 MB to decode. */
const MOST_PIXELS = 2 ** 25;
const MAX_BYTE = 255;

/** What an image is to become. */
export interface ImageRules extends Size {
  readonly channels: number;
  /** Of another size it is made to fit, not refused. */
  readonly resize: boolean;
  /** Dark becomes bright: 255 - b. */
  readonly invert: boolean;
  /** Channels are blue, green, red. */
  readonly blueFirst: boolean;
}

export interface ReadImage {
  /** [height, width, channels] */
  readonly values: Float64Array;
  /** What was done to it, in words. */
  readonly applied: readonly string[];
}

/**
 * An image of the size that the model takes. Its size and kind stand in its header: an image that is refused for them is never decompressed.
 *
 * @throws BAD_SHAPE where its size is not the model's, BAD_INPUT where it cannot be decoded or is transparent
 */
export function readImage(bytes: Uint8Array, name: string, rules: ImageRules): ReadImage {
  return fitDecoded(decode(bytes, rules, name), name, rules);
}

/** The same of WebP, whose decoder is loaded for it. */
export async function readWebp(bytes: Uint8Array, name: string, rules: ImageRules): Promise<ReadImage> {
  const stored = readable(name, () => webpSize(bytes));
  const orientation = readable(name, () => webpOrientation(bytes));
  checkSize(seen(stored, orientation), rules, name);
  const image = await decodeWebp(bytes).catch((cause: unknown) => {
    throw undecodable(name, cause);
  });
  checkSame(image, stored, name);
  return fitDecoded(upright(image, orientation), name, rules);
}

function fitDecoded({ image, applied }: Decoded, name: string, rules: ImageRules): ReadImage {
  const order = rules.blueFirst && rules.channels > 1 ? ['with blue first, as the model wants it'] : [];
  const fitted = fitPixels(valuesOf(image, rules, name), image, rules);
  return { values: fitted.values, applied: [...applied, ...order, ...fitted.applied] };
}

/** Values of an image's bytes as the rules want them. */
export function fitPixels(values: Float64Array, size: Size, rules: ImageRules): ReadImage {
  const { channels } = rules;
  const applied: string[] = [];
  // opacity stays as it is
  const colours = channels === 4 ? 3 : channels;
  const inverted = rules.invert
    ? values.map((value, i) => (i % channels < colours ? MAX_BYTE - value : value))
    : values;
  if (rules.invert) applied.push('inverted: byte b to 255 - b');
  if (sameSize(size, rules)) return { values: inverted, applied };
  applied.push(`resized to ${sizeText(rules)}: bilinear, antialiased, proportions not kept`);
  // sums of weights are 1 but for rounding
  const resized = resize(inverted, size, rules, channels).map((value) => Math.min(MAX_BYTE, Math.max(0, value)));
  return { values: resized, applied };
}

interface Decoded {
  readonly image: Pixels;
  readonly applied: readonly string[];
}

function decode(bytes: Uint8Array, wanted: ImageRules, name: string): Decoded {
  if (isPng(bytes)) {
    const size = readable(name, () => pngSize(bytes));
    checkSize(size, wanted, name);
    const image = readable(name, () => decodePng(bytes));
    checkSame(image, size, name);
    return { image, applied: [] };
  }
  if (!isJpeg(bytes)) {
    throw new TacitError(
      'BAD_INPUT',
      `expected a PNG, JPEG or WebP image in ${name}, got another format. Convert the image`,
    );
  }
  const { unsupported, orientation, ...stored } = readable(name, () => jpegFrame(bytes));
  checkSize(seen(stored, orientation), wanted, name);
  if (unsupported) {
    const { expected, came } = unsupported;
    throw new TacitError('BAD_INPUT', `expected ${expected} in ${name}, got ${came}. Save the image again`);
  }
  const image = readable(name, () => decodeJpeg(bytes, stored));
  checkSame(image, stored, name);
  return upright(image, orientation);
}

/** The size of the picture as it is to be seen. */
function seen({ width, height }: Size, orientation: Orientation): Size {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

function upright(image: Pixels, orientation: Orientation): Decoded {
  if (orientation === UPRIGHT) return { image, applied: [] };
  return { image: turn(image, orientation), applied: ['turned upright as EXIF says'] };
}

/** @throws TacitError BAD_INPUT where `read` fails */
function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw undecodable(name, cause);
  }
}

function undecodable(name: string, cause: unknown): TacitError {
  return new TacitError(
    'BAD_INPUT',
    `expected a whole PNG, JPEG or WebP image in ${name}, got one that does not decode. Save the image again`,
    { cause },
  );
}

/** @throws BAD_INPUT where another header than the first was decoded by */
function checkSame(came: Size, first: Size, name: string): void {
  if (sameSize(came, first)) return;
  throw new TacitError(
    'BAD_INPUT',
    `expected one image in ${name}, got headers of several sizes. Save the image again`,
  );
}

function checkSize(came: Size, wanted: ImageRules, name: string): void {
  if (sameSize(came, wanted)) return;
  if (!wanted.resize) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected an image of ${sizeText(wanted)} pixels, got ${sizeText(came)} in ${name}. Give --resize, or resize the image`,
    );
  }
  const pixels = came.width * came.height;
  if (pixels === 0 || pixels > MOST_PIXELS) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected an image of 1 to ${MOST_PIXELS} pixels, got ${sizeText(came)} in ${name}. Resize the image`,
    );
  }
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

function sizeText({ width, height }: Size): string {
  return `${width}x${height}`;
}

function valuesOf({ rgba }: Pixels, { channels, blueFirst }: ImageRules, name: string): Float64Array {
  const count = rgba.length / 4;
  const values = new Float64Array(count * channels);
  for (let pixel = 0; pixel < count; pixel++) {
    const at = 4 * pixel;
    if (channels !== 4 && rgba[at + 3] !== MAX_BYTE) {
      throw new TacitError(
        'BAD_INPUT',
        `expected an opaque image, got transparent pixels in ${name}. Flatten the image on a background`,
      );
    }
    if (channels === 1) values[pixel] = luminance(rgba[at]!, rgba[at + 1]!, rgba[at + 2]!);
    else for (let c = 0; c < channels; c++) values[channels * pixel + c] = rgba[at + (blueFirst && c < 3 ? 2 - c : c)]!;
  }
  return values;
}

/** ITU-R BT.601; a grey pixel keeps its value exactly. */
function luminance(r: number, g: number, b: number): number {
  return r === g && g === b ? r : 0.299 * r + 0.587 * g + 0.114 * b;
}
