/**
 * Where what is large is kept until it is used: named sequences of parts, each with a checksum that its ledger entry holds.
 *
 * A name counts once the ledger has its entry, which is written after the last part: parts without an entry are half-written, or spent, and
 * `sweep` removes them.
 * @module
 */
import { createCipheriv } from 'node:crypto';
import { z } from 'zod';
import { turn } from '#platform';
import { codeOf, TacitError } from '../core/errors.js';
import { secretBytes } from '../platform/random.js';
import type { Parts } from './files.js';

/** Bytes that one transaction writes, and that are read before the event loop turns. */
const STRIDE = 4 * 1024 * 1024;

const KEY_BYTES = 16;

/** What the ledger must know of something on the shelf. */
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

export class Shelf {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Writes the parts under `name`; they are on disk when this returns.
   * @param binding what they belong to, part of the checksum
   * @throws TacitError STORE_FULL, with nothing left of them
   */
  async put(name: string, binding: object, parts: Iterable<Uint8Array>): Promise<Receipt> {
    const checksum = new Checksum(secretBytes(KEY_BYTES, 'store/checksum'), binding);
    let written = 0;
    let bytes = 0;
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    const write = async (): Promise<void> => {
      this.#parts.put(name, written, waiting);
      written += waiting.length;
      waiting = [];
      waitingBytes = 0;
      await turn();
    };
    try {
      for (const part of parts) {
        checksum.update(part);
        bytes += part.length;
        waiting.push(part);
        waitingBytes += part.length;
        if (waitingBytes >= STRIDE) await write();
      }
      if (waiting.length > 0) await write();
    } catch (error) {
      this.remove(name);
      throw error;
    }
    return { parts: written, bytes, key: Buffer.from(checksum.key).toString('hex'), tag: checksum.tag() };
  }

  /** @throws TacitError STORE_CORRUPT where they are not what was put there */
  async get(name: string, binding: object, receipt: Receipt): Promise<Uint8Array[]> {
    const checksum = new Checksum(Buffer.from(receipt.key, 'hex'), binding);
    const parts: Uint8Array[] = [];
    let unturned = 0;
    for (let index = 0; index < receipt.parts; index++) {
      const part = this.#parts.get(name, index);
      if (part === undefined) throw corrupt(name, `${receipt.parts} parts`, `${index}`);
      checksum.update(part);
      parts.push(part);
      unturned += part.length;
      if (unturned >= STRIDE) {
        unturned = 0;
        await turn();
      }
    }
    if (checksum.tag() !== receipt.tag) throw corrupt(name, 'its checksum', 'another');
    return parts;
  }

  /** On a full disk even this may fail: then `sweep` does it when there is room. */
  remove(name: string): void {
    try {
      this.#parts.remove(name);
    } catch (error) {
      if (codeOf(error) !== 'STORE_FULL') throw error;
    }
  }

  /** Removes everything but what is named. Returns how much that is. */
  sweep(keep: ReadonlySet<string>): number {
    const gone = this.#parts.names().filter((name) => !keep.has(name));
    for (const name of gone) this.remove(name);
    return gone.length;
  }

  /** Writes what is named to other, empty parts. */
  async copyTo(other: Parts, names: Iterable<string>): Promise<void> {
    for (const name of names) {
      for (let index = 0; ; ) {
        const some: Uint8Array[] = [];
        for (let bytes = 0; bytes < STRIDE; bytes += some.at(-1)!.length) {
          const part = this.#parts.get(name, index + some.length);
          if (part === undefined) break;
          some.push(part);
        }
        if (some.length === 0) break;
        other.put(name, index, some);
        index += some.length;
        await turn();
      }
    }
  }

  close(): Promise<void> {
    return this.#parts.close();
  }
}

/** GMAC (NIST SP 800-38D) under a key of its own: in hardware three times as fast as SHA-256, and reading waits for it. */
class Checksum {
  readonly key: Uint8Array;
  readonly #mac: ReturnType<typeof newMac>;

  constructor(key: Uint8Array, binding: object) {
    this.key = key;
    this.#mac = newMac(key);
    this.update(Buffer.from(JSON.stringify(binding)));
  }

  update(bytes: Uint8Array): void {
    // the length too, so that bytes cannot move from one part to the next
    this.#mac.setAAD(Buffer.from(`/${bytes.length}/`));
    this.#mac.setAAD(bytes);
  }

  tag(): string {
    this.#mac.final();
    return this.#mac.getAuthTag().toString('hex');
  }
}

/** The key serves once, so that the nonce may be zero. */
function newMac(key: Uint8Array) {
  return createCipheriv('aes-128-gcm', key, Buffer.alloc(12));
}

/** What does not read as it was written. */
export function corrupt(what: string, expected: string, came: string, cause?: unknown): TacitError {
  return new TacitError(
    'STORE_CORRUPT',
    `${what} in the store: expected ${expected}, got ${came}. Run tacit store prune, then prepare again`,
    { cause },
  );
}
