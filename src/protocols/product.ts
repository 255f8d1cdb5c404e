/**
 * The product of two secret tensors, element by element, by a Beaver triple (Beaver, CRYPTO 1991); the square of one by a pair.
 *
 * Offline: masks A = A_0 + A_1 and B = B_0 + B_1, and C_0 + C_1 = A * B. Online: open E = X - A and F = Y - B, then
 *
 *     Z_i = E * y_i + A_i * F + C_i          of a square, with C = A * A:   Z_i = E * (x_i + A_i) + C_i
 *
 * Where party 0 knows its share of a factor offline, that is its mask, and its part of the opening, 0, is not sent: as for a linear step.
 * @module
 */
import { expandWords } from '../core/prg.js';
import { bytesOf, type RingBits, wordsPerElement } from '../core/ring.js';
import { asShare, type Share } from '../core/secret.js';
import { multiply } from '../kernels/multiply.js';
import type { Seed } from '../platform/random.js';
import { framedBytes } from '../transport/frame.js';
import type { DealContext, PrepareContext, RunContext } from './context.js';
import { EVALUATOR, GARBLER, noTraffic, type Party, type ProductStep, type StepCost } from './step.js';

/** Words of a factor, and of the product. */
function wordsOf(bits: RingBits, step: ProductStep): number {
  return step.elements * wordsPerElement(bits);
}

function freshMask(bits: RingBits, seed: Seed, step: ProductStep, factor: number): Share<Uint32Array> {
  return asShare(expandWords(wordsOf(bits, step), seed, 'product/mask', step.index, factor));
}

function garblerProduct(bits: RingBits, seed: Seed, step: ProductStep): Share<Uint32Array> {
  return asShare(expandWords(wordsOf(bits, step), seed, 'product/product', step.index));
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

/** Whether a party has anything to tell of a factor: party 0's mask may be its share. */
function opens(party: Party, step: ProductStep, factor: number): boolean {
  return party === EVALUATOR || !step.sourcesKnown[factor];
}

/** Offline the correction C_1 to party 1; online the openings of the factors. */
export function productCost(bits: RingBits, step: ProductStep): StepCost {
  const bytes = framedBytes(wordsOf(bits, step) * 4);
  const openings = (party: Party): number => step.sources.filter((_, factor) => opens(party, step, factor)).length;
  const down = openings(GARBLER);
  const up = { '1->0': openings(EVALUATOR) * bytes };
  return {
    offline: { ...noTraffic(), 'dealer->1': bytes },
    online: [down === 0 ? up : { ...up, '0->1': down * bytes }],
  };
}

/** The dealer: C_1 = A * B - C_0 to party 1. */
export async function dealProduct(context: DealContext, step: ProductStep): Promise<void> {
  const { bits, kernels, seeds } = context;
  const known = step.sources.map((source) => context.known.get(source));
  const garbler = masksOf(bits, GARBLER, seeds[GARBLER], step, known);
  const evaluator = masksOf(bits, EVALUATOR, seeds[EVALUATOR], step, known);
  const [a, b = a] = garbler.map((mask, factor) => kernels.add(bits, mask, evaluator[factor]!));
  const product = multiply(kernels, bits, a!, b!);
  const correction = kernels.sub(bits, product, garblerProduct(bits, seeds[GARBLER], step));
  await context.toEvaluator.send(step.index, bytesOf(correction));
}

/** A party: C_i into the bundle. */
export async function prepareProduct(context: PrepareContext, step: ProductStep): Promise<void> {
  const { bits, bundle, party, fromDealer } = context;
  const product =
    party === GARBLER
      ? garblerProduct(bits, bundle.seed, step)
      : await fromDealer.receiveWords(step.index, wordsOf(bits, step));
  bundle.put(step.index, { words: [product] });
}

/** Online: the share of the product from the shares of its factors. */
export async function runProduct(
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
