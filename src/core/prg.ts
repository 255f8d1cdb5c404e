/**
 * The random generator: AES-128-CTR keyed by HKDF-SHA256 of a 32-byte seed and a label.
 *
 * Every stream has a label and indices of its own (`'relu/labels', step, chunk`), so one seed serves a whole bundle and no
 * two uses share key stream. Seeds come from the platform's CSPRNG and from nothing else. SP 800-38A (CTR), RFC 5869 (HKDF).
 * @module
 */
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { counterStream, hmacSha256 } from '#platform';
import type { CounterStream } from '../platform/platform.js';
import { SEED_BYTES, type Seed } from '../platform/random.js';

const NO_SALT = new Uint8Array(32);
const FIRST_BLOCK = 1;

/** HKDF of 32 bytes: HMAC(HMAC(0, seed), info | 1). */
function derive(seed: Seed, label: string, indices: readonly number[]): Uint8Array {
  if (seed.length !== SEED_BYTES) throw new RangeError(`seed: expected ${SEED_BYTES} bytes, got ${seed.length}`);
  const info = utf8ToBytes(`tacit/${label}/${indices.join('/')}`);
  return hmacSha256(hmacSha256(NO_SALT, seed), Uint8Array.of(...info, FIRST_BLOCK));
}

/** A seed for a sub-protocol: independent of the master's other derivations. */
export function deriveSeed(master: Seed, label: string, ...indices: number[]): Seed {
  return derive(master, `seed/${label}`, indices);
}

/** Fills `out` with the stream (seed, label, indices). The same arguments give the same bytes on every party. */
export function expandInto(out: Uint8Array, seed: Seed, label: string, ...indices: number[]): void {
  streamOf(seed, label, indices).fill(out);
}

/** `count` uniform 32-bit words of the stream (seed, label, indices). */
export function expandWords(count: number, seed: Seed, label: string, ...indices: number[]): Uint32Array {
  const words = new Uint32Array(count);
  expandInto(new Uint8Array(words.buffer), seed, label, ...indices);
  return words;
}

/** Drawn at once for small pieces: a call of the cipher costs more than they do. */
const AHEAD_BYTES = 4096;

/** The stream (seed, label, indices), piece by piece: what two parties that share the seed take in the same order is the same. */
export class KeyStream {
  readonly #stream: CounterStream;
  /** Drawn and not yet taken, from #taken on. */
  #ahead: Uint8Array = new Uint8Array();
  #taken = 0;

  constructor(seed: Seed, label: string, ...indices: number[]) {
    this.#stream = streamOf(seed, label, indices);
  }

  /** Fills `out` with the next piece of the stream. */
  nextInto(out: Uint8Array): void {
    const first = this.#take(out);
    if (first === out.length) return;
    const rest = out.subarray(first);
    if (rest.length >= AHEAD_BYTES) {
      this.#stream.fill(rest);
      return;
    }
    if (this.#ahead.length === 0) this.#ahead = new Uint8Array(AHEAD_BYTES);
    this.#stream.fill(this.#ahead);
    this.#taken = 0;
    this.#take(rest);
  }

  /** Bytes of `out` that were drawn ahead. */
  #take(out: Uint8Array): number {
    const piece = this.#ahead.subarray(this.#taken, this.#taken + out.length);
    out.set(piece);
    this.#taken += piece.length;
    return piece.length;
  }
}

function streamOf(seed: Seed, label: string, indices: readonly number[]): CounterStream {
  const key = derive(seed, `stream/${label}`, indices);
  return counterStream(key.subarray(0, 16), key.subarray(16, 32));
}
