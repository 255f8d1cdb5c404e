/**
 * Messages as parts of a ciphertext: round(q x / 2^m), half up, in residues.
 *
 *     round(q x / 2^m) = (q x + 2^(m-1) - t) / 2^m, t = (q x + 2^(m-1)) mod 2^m
 *
 * and q is 0 mod p, so its residue is 1/2 - t / 2^m mod p: exact, and t takes the low words of q alone.
 * @module
 */
import type { RingBits } from '../core/ring.js';
import type { KernelModule } from '../kernels/module.js';
import { unitsOf } from './constants.js';
import { type Planes, type PrimeKernels, planeCount, scratchPlanes, wordFactors } from './polynomials.js';
import { type HeRing, modulusOf } from './ring.js';

/** t of each word, in planes, and 2^-m mod each prime. */
export interface Message {
  readonly m: number;
  readonly planes: Planes;
  readonly units: readonly bigint[];
}

/** Call inside `withScratch`. */
export function messagePlanes(
  module: KernelModule,
  ring: HeRing,
  m: number,
  bits: RingBits,
  words: Uint32Array,
): Message {
  return { m, planes: affinePlanes(module, m, bits, words, modulusOf(ring)), units: unitsOf(ring, m) };
}

/** (factor x + 2^(m-1)) mod 2^m of each word. Call inside `withScratch`. */
export function affinePlanes(
  module: KernelModule,
  m: number,
  bits: RingBits,
  words: Uint32Array,
  factor: bigint,
): Planes {
  const { memory, exports } = module;
  const count = (words.length * 32) / bits;
  // a plane more than m may need: words of 64 bits give two
  const planes = scratchPlanes(module, count, bits);
  memory.withScratch(() =>
    exports.affinePlanes(
      memory.pointerTo(words),
      bits === 64 ? 1 : 0,
      BigInt.asIntN(64, factor),
      BigInt.asIntN(64, 1n << BigInt(m - 1)),
      BigInt.asIntN(64, (1n << BigInt(m)) - 1n),
      planes.pointer,
      planes.stride,
      count,
    ),
  );
  return planes;
}

/** out += sign round(q x / 2^m) mod prime `index` of the ring. */
export function addMessage(
  prime: PrimeKernels,
  index: number,
  { m, planes, units }: Message,
  sign: 1n | -1n,
  out: number,
  n: number,
): void {
  const factors = wordFactors(planeCount(m)).map((word) => -sign * word * units[index]!);
  prime.addPlanes(planes, factors, (sign * BigInt(prime.constants.prime + 1)) / 2n, out, n);
}
