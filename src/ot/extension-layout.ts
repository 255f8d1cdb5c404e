/** Where the buffers of an extension lie in kernel memory: a plan counts on their sizes. @module */
import { BATCH, blockBits, DELTA_BITS, LABEL_BYTES, rowBytes } from './sizes.js';

/** Added to the distance of rows, so that they do not share cache sets. */
const STAGGER = 192;
const TILE_BYTES = 2048;
/** Bits of a block whose streams are folded at once: 16 rows, read while they are in cache. */
export const FOLDED = 4;
/** Of each stream that is expanded at most at once: a call of the cipher costs as much as some KiB. */
export const WINDOW_BYTES = 16_384;

export interface ExtensionLayout {
  readonly labels: number;
  readonly message: number;
  readonly choices: number;
  readonly rows: number;
  readonly sums: number;
  readonly u: number;
  readonly v: number;
  readonly zeros: number;
  readonly tile: number;
  readonly stride: number;
  readonly total: number;
}

/** Where the buffers of an extension lie that begins at `base`, and its length. */
export function extensionLayout(k: number, base = 0): ExtensionLayout {
  const stride = WINDOW_BYTES + STAGGER;
  const blocks = blockBits(k).length;
  let end = base;
  const place = (bytes: number): number => {
    const at = end;
    end += bytes;
    return at;
  };
  const layout = {
    labels: place(BATCH * LABEL_BYTES),
    message: place(blocks * rowBytes(BATCH)),
    choices: place(rowBytes(BATCH)),
    rows: place(stride << Math.min(k, FOLDED)),
    sums: place(stride << Math.max(k - FOLDED, 0)),
    u: place(stride * blocks),
    v: place(stride * DELTA_BITS),
    zeros: place(stride),
    tile: place(TILE_BYTES),
  };
  return { ...layout, stride, total: end - base };
}

/** Bytes of kernel memory that an extension takes. */
export function workBytes(k: number): number {
  return extensionLayout(k).total;
}
