/**
 * A linear step with secret weights: E = X - A is opened, then Y_i = E o W_i + D_i + b_i (Beaver, CRYPTO 1991; SecureML, S&P 2017).
 * @module
 */
import { asShare, type Share } from '../../core/secret.js';
import { convolve } from '../../correlations/convolve.js';
import { freshMask } from '../../correlations/triples/triple.js';
import { EVALUATOR, type LinearStep, otherOf, type Party } from '../../steps/two.js';
import type { Running } from '../protocol.js';
import type { RunContext } from './context.js';
import { open } from './open.js';

/** Online: the share of X o W + b from the share of X. */
async function runLinear(context: RunContext, step: LinearStep, x: Share<Uint32Array>): Promise<Share<Uint32Array>> {
  const { bits, batch, kernels, bundle, party, peer } = context;
  // taken before anything that depends on it leaves
  const share = await bundle.take(step.index).words.next();
  // where party 0 knows its share of X offline, that is its mask, and its share of E is zero
  const sends = (who: Party): boolean => who === EVALUATOR || !step.sourceKnown;
  const own = sends(party) ? kernels.sub(bits, x, freshMask(bundle.seed, x.length, step)) : undefined;
  const opening = { step: step.index, words: x.length, own, othersSent: sends(otherOf(party)) };
  const [e] = await open(context, peer, [opening]);
  const { weights, bias } = context.model.layers.get(step.index)!;
  const product = kernels.add(bits, await convolve(context, step.node.map, batch, e!, weights), share);
  return asShare(step.node.hasBias ? kernels.addBias(bits, product, bias) : product);
}

export const linear: Running<LinearStep, RunContext, Uint32Array> = {
  run: (context, step, [x]) => runLinear(context, step, x!),
};
