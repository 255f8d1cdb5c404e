/** Bytes of what the parties send each other, and of kernel memory, by parameters alone. @module */
import { SEED_BYTES } from '../platform/random.js';
import type { HeParameters } from './parameters.js';
import { type HeRing, residueBits } from './ring.js';

/** Bytes of `count` values of `width` bits: words of 32 bits of all values, one significance after another, each without gaps. */
export function planesBytes(count: number, width: number): number {
  let bytes = 0;
  for (let left = width; left > 0; left -= 32) bytes += Math.ceil((count * Math.min(left, 32)) / 8);
  return bytes;
}

function residuesBytes({ n, primes }: HeRing): number {
  return primes.reduce((sum, prime) => sum + Math.ceil((n * residueBits(prime)) / 8), 0);
}

/** A ciphertext: the seed of a, and b. */
export function ciphertextBytes(ring: HeRing): number {
  return SEED_BYTES + residuesBytes(ring);
}

/** An encryption of zero, once a key. */
export function publicKeyBytes(ring: HeRing): number {
  return ciphertextBytes(ring);
}

/** The answer to one accumulator: a whole, b at `coefficients` coefficients. */
export function answerBytes({ ring, aBits, bBits }: HeParameters, coefficients: number): number {
  return planesBytes(ring.n, aBits) + planesBytes(coefficients, bBits);
}

/** Bytes between polynomials mod one prime: polynomials that are multiplied together do not meet in the same lines of a cache. */
export function residueStride({ n }: HeRing): number {
  return 4 * n + 64;
}

/** Kernel memory of one polynomial mod q: a weight polynomial takes one, a ciphertext and an accumulator two each. */
export function polynomialBytes(ring: HeRing): number {
  return residueStride(ring) * ring.primes.length;
}
