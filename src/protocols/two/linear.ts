/**
 * A linear step with secret weights: E = X - A is opened, then Y_i = E o W_i + D_i + b_i (Beaver, CRYPTO 1991; SecureML, S&P 2017).
 * @module
 */
import { bytesOf } from '../../core/ring.js';
import { asShare, type Share } from '../../core/secret.js';
import { freshMask } from '../../correlations/triples/triple.js';
import { EVALUATOR, type LinearStep } from '../../steps/two.js';
import type { Running } from '../protocol.js';
import type { RunContext } from './context.js';

/** Online: the share of X o W + b from the share of X. */
async function runLinear(context: RunContext, step: LinearStep, x: Share<Uint32Array>): Promise<Share<Uint32Array>> {
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

export const linear: Running<LinearStep, RunContext, Uint32Array> = {
  run: (context, step, [x]) => runLinear(context, step, x!),
};
