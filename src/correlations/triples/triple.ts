/**
 * A triple for a linear step (Beaver, CRYPTO 1991; SecureML, S&P 2017), made for the bilinear map itself: a mask A = A_0 + A_1 of its
 * input, and a sharing D_0 + D_1 = A o W.
 *
 * A_i comes from a party's seed; D_i lies in its bundle. Where party 0 knows its share of the input offline, A_0 is that share and the
 * opening E_0 = 0 is not sent. Party 0's mask need not be fresh: party 1 sees nothing of it but E_0.
 * @module
 */
import { inputSize, outputSize } from '../../core/linear-map.js';
import { expandWords } from '../../core/prg.js';
import { type RingBits, wordsPerElement } from '../../core/ring.js';
import { asShare, type Share } from '../../core/secret.js';
import type { Seed } from '../../platform/random.js';
import { GARBLER, type LinearStep } from '../../steps/two.js';
import type { KnownShares, PrepareContext } from '../context.js';

export function inputWords(bits: RingBits, batch: number, step: LinearStep): number {
  return batch * inputSize(step.node.map) * wordsPerElement(bits);
}

export function outputWords(bits: RingBits, batch: number, step: LinearStep): number {
  return batch * outputSize(step.node.map) * wordsPerElement(bits);
}

export function freshMask(seed: Seed, words: number, step: LinearStep): Share<Uint32Array> {
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
export function garblerMask(seed: Seed, words: number, step: LinearStep, known: KnownShares): Share<Uint32Array> {
  return step.sourceKnown ? known.get(step.source)! : freshMask(seed, words, step);
}

export function garblerProduct(seed: Seed, words: number, step: LinearStep): Share<Uint32Array> {
  return asShare(expandWords(words, seed, 'linear/product', step.index));
}
