/** Triples for products from a dealer: C_1 = A * B - C_0 to party 1, all else from seeds. @module */
import { bytesOf } from '../../core/ring.js';
import { multiply } from '../../kernels/multiply.js';
import { EVALUATOR, GARBLER, type ProductStep } from '../../steps/two.js';
import type { DealContext, PrepareContext } from '../context.js';
import type { Dealt } from '../source.js';
import { garblerProduct, masksOf, productWords } from './pair.js';

/** The dealer: C_1 = A * B - C_0 to party 1. */
async function deal(context: DealContext, step: ProductStep): Promise<void> {
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
async function prepare(context: PrepareContext, step: ProductStep): Promise<void> {
  const { bits, bundle, party, fromDealer } = context;
  const product =
    party === GARBLER
      ? garblerProduct(bits, bundle.seed, step)
      : await fromDealer.receiveWords(step.index, productWords(bits, step));
  await bundle.put(step.index, { words: [product] });
}

export const dealtProducts: Dealt<ProductStep> = { deal, prepare };
