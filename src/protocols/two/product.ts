/**
 * The product of two secret tensors, element by element, by a Beaver triple (Beaver, CRYPTO 1991); the square of one by a pair.
 * E = X - A and F = Y - B are opened, then
 *
 *     Z_i = E * y_i + A_i * F + C_i          of a square, with C = A * A:   Z_i = E * (x_i + A_i) + C_i
 *
 * Where party 0 knows its share of a factor offline, that is its mask, and its part of the opening, 0, is not sent: as for a linear step.
 * @module
 */
import { asShare, type Share } from '../../core/secret.js';
import { masksOf } from '../../correlations/products/pair.js';
import { multiply } from '../../kernels/multiply.js';
import { opens, otherOf, type ProductStep } from '../../steps/two.js';
import type { Running } from '../protocol.js';
import type { RunContext } from './context.js';
import { open } from './open.js';

/** Online: the share of the product from the shares of its factors. */
async function runProduct(
  context: RunContext,
  step: ProductStep,
  factors: readonly Share<Uint32Array>[],
): Promise<Share<Uint32Array>> {
  const { bits, kernels, bundle, party, peer } = context;
  // taken before anything that depends on it leaves
  const product = await bundle.take(step.index).words.next();
  const masks = masksOf(bits, party, bundle.seed, step, factors);
  const openings = factors.map((factor, i) => ({
    step: step.index,
    words: factor.length,
    own: opens(party, step, i) ? kernels.sub(bits, factor, masks[i]!) : undefined,
    othersSent: opens(otherOf(party), step, i),
  }));
  const [x, y] = factors;
  const [e, f] = await open(context, peer, openings);
  const [a] = masks;
  const terms =
    y === undefined
      ? multiply(kernels, bits, e!, kernels.add(bits, x!, a!))
      : kernels.add(bits, multiply(kernels, bits, e!, y), multiply(kernels, bits, a!, f!));
  return asShare(kernels.add(bits, terms, product));
}

export const product: Running<ProductStep, RunContext, Uint32Array> = {
  run: runProduct,
};
