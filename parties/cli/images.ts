/** PNG and JPEG images as inputs: pixels divided by 255, one channel (luminance) or three (red, green, blue). @module */
import { inflateSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { TacitError } from '../../src/core/errors.js';
import type { NdArray } from './npy.js';

const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const JPEG_MEGAPIXELS = 16;

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Four bytes a pixel. */
  readonly rgba: Uint8Array;
}

/**
 * The image as [height, width, channels] of the model's input.
 *
 * @throws BAD_SHAPE where its size is not the model's, BAD_INPUT where it cannot be decoded or is transparent
 */
export function readImage(bytes: Uint8Array, name: string, shape: readonly number[]): NdArray {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || (channels !== 1 && channels !== 3)) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected an input of shape [${shape.join(',')}], got the image ${name}. Give an .npy or .json file`,
    );
  }
  // a PNG's size is in its header: an image of the wrong size is never decompressed
  const claimed = pngSize(bytes);
  if (claimed) checkSize(claimed, height!, width!, name);
  const image = decode(bytes, name, claimed !== undefined);
  checkSize(image, height!, width!, name);
  return { shape, values: channels === 1 ? luminance(image, name) : colours(image, name) };
}

function pngSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (bytes.length < 24 || !PNG_SIGNATURE.every((byte, i) => bytes[i] === byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Samples a pixel by colour type, and the passes of Adam7 as (first, step) a column and a row. PNG, third edition, sections 8 and 11. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const WHOLE = [[0, 1, 0, 1]] as const;
const ADAM7 = [
  [0, 8, 0, 8],
  [4, 8, 0, 8],
  [0, 4, 4, 8],
  [2, 4, 0, 4],
  [0, 2, 2, 4],
  [1, 2, 0, 2],
  [0, 1, 1, 2],
] as const;

/** @throws where the pixels are not all there: the decoder would take zeros for what is missing */
function checkPngData(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { width, height } = pngSize(bytes)!;
  const [depth, colour, interlaced] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = view.getUint32(at + 4);
    if (type === 0x49444154) parts.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const bits = depth * SAMPLES[colour]!;
  let expected = 0;
  for (const [left, across, top, down] of interlaced ? ADAM7 : WHOLE) {
    const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    if (columns > 0 && rows > 0) expected += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  const { length } = inflateSync(Buffer.concat(parts), { maxOutputLength: expected + 1 });
  if (length !== expected) throw new RangeError(`image data: expected ${expected} bytes, got ${length}`);
}

function decode(bytes: Uint8Array, name: string, isPng: boolean): Pixels {
  try {
    if (isPng) {
      checkPngData(bytes);
      const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
      return { width, height, rgba: data };
    }
    const { width, height, data } = jpeg.decode(bytes, { useTArray: true, maxResolutionInMP: JPEG_MEGAPIXELS });
    return { width, height, rgba: data };
  } catch (cause) {
    throw new TacitError(
      'BAD_INPUT',
      `expected a PNG or JPEG image in ${name}, got a file that does not decode. Save the image again`,
      { cause },
    );
  }
}

function checkSize(image: { width: number; height: number }, height: number, width: number, name: string): void {
  if (image.width === width && image.height === height) return;
  throw new TacitError(
    'BAD_SHAPE',
    `expected an image of ${width}x${height} pixels, got ${image.width}x${image.height} in ${name}. Resize the image`,
  );
}

/** ITU-R BT.601; a grey pixel keeps its value exactly. */
function luminance(image: Pixels, name: string): Float64Array {
  const rgb = colours(image, name);
  return Float64Array.from({ length: rgb.length / 3 }, (_, i) => {
    const [r, g, b] = [rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!];
    return r === g && g === b ? r : 0.299 * r + 0.587 * g + 0.114 * b;
  });
}

function colours({ rgba }: Pixels, name: string): Float64Array {
  const values = new Float64Array((rgba.length / 4) * 3);
  for (let pixel = 0; pixel < rgba.length / 4; pixel++) {
    if (rgba[4 * pixel + 3] !== 255) {
      throw new TacitError(
        'BAD_INPUT',
        `expected an opaque image, got transparent pixels in ${name}. Flatten the image on a background`,
      );
    }
    for (let c = 0; c < 3; c++) values[3 * pixel + c] = rgba[4 * pixel + c]! / 255;
  }
  return values;
}
