/**
 * A triple for the product of two secret tensors, element by element (Beaver, CRYPTO 1991): masks A and B of the factors, and
 * C_0 + C_1 = A * B; of the square of one, A and C = A * A.
 *
 * A_i and B_i come from a party's seed; C_i lies in its bundle. Where party 0 knows its share of a factor offline, that is its mask, as for a
 * linear step.
 * @module
 */
import { expandWords } from '../../core/prg.js';
import { type RingBits, wordsPerElement } from '../../core/ring.js';
import { asShare, type Share } from '../../core/secret.js';
import type { Seed } from '../../platform/random.js';
import { GARBLER, type Party, type ProductStep } from '../../steps/two.js';

export function isSquare(step: ProductStep): boolean {
  return step.sources.length === 1;
}

/** Words of a factor, and of the product. */
export function productWords(bits: RingBits, step: ProductStep): number {
  return step.elements * wordsPerElement(bits);
}

function freshMask(bits: RingBits, seed: Seed, step: ProductStep, factor: number): Share<Uint32Array> {
  return asShare(expandWords(productWords(bits, step), seed, 'product/mask', step.index, factor));
}

export function garblerProduct(bits: RingBits, seed: Seed, step: ProductStep): Share<Uint32Array> {
  return asShare(expandWords(productWords(bits, step), seed, 'product/product', step.index));
}

/**
 * A_i, and B_i where there are two factors, of the party whose seed it is.
 * @param shares party 0's of the factors, where they are known
 */
export function masksOf(
  bits: RingBits,
  party: Party,
  seed: Seed,
  step: ProductStep,
  shares: readonly (Share<Uint32Array> | undefined)[],
): Share<Uint32Array>[] {
  return step.sources.map((_, factor) =>
    party === GARBLER && step.sourcesKnown[factor] ? shares[factor]! : freshMask(bits, seed, step, factor),
  );
}
