/** What is kept outside the ledger, as named sequences of arrays, and arrays taken from such a sequence again. @module */
import { z } from 'zod';

export const KEY_BYTES = 16;

/** What must be known of a sequence to read it again. */
export interface Receipt {
  readonly parts: number;
  readonly bytes: number;
  /** Of the checksum: a fresh key, and the tag of what it is bound to and of its parts; hex. */
  readonly key: string;
  readonly tag: string;
}

export const receiptSchema: z.ZodType<Receipt> = z.object({
  parts: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  key: z.string().length(2 * KEY_BYTES),
  tag: z.string(),
});

/** Where sequences wait. A name counts once the ledger has its entry: what has none is half-written, or spent. */
export interface Shelf {
  /**
   * Writes the parts under `name`; they are durable when this resolves.
   * @param binding what they belong to, part of the checksum
   * @throws TacitError STORE_FULL, with nothing left of them
   */
  put(name: string, binding: object, parts: Iterable<Uint8Array>): Promise<Receipt>;
  /** The parts as they were put, each an array of its own. @throws TacitError STORE_CORRUPT where they are not what was put there */
  get(name: string, binding: object, receipt: Receipt): Promise<Uint8Array[]>;
  remove(name: string): void;
  /** Removes everything but what is named. Returns how much that is. */
  sweep(keep: Iterable<string>): number;
}

/** Takes arrays in the order in which they were put. */
export class PartReader {
  readonly #parts: Iterator<Uint8Array>;

  constructor(parts: Iterable<Uint8Array>) {
    this.#parts = parts[Symbol.iterator]();
  }

  /** @throws RangeError where no part is left */
  bytes(): Uint8Array {
    const { done, value } = this.#parts.next();
    if (done) throw new RangeError('expected another part, got no more');
    return value;
  }

  /** @throws RangeError where the part is not of whole words */
  words(): Uint32Array {
    const { buffer, byteOffset, byteLength } = this.bytes();
    return new Uint32Array(buffer, byteOffset, byteLength / 4);
  }

  /** @throws RangeError where parts are left */
  end(): void {
    if (!this.#parts.next().done) throw new RangeError('expected no more parts, got one');
  }
}
