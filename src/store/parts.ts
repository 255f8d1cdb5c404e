/** What is kept outside the ledger, as named sequences of arrays, and arrays taken from such a sequence again. @module */
import { z } from 'zod';
import { wordsOf } from '../core/ring.js';
import type { Spool } from '../correlations/spool.js';

export const KEY_BYTES = 16;

/** What must be known of a sequence to read it again. */
export interface Receipt {
  readonly parts: number;
  readonly bytes: number;
  /** Of the checksums: a fresh key, and the tag of what the sequence is bound to and of its parts' tags; hex. */
  readonly key: string;
  readonly tag: string;
}

export const receiptSchema: z.ZodType<Receipt> = z.object({
  parts: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  key: z.string().length(2 * KEY_BYTES),
  tag: z.string(),
});

/** A sequence that is being written. */
export interface Draft extends Spool {
  /**
   * Ends it: it is durable under its name when this resolves.
   * @param binding what it belongs to, part of the checksum
   * @throws TacitError STORE_FULL, with nothing left of it
   */
  keep(binding: object): Promise<Receipt>;
}

/** Where sequences wait. A name counts once the ledger has its entry: what has none is half-written, or spent. */
export interface Shelf {
  /** Begins a sequence under `name`. @throws TacitError STORE_FULL */
  begin(name: string): Promise<Draft>;
  /** A sequence as it was kept. @throws TacitError STORE_CORRUPT, as its `take`, where it is not what was put there */
  open(name: string, binding: object, receipt: Receipt): Promise<Spool>;
  remove(name: string): void;
  /** Removes everything but what is named. Returns how much that is. */
  sweep(keep: Iterable<string>): number;
}

/** Writes arrays under `name`; they stay the caller's. */
export async function putParts(
  shelf: Shelf,
  name: string,
  binding: object,
  parts: Iterable<Uint8Array>,
): Promise<Receipt> {
  const draft = await shelf.begin(name);
  for (const part of parts) await draft.append(part.slice());
  return draft.keep(binding);
}

/** The arrays of a name. */
export async function getParts(shelf: Shelf, name: string, binding: object, receipt: Receipt): Promise<Uint8Array[]> {
  const spool = await shelf.open(name, binding, receipt);
  try {
    const parts: Uint8Array[] = [];
    for (let part = 0; part < receipt.parts; part++) parts.push(await spool.take(part));
    return parts;
  } finally {
    await spool.discard();
  }
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
    return wordsOf(this.bytes());
  }

  /** @throws RangeError where parts are left */
  end(): void {
    if (!this.#parts.next().done) throw new RangeError('expected no more parts, got one');
  }
}
