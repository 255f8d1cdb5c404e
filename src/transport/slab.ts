/** Small pieces of memory, cut from larger ones: an allocation for each would cost more than what it holds. @module */

const SLAB_BYTES = 64 * 1024;
/** Larger pieces have memory of their own. */
export const MOST_PIECE = 4096;
const ALIGN = 16;

/** A piece is never used again: its memory goes when all pieces of its slab have. */
export class Slab {
  #slab: Uint8Array<ArrayBuffer> = new Uint8Array();
  #at = 0;

  /** Cleared; starts at a multiple of 16 of its buffer. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > MOST_PIECE) return new Uint8Array(bytes);
    if (this.#at + bytes > this.#slab.length) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#at = 0;
    }
    const piece = this.#slab.subarray(this.#at, this.#at + bytes);
    this.#at += Math.ceil(bytes / ALIGN) * ALIGN;
    return piece;
  }
}
