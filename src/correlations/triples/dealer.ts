/**
 * Triples from a dealer, who knows B and not W: C_0 + C_1 = A o B, of which party 1 gets a correction. With F = W - B, opened once for the model,
 * D_i = A_i o F + C_i is a sharing of A o W.
 * @module
 */
import { bytesOf } from '../../core/ring.js';
import { EVALUATOR, GARBLER, type LinearStep } from '../../steps/two.js';
import type { DealContext, PrepareContext } from '../context.js';
import type { Dealt } from '../source.js';
import { freshMask, garblerMask, garblerProduct, inputWords, maskOf, outputWords } from './triple.js';

/** The dealer: C_1 = A o B - C_0 to party 1. */
async function deal(context: DealContext, step: LinearStep): Promise<void> {
  const { bits, batch, kernels, seeds } = context;
  const words = inputWords(bits, batch, step);
  const mask = kernels.add(
    bits,
    garblerMask(seeds[GARBLER], words, step, context.known),
    freshMask(seeds[EVALUATOR], words, step),
  );
  const product = kernels.conv2d(bits, step.node.map, batch, mask, context.factors.get(step.index)!);
  const correction = kernels.sub(bits, product, garblerProduct(seeds[GARBLER], product.length, step));
  await context.toEvaluator.send(step.index, bytesOf(correction));
}

/** A party: D_i = A_i o F + C_i into the bundle. */
async function prepare(context: PrepareContext, step: LinearStep): Promise<void> {
  const { bits, batch, kernels, bundle, party } = context;
  const products = outputWords(bits, batch, step);
  const product =
    party === GARBLER
      ? garblerProduct(bundle.seed, products, step)
      : await context.fromDealer.receiveWords(step.index, products);
  const { opened } = context.model.layers.get(step.index)!;
  const share = kernels.add(bits, kernels.conv2d(bits, step.node.map, batch, maskOf(context, step), opened!), product);
  await bundle.put(step.index, { words: [share] });
}

export const dealtTriples: Dealt<LinearStep> = { deal, prepare };
