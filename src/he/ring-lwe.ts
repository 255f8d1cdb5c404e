/**
 * Linear steps by ring LWE, semi-honest: secret-key encryption with coefficient packing (Cheetah, USENIX Security 2022), answers re-randomised under the key
 * holder's public key and flooded. docs/decisions/0022-ring-lwe.md has the scheme and why answers say nothing of weights.
 *
 * The key holder encrypts polynomials x_t with coefficients mod 2^m. The evaluator multiplies them by its weight polynomials w_t, and answers
 * sum x_t w_t - R mod (X^n + 1, 2^m) at the coefficients that hold outputs; its share R is uniform and fresh for each answer.
 *
 * Values are plain data over blocks of kernel memory, so that threads of one memory share them. Words are ring words (core/ring.ts), of which m bits count.
 * @module
 */
import type { RingBits } from '../core/ring.js';
import type { Block } from '../kernels/memory.js';
import type { Seed } from '../platform/random.js';
import type { HeParameters } from './parameters.js';
import type { HeRing } from './ring.js';

/** Roots of unity of a ring in kernel memory. */
export interface RingTables {
  readonly ring: HeRing;
  readonly block: Block;
}

/** Fresh for every ciphertext: the first is sent with it, the second stays. */
export interface CiphertextSeeds {
  readonly uniform: Seed;
  readonly error: Seed;
}

/** Polynomials mod q in one block. */
export interface Polynomials {
  readonly tables: RingTables;
  readonly block: Block;
  readonly capacity: number;
}

/** A secret key: one a session, role and ring. */
export interface HeKey extends Polynomials {
  readonly holds: 'key';
}

/** Pairs of polynomials. */
export interface Ciphertexts extends Polynomials {
  readonly holds: 'ciphertexts';
}
export interface Weights extends Polynomials {
  readonly holds: 'weights';
}
/** A pair. */
export interface Accumulator extends Polynomials {
  readonly holds: 'accumulator';
}

export interface RingLwe {
  openRing(ring: HeRing): RingTables;

  // the key holder

  /** @param seed of a draw of its own */
  createKey(tables: RingTables, seed: Seed): HeKey;

  /** publicKeyBytes(ring): an encryption of zero, sent once. */
  publicKey(key: HeKey, seeds: CiphertextSeeds): Uint8Array;

  /** ciphertextBytes(ring). @param words n of them */
  encrypt(key: HeKey, parameters: HeParameters, bits: RingBits, words: Uint32Array, seeds: CiphertextSeeds): Uint8Array;

  /**
   * The words below 2^m at `coefficients`, in their order.
   * @throws TacitError BAD_FRAME where the answer has another length than answerBytes
   */
  decrypt(
    key: HeKey,
    parameters: HeParameters,
    bits: RingBits,
    coefficients: Uint32Array,
    answer: Uint8Array,
  ): Uint32Array;

  // the evaluator

  /** Room for ciphertexts. Capacity * 2 * polynomialBytes(ring). */
  openCiphertexts(tables: RingTables, capacity: number): Ciphertexts;

  /** Also for a public key, as a ciphertext in slot 0. @throws TacitError BAD_FRAME where the bytes are no ciphertext of the ring */
  loadCiphertext(ciphertexts: Ciphertexts, slot: number, bytes: Uint8Array): void;

  /** Room for weight polynomials. Capacity * polynomialBytes(ring). */
  openWeights(tables: RingTables, capacity: number): Weights;

  /** Transforms a polynomial of n words; they count mod 2^m, centred. */
  transformWeights(weights: Weights, slot: number, m: number, bits: RingBits, words: Uint32Array): void;

  /** Zero. 2 * polynomialBytes(ring). */
  openAccumulator(tables: RingTables): Accumulator;

  /** accumulator += sum over t < count of ciphertexts[from + t] * weights[first + t]. Fastest in runs of 8 to 16. */
  accumulate(
    accumulator: Accumulator,
    ciphertexts: Ciphertexts,
    from: number,
    weights: Weights,
    first: number,
    count: number,
  ): void;

  /**
   * Answers with the accumulator less `mask` at `coefficients`, and clears it for the next sum. answerBytes(parameters, coefficients.length).
   * @param publicKey a key holder's, loaded
   * @param mask R: uniform ring words below 2^m, one for each coefficient
   * @param seed fresh for every answer
   */
  answer(
    accumulator: Accumulator,
    parameters: HeParameters,
    publicKey: Ciphertexts,
    bits: RingBits,
    coefficients: Uint32Array,
    mask: Uint32Array,
    seed: Seed,
  ): Uint8Array;

  /** Gives memory back, cleared. */
  dispose(held: Polynomials | RingTables): void;
}
