/** What silent transfers take of kernel memory: a plan counts on it. @module */
import { LABEL_BYTES } from '../sizes.js';
import { correctionBytes } from './corrections.js';
import type { SilentSet } from './parameters.js';

/** Of the code's stream, a label. */
export const STREAM_BYTES = 32;
export const SUMS = 2;
/** Labels that are worth the way to a thread. */
const JOB_LABELS = 2 ** 14;

/** Where a tree lies. */
export interface TreeLayout {
  /** Of levels in turn. */
  readonly nodes: readonly [number, number];
  readonly sigmas: number;
  readonly ciphers: number;
  readonly sums: number;
  readonly what: number;
  readonly stream: number;
  readonly end: number;
}

export function treeLayout({ depth }: SilentSet, start: number): TreeLayout {
  const leaves = 2 ** depth * LABEL_BYTES;
  let end = start;
  const place = (bytes: number): number => {
    const at = end;
    end += bytes;
    return at;
  };
  const layout = {
    nodes: [place(leaves), place(leaves)] as const,
    sigmas: place(leaves / 2),
    ciphers: place(leaves / 2),
    sums: place(SUMS * LABEL_BYTES),
    what: place(LABEL_BYTES),
    stream: place(2 ** depth * STREAM_BYTES),
  };
  return { ...layout, end };
}

/** Kernel memory that a workspace takes. */
export function treeBytes(set: SilentSet): number {
  return treeLayout(set, 0).end;
}

/** Trees of a job. */
export function treesAtOnce({ depth }: SilentSet): number {
  return JOB_LABELS >> depth;
}

/** Of a tree's labels. */
export function labelsBytes({ depth }: SilentSet): number {
  return LABEL_BYTES << depth;
}

/** Kernel memory that a job takes at most. */
export function jobBytes(set: SilentSet): number {
  // and what blocks are rounded up to
  return treeBytes(set) + treesAtOnce(set) * labelsBytes(set) + LABEL_BYTES * 8;
}

/** Kernel memory of the sender's side with one job under way; the receiver's takes a label less. */
export function silentWorkBytes(set: SilentSet): number {
  const secret = LABEL_BYTES << set.logK;
  return secret + jobBytes(set) + LABEL_BYTES + correctionBytes(treesAtOnce(set) << set.depth) + 1;
}
