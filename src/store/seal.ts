/**
 * Records as they stand in a file, so that what a disk did to them is noticed: each with a checksum of its key and value, and in one record,
 * the tally, how many there are and the sum of their checksums. Against chance, not against somebody who can write the file.
 * @module
 */
import { createHash } from 'node:crypto';
import { Packr } from 'msgpackr';
import { z } from 'zod';
import { Damaged } from './pages.js';
import type { Key } from './records.js';

const TAG_BYTES = 16;

const packr = new Packr({ useRecords: false, moreTypes: false });

/** A record's bytes. */
export function seal(key: Key, value: object): Uint8Array {
  const packed = packr.pack(value);
  return Buffer.concat([checksum(key, packed), packed]);
}

/** @throws Damaged where `bytes` were not sealed under this key */
export function unseal(key: Key, bytes: Uint8Array): unknown {
  const packed = bytes.subarray(TAG_BYTES);
  if (Buffer.compare(tagOf(bytes), checksum(key, packed)) !== 0) throw new Damaged('a record of another checksum');
  return packr.unpack(packed);
}

function tagOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, TAG_BYTES);
}

function checksum(key: Key, packed: Uint8Array): Buffer {
  return createHash('sha256')
    .update(`${JSON.stringify(key)}\n`)
    .update(packed)
    .digest()
    .subarray(0, TAG_BYTES);
}

const tallySchema = z.object({ records: z.number().int().nonnegative(), sum: z.string().length(2 * TAG_BYTES) });

/** Of all sealed records but its own. */
export class Tally {
  static readonly KEY: Key = ['tally'];
  #records: number;
  readonly #sum: Buffer;

  /** @param sealed its record, undefined where there is none */
  constructor(sealed?: Uint8Array) {
    const parsed = tallySchema.safeParse(sealed && unseal(Tally.KEY, sealed));
    this.#records = parsed.success ? parsed.data.records : 0;
    this.#sum = parsed.success ? Buffer.from(parsed.data.sum, 'hex') : Buffer.alloc(TAG_BYTES);
  }

  add(sealed: Uint8Array): void {
    this.#records++;
    this.#toggle(sealed);
  }

  remove(sealed: Uint8Array): void {
    this.#records--;
    this.#toggle(sealed);
  }

  sealed(): Uint8Array {
    return seal(Tally.KEY, { records: this.#records, sum: this.#sum.toString('hex') });
  }

  #toggle(sealed: Uint8Array): void {
    for (const [i, byte] of tagOf(sealed).entries()) this.#sum[i]! ^= byte;
  }
}
