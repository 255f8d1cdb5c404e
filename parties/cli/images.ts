/** PNG and JPEG images as inputs: values from 0 to 255 of one channel (luminance) or three (red, green, blue). @module */
import { TacitError } from '../../src/core/errors.js';
import { decodeJpeg, isJpeg, jpegFrame } from './jpeg.js';
import type { NdArray } from './npy.js';
import type { Pixels, Size } from './pixels.js';
import { decodePng, isPng, pngSize } from './png.js';

/**
 * The image as [height, width, channels] of the model's input. Its size and kind stand in its header: an image that is refused for
 * them is never decompressed.
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
  const image = decode(bytes, { width: width!, height: height! }, name);
  return { shape, values: channels === 1 ? luminance(image, name) : colours(image, name) };
}

function decode(bytes: Uint8Array, wanted: Size, name: string): Pixels {
  if (isPng(bytes)) {
    const size = readable(name, () => pngSize(bytes));
    checkSize(size, wanted, name);
    return readable(name, () => decodePng(bytes));
  }
  if (!isJpeg(bytes)) {
    throw new TacitError('BAD_INPUT', `expected a PNG or JPEG image in ${name}, got another format. Convert the image`);
  }
  const { unsupported, ...size } = readable(name, () => jpegFrame(bytes));
  checkSize(size, wanted, name);
  if (unsupported) {
    const { expected, came } = unsupported;
    throw new TacitError('BAD_INPUT', `expected ${expected} in ${name}, got ${came}. Save the image again`);
  }
  const image = readable(name, () => decodeJpeg(bytes, size));
  // the frame that was decoded may be a later one
  checkSize(image, wanted, name);
  return image;
}

/** @throws TacitError BAD_INPUT where `read` fails */
function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TacitError(
      'BAD_INPUT',
      `expected a whole PNG or JPEG image in ${name}, got one that does not decode. Save the image again`,
      { cause },
    );
  }
}

function checkSize(came: Size, wanted: Size, name: string): void {
  if (came.width === wanted.width && came.height === wanted.height) return;
  throw new TacitError(
    'BAD_SHAPE',
    `expected an image of ${wanted.width}x${wanted.height} pixels, got ${came.width}x${came.height} in ${name}. Resize the image`,
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
    for (let c = 0; c < 3; c++) values[3 * pixel + c] = rgba[4 * pixel + c]!;
  }
  return values;
}
