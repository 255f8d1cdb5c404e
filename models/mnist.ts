/**
 * The first 1,000 MNIST test images, in their original order, from `models/data/mnist-test-1000.bin`.
 * The format is documented where it is written, in `models/train/data.mjs`. Data: Y. LeCun, C. Cortes, C. Burges.
 * @module
 */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';

const MAGIC = 'MNT1';
const HEADER_BYTES = 16;
const SIDE = 28;

export interface MnistImages {
  readonly count: number;
  /** count*784 bytes, row major, 0 (paper) to 255 (ink). The networks of the zoo take v/255. */
  readonly images: Uint8Array;
  /** count digits, 0 to 9. */
  readonly labels: Uint8Array;
}

/**
 * @returns the packed test subset
 * @throws Error when the data file is missing or is not what `models/train/data.mjs` writes
 */
export function loadMnistTest(): MnistImages {
  const body = inflateRawSync(readFileSync(modelsPath('data/mnist-test-1000.bin')));
  const count = body.readUInt32LE(4);
  const [rows, columns] = [body.readUInt32LE(8), body.readUInt32LE(12)];
  const sound =
    body.toString('latin1', 0, MAGIC.length) === MAGIC &&
    rows === SIDE &&
    columns === SIDE &&
    body.length === HEADER_BYTES + count + count * SIDE * SIDE;
  if (!sound) throw new Error(`mnist-test-1000.bin: expected ${MAGIC} with 28x28 images, got another format`);
  const imagesAt = HEADER_BYTES + count;
  return {
    count,
    images: Uint8Array.from(body.subarray(imagesAt)),
    labels: Uint8Array.from(body.subarray(HEADER_BYTES, imagesAt)),
  };
}

/**
 * Path of a file below `<root>/models`, from `<root>/models/mnist.ts` as well as from `<root>/dist/models/mnist.js`.
 * @param relative path inside the folder `models`
 */
export function modelsPath(relative: string): string {
  const beside = fileURLToPath(new URL(relative, import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL(`../../models/${relative}`, import.meta.url));
}
