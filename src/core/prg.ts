/**
 * The random generator: AES-128-CTR keyed by HKDF-SHA256 of a 32-byte seed and a label.
 *
 * Every stream has a label and indices of its own (`'relu/labels', step, chunk`), so one seed serves a whole bundle and no
 * two uses share key stream. Seeds come from the platform's CSPRNG and from nothing else. SP 800-38A (CTR), RFC 5869 (HKDF).
 * @module
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { counterStream } from '#platform';
import type { CounterStream } from '../platform/platform.js';
import { SEED_BYTES, type Seed } from '../platform/random.js';

function derive(seed: Seed, label: string, indices: readonly number[], bytes: number): Uint8Array {
  if (seed.length !== SEED_BYTES) throw new RangeError(`seed: expected ${SEED_BYTES} bytes, got ${seed.length}`);
  return hkdf(sha256, seed, undefined, utf8ToBytes(`tacit/${label}/${indices.join('/')}`), bytes);
}

/** A seed for a sub-protocol: independent of the master's other derivations. */
export function deriveSeed(master: Seed, label: string, ...indices: number[]): Seed {
  return derive(master, `seed/${label}`, indices, SEED_BYTES);
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

/** The stream (seed, label, indices), piece by piece: what two parties that share the seed take in the same order is the same. */
export class KeyStream {
  readonly #stream: CounterStream;

  constructor(seed: Seed, label: string, ...indices: number[]) {
    this.#stream = streamOf(seed, label, indices);
  }

  /** `bytes` xor the next piece of the stream, in fresh memory. */
  mask(bytes: Uint8Array): Uint8Array {
    return this.#stream.mask(bytes);
  }

  /** Fills `out` with the next piece of the stream. */
  nextInto(out: Uint8Array): void {
    this.#stream.fill(out);
  }
}

function streamOf(seed: Seed, label: string, indices: readonly number[]): CounterStream {
  const key = derive(seed, `stream/${label}`, indices, 32);
  return counterStream(key.subarray(0, 16), key.subarray(16, 32));
}
