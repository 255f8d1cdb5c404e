/**
 * The correlation that a step on masked bits spends, by chunks: a mask of every bit that is opened, and shares of products of masks.
 *
 * The masks of a wire z are l_z = l_z,0 + l_z,1 mod 2; of an input that one party knows they are that party's alone. A row z of ANDs, a sum of
 * products x y, takes a share of what its masks' products and its own mask come to,
 *
 *     k_0 + k_1 = l_z + sum l_x l_y mod 2
 *
 * and the words that a step ends in take additive shares of masks, or of products of masks, as words (sizes.ts). Both parties' masks and party
 * 0's shares come from seeds where a dealer deals; party 1's shares lie in its bundle, a segment a chunk.
 *
 * With masks of wires, not of gates, a bit is opened once, however many ANDs read it, and XORs have the masks that follow (Ben-Efraim, Nielsen,
 * Omri, "Turbospeedz", ACNS 2019; Patra, Schneider, Suresh, Yalame, "ABY2.0", USENIX Security 2021).
 * @module
 */
import { KeyStream } from '../../core/prg.js';
import { bytesOf, type RingBits } from '../../core/ring.js';
import { wordRowBytes } from '../../kernels/boolean.js';
import type { Block } from '../../kernels/memory.js';
import type { Seed } from '../../platform/random.js';
import { type RingModule, unpackRows } from '../../sliced/packing.js';
import type { Slots } from '../../sliced/slots.js';
import type { BitsStep } from '../../steps/two.js';

/** A party's masks of one chunk. They are drawn in this order: of its inputs, R where the step ends in carries, then of each level. */
export class Masks {
  readonly #stream: KeyStream;

  constructor(seed: Seed, step: BitsStep, chunk: number) {
    this.#stream = new KeyStream(seed, 'bits/masks', step.index, chunk);
  }

  /** Masks of as many rows of bits as `out` has room for. */
  nextInto(out: Uint8Array): void {
    this.#stream.nextInto(out);
  }

  /** R of n instances: whole vectors of words, of which the last may be of none. */
  offsets(bits: RingBits, n: number): Uint32Array {
    const out = new Uint32Array(wordRowBytes(n, bits) / 4);
    this.#stream.nextInto(bytesOf(out));
    return out;
  }
}

/** A party's shares of products of one chunk's masks, in the order of levels, and then as words. */
export interface Products {
  /** Adds this party's shares to the first rows that are on their way; gives them in place. */
  addTo(slots: Slots, rows: number): Uint8Array;
  /** Rows of words of an output to `rows`, `wordRowBytes` apart; call once all levels are done, output after output. */
  words(widths: readonly number[], rows: number): void;
}

/** Party 0's shares, from its seed. */
export class DrawnProducts implements Products {
  readonly #ring: RingModule;
  readonly #n: number;
  readonly #stream: KeyStream;

  constructor(ring: RingModule, seed: Seed, step: BitsStep, chunk: number, n: number) {
    this.#ring = ring;
    this.#n = n;
    this.#stream = new KeyStream(seed, 'bits/products', step.index, chunk);
  }

  addTo(slots: Slots, rows: number): Uint8Array {
    return slots.maskRows(this.#stream, rows);
  }

  /** Whole words whatever the width: what lies above it counts for nothing. */
  words(widths: readonly number[], rows: number): void {
    const { memory } = this.#ring.module;
    const bytes = wordRowBytes(this.#n, this.#ring.bits);
    for (const [i, width] of widths.entries()) {
      const row: Block = { pointer: rows + i * bytes, bytes };
      if (width === 0) memory.zero(row.pointer, bytes);
      else this.#stream.nextInto(memory.view(row));
    }
  }
}

/** Shares as they lie in a segment. */
export class StoredProducts implements Products {
  readonly #ring: RingModule;
  readonly #n: number;
  readonly #segment: Uint8Array;
  #at = 0;

  constructor(ring: RingModule, segment: Uint8Array, n: number) {
    this.#ring = ring;
    this.#segment = segment;
    this.#n = n;
  }

  addTo(slots: Slots, rows: number): Uint8Array {
    const view = slots.rowsView(rows);
    slots.addToRows(this.#segment.subarray(this.#at, this.#at + view.length));
    this.#at += view.length;
    return view;
  }

  words(widths: readonly number[], rows: number): void {
    this.#at = unpackRows(this.#ring, widths, this.#n, this.#segment, this.#at, rows);
  }
}
