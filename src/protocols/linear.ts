/**
 * A linear step with secret weights by a Beaver triple for the bilinear map itself (Beaver, CRYPTO 1991; SecureML, S&P 2017).
 *
 * Offline: masks A = A_0 + A_1, and C_0 + C_1 = A o B. With F = W - B opened once for the model, D_i = A_i o F + C_i is a
 * sharing of A o W. Online: open E = X - A, then Y_i = E o W_i + D_i + b_i. Where party 0 knows its share of X offline,
 * A_0 is that share and E_0 = 0 is not sent. Party 0's mask need not be fresh: party 1 sees nothing of it but E_0.
 * @module
 */
import { inputSize, outputSize } from '../core/linear-map.js';
import { expandWords } from '../core/prg.js';
import { bytesOf, type RingBits, wordsPerElement } from '../core/ring.js';
import { asShare, type Share } from '../core/secret.js';
import type { Seed } from '../platform/random.js';
import { framedBytes } from '../transport/frame.js';
import type { DealContext, KnownShares, PrepareContext, RunContext } from './context.js';
import { EVALUATOR, GARBLER, type LinearStep, noTraffic, type StepCost } from './step.js';

export function inputWords(bits: RingBits, batch: number, step: LinearStep): number {
  return batch * inputSize(step.node.map) * wordsPerElement(bits);
}

export function outputWords(bits: RingBits, batch: number, step: LinearStep): number {
  return batch * outputSize(step.node.map) * wordsPerElement(bits);
}

function freshMask(seed: Seed, words: number, step: LinearStep): Share<Uint32Array> {
  return asShare(expandWords(words, seed, 'linear/mask', step.index));
}

/** A_i of a party. */
export function maskOf(
  { bits, batch, party, bundle, known }: Pick<PrepareContext, 'bits' | 'batch' | 'party' | 'bundle' | 'known'>,
  step: LinearStep,
): Share<Uint32Array> {
  const words = inputWords(bits, batch, step);
  return party === GARBLER ? garblerMask(bundle.seed, words, step, known) : freshMask(bundle.seed, words, step);
}

/** A_0: party 0's share of the input where it is known, else fresh. */
function garblerMask(seed: Seed, words: number, step: LinearStep, known: KnownShares): Share<Uint32Array> {
  return step.sourceKnown ? known.get(step.source)! : freshMask(seed, words, step);
}

function garblerProduct(seed: Seed, words: number, step: LinearStep): Share<Uint32Array> {
  return asShare(expandWords(words, seed, 'linear/product', step.index));
}

/** Offline the correction C_1 to party 1; online the openings E. */
export function linearCost(bits: RingBits, batch: number, step: LinearStep): StepCost {
  const opening = framedBytes(inputWords(bits, batch, step) * 4);
  return {
    offline: { ...noTraffic(), 'dealer->1': framedBytes(outputWords(bits, batch, step) * 4) },
    online: [step.sourceKnown ? { '1->0': opening } : { '0->1': opening, '1->0': opening }],
  };
}

/** The dealer: C_1 = A o B - C_0 to party 1. */
export async function dealLinear(context: DealContext, step: LinearStep): Promise<void> {
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
export async function prepareLinear(context: PrepareContext, step: LinearStep): Promise<void> {
  const { bits, batch, kernels, bundle, party } = context;
  const products = outputWords(bits, batch, step);
  const product =
    party === GARBLER
      ? garblerProduct(bundle.seed, products, step)
      : await context.fromDealer.receiveWords(step.index, products);
  const { opened } = context.model.layers.get(step.index)!;
  const share = kernels.add(bits, kernels.conv2d(bits, step.node.map, batch, maskOf(context, step), opened!), product);
  bundle.put(step.index, { words: [share] });
}

/** Online: the share of X o W + b from the share of X. */
export async function runLinear(
  context: RunContext,
  step: LinearStep,
  x: Share<Uint32Array>,
): Promise<Share<Uint32Array>> {
  const { bits, batch, kernels, bundle, party, peer } = context;
  // taken before anything that depends on it leaves
  const [share] = bundle.take(step.index).words;
  const ownOpening = (): Uint32Array => kernels.sub(bits, x, freshMask(bundle.seed, x.length, step));
  let opening: Uint32Array;
  if (party === EVALUATOR) {
    opening = ownOpening();
    await peer.send(step.index, bytesOf(opening));
    if (!step.sourceKnown) opening = kernels.add(bits, opening, await peer.receiveWords(step.index, x.length));
  } else if (step.sourceKnown) {
    opening = await peer.receiveWords(step.index, x.length);
  } else {
    const own = ownOpening();
    await peer.send(step.index, bytesOf(own));
    opening = kernels.add(bits, own, await peer.receiveWords(step.index, x.length));
  }
  const { weights, bias } = context.model.layers.get(step.index)!;
  const product = kernels.add(bits, kernels.conv2d(bits, step.node.map, batch, opening, weights), share!);
  return asShare(step.node.hasBias ? kernels.addBias(bits, product, bias) : product);
}
