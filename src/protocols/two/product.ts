/**
 * The product of two secret tensors, element by element, by a Beaver triple (Beaver, CRYPTO 1991); the square of one by a pair.
 * E = X - A and F = Y - B are opened, then
 *
 *     Z_i = E * y_i + A_i * F + C_i          of a square, with C = A * A:   Z_i = E * (x_i + A_i) + C_i
 *
 * Where party 0 knows its share of a factor offline, that is its mask, and its part of the opening, 0, is not sent: as for a linear step.
 * @module
 */
import { bytesOf } from '../../core/ring.js';
import { asShare, type Share } from '../../core/secret.js';
import { masksOf } from '../../correlations/products/pair.js';
import { multiply } from '../../kernels/multiply.js';
import { EVALUATOR, GARBLER, opens, type ProductStep } from '../../steps/two.js';
import type { Running } from '../protocol.js';
import type { RunContext } from './context.js';

/** Online: the share of the product from the shares of its factors. */
async function runProduct(
  context: RunContext,
  step: ProductStep,
  factors: readonly Share<Uint32Array>[],
): Promise<Share<Uint32Array>> {
  const { bits, kernels, bundle, party, peer } = context;
  // taken before anything that depends on it leaves
  const [product] = bundle.take(step.index).words;
  const masks = masksOf(bits, party, bundle.seed, step, factors);
  const own = factors.map((factor, i) => kernels.sub(bits, factor, masks[i]!));
  // all is sent before anything is received: one round
  for (const [i, opening] of own.entries()) if (opens(party, step, i)) await peer.send(step.index, bytesOf(opening));
  const openings: Uint32Array[] = [];
  for (const [i, opening] of own.entries()) {
    const others = opens(party === GARBLER ? EVALUATOR : GARBLER, step, i);
    openings.push(others ? kernels.add(bits, opening, await peer.receiveWords(step.index, opening.length)) : opening);
  }
  const [x, y] = factors;
  const [e, f] = openings;
  const [a] = masks;
  const terms =
    y === undefined
      ? multiply(kernels, bits, e!, kernels.add(bits, x!, a!))
      : kernels.add(bits, multiply(kernels, bits, e!, y), multiply(kernels, bits, a!, f!));
  return asShare(kernels.add(bits, terms, product!));
}

export const product: Running<ProductStep, RunContext, Uint32Array> = {
  run: runProduct,
};
