/**
 * Parameters of silent oblivious transfer: Ferret (Yang, Weng, Lan, Zhang, Wang, CCS 2020), semi-honest, with regular noise, in iterations.
 *
 * An iteration spends `base` transfers, k as the secret of LPN and `depth` a tree as its path, and makes 2^depth a tree; those of the first trees are
 * the next iteration's base. So a network has an iteration of its own, or several, with as many trees as it needs: fewer trees than a set
 * allows are fewer samples at the same rate of noise, which tell no more.
 * @module
 */
import { extensionBytes, LABEL_BYTES } from '../sizes.js';

/** LPN in dimension 2^logK with at most `trees` samples of noise, each one in 2^depth. */
export interface SilentSet {
  readonly logK: number;
  readonly depth: number;
  readonly trees: number;
}

/** Entries of the secret in a sample. */
export const CODE_WEIGHT = 10;

/**
 * For 128 bits. The noise is that of the sets b10 and b12 of emp-ot 1.0.0-alpha.1 (emp-ot/tuning.h), chosen with the estimator of Liu, Wang, Yang, Yu
 * (eprint 2022/712) and later attacks on regular noise; the secrets are twice as long, as those attacks do not use that a sample has so few entries
 * (`subsetBits`). Decision 28.
 */
export const SILENT_SETS: readonly SilentSet[] = [
  { logK: 17, depth: 10, trees: 850 },
  { logK: 19, depth: 12, trees: 1520 },
];

/** Of the entries that a random subset needs, how many are left where entries of few samples are taken out one by one: measured on random codes. */
const PEELED = 0.85;

/**
 * log2 of the tries of who solves within a subset of s entries, which has as many samples as entries where s^10 n >= s k^10, and hopes that none of s
 * samples is noisy: each is with probability 2^-depth. What solving takes is not counted.
 */
export function subsetBits({ logK, depth, trees }: SilentSet): number {
  const k = 2 ** logK;
  const entries = PEELED * k * (k / (trees * 2 ** depth)) ** (1 / (CODE_WEIGHT - 1));
  return -entries * Math.log2(1 - 2 ** -depth);
}

/** The iterations of one bundle, in one direction. */
export interface SilentShape {
  readonly set: SilentSet;
  readonly iterations: number;
  /** Of an iteration: those that make the next one's base, and those that a network spends. */
  readonly refill: number;
  readonly own: number;
}

export function treesOf({ refill, own }: SilentShape): number {
  return refill + own;
}

/** Transfers that an iteration spends. */
export function baseTransfers(shape: SilentShape): number {
  return 2 ** shape.set.logK + treesOf(shape) * shape.set.depth;
}

/** Transfers that an iteration makes beyond the next one's base. */
export function ownTransfers({ set, own }: SilentShape): number {
  return own * 2 ** set.depth;
}

/** Bytes from the sender to the receiver for an iteration: where hash keys start, and a correction for each level of each tree. */
export function iterationBytes(shape: SilentShape): number {
  return LABEL_BYTES * (1 + treesOf(shape) * shape.set.depth);
}

/** Bytes of the seeds of an iteration: a root a tree, or a sum a level. */
export function seedBytes(shape: SilentShape, side: 'sender' | 'receiver'): number {
  return treesOf(shape) * (side === 'sender' ? 1 : shape.set.depth) * LABEL_BYTES;
}

/** Hashes under the sender's Delta for a bundle: one for each node on a path. */
export function silentHashes(shape: SilentShape): number {
  return shape.iterations * treesOf(shape) * shape.set.depth;
}

/** The least trees that make the base of an iteration in which a network spends `own` trees. */
function refillOf({ logK, depth }: SilentSet, own: number): number {
  // r 2^depth >= 2^logK + (r + own) depth
  return Math.ceil((2 ** logK + own * depth) / (2 ** depth - depth));
}

/** How a set makes `count` transfers: as few iterations as it can, alike. */
export function shapeWith(set: SilentSet, count: number): SilentShape {
  let most = set.trees;
  while (most + refillOf(set, most) > set.trees) most--;
  const iterations = Math.ceil(count / (most * 2 ** set.depth));
  const own = Math.ceil(count / iterations / 2 ** set.depth);
  return { set, iterations, own, refill: refillOf(set, own) };
}

/**
 * How `count` transfers a bundle are made: by the set that sends least, set-up and a bundle; undefined where there are none.
 * @param k of the extension that makes the first base
 */
export function silentShape(k: number, count: number): SilentShape | undefined {
  if (count === 0) return undefined;
  const bytes = (shape: SilentShape): number =>
    extensionBytes(k, baseTransfers(shape), false) + shape.iterations * iterationBytes(shape);
  return SILENT_SETS.map((set) => shapeWith(set, count)).reduce((a, b) => (bytes(b) < bytes(a) ? b : a));
}
