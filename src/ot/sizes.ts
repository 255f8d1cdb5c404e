/** How much oblivious transfer sends: a plan counts on it, and each side holds the other to it. @module */
import { SEED_BYTES } from '../platform/random.js';

/** Of a compressed point of ristretto255. */
export const POINT_BYTES = 32;
export const LABEL_BYTES = 16;
export const DELTA_BITS = 128;
/** The default: 31 bits a transfer, at two thirds of the speed of k = 2, which sends 63 (docs/architecture.md). */
export const DEFAULT_SOFTSPOKEN_K = 4;
export const MOST_SOFTSPOKEN_K = 8;
/** Transfers extended at once: rows of 16 KiB, which AES fills at full speed. */
export const BATCH = 131_072;
/** How Delta is cut: bits of each block, k for all but perhaps the last. */
export function blockBits(k: number): number[] {
  if (!(Number.isInteger(k) && k >= 1 && k <= 8)) throw new RangeError(`SoftSpokenOT: expected k in 1..8, got ${k}`);
  const blocks = Math.ceil(DELTA_BITS / k);
  return Array.from({ length: blocks }, (_, i) => Math.min(k, DELTA_BITS - i * k));
}

/** Bytes of a row of n transfers: whole blocks of 128. */
export function rowBytes(n: number): number {
  return Math.ceil(n / 128) * 16;
}

export function batchesOf(n: number): number[] {
  return Array.from({ length: Math.ceil(n / BATCH) }, (_, i) => Math.min(BATCH, n - i * BATCH));
}

/** Rows that the receiver sends. */
export function messageRows(blocks: readonly number[], chosen: boolean): number {
  return blocks.length - (chosen ? 0 : 1);
}

/** Bytes from the receiver to the sender for n transfers. */
export function extensionBytes(k: number, n: number, chosen: boolean): number {
  const rows = messageRows(blockBits(k), chosen);
  return batchesOf(n).reduce((sum, batch) => sum + rows * rowBytes(batch), 0);
}

/** Bytes that the sender sends for a tree of depth k. */
export function treeBytes(k: number): number {
  return 2 * k * SEED_BYTES;
}

/** Bytes of the three messages: the receiver's point, the sender's points, the receiver's trees. */
export function setupBytes(k: number): readonly [number, number, number] {
  const trees = blockBits(k).reduce((sum, bits) => sum + treeBytes(bits), 0);
  return [POINT_BYTES, DELTA_BITS * POINT_BYTES, trees];
}
