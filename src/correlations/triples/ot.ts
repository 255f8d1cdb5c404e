/**
 * The offline phase of a linear step between the two parties alone: D_0 + D_1 = A o W = sum A_i o W_j, its cross terms by correlated
 * oblivious transfer. In each of them one side's operand chooses, by bits; which one follows from the shapes, as do all lengths.
 *
 * Cost a direction: MACs * m (m + 1) / 2 bits for the products, those of one significance of all that an element meets rounded up to bytes, and 128/k bits
 * for each of (elements of the choosing operand) * m transfers.
 * @module
 */

import type { LinearStep } from '../../steps/two.js';
import type { TransferContext } from '../context.js';
import { chooserOf } from '../cross-term-sizes.js';
import { chooseFactor, serveFactor, takeFactor } from '../cross-terms.js';
import type { Exchange, Exchanged } from '../source.js';
import { maskOf } from './triple.js';

/** A party's operands: the one whose bits choose, and the one that the other party's bits meet. */
function operandsOf(context: TransferContext, step: LinearStep): { choices: Uint32Array; met: Uint32Array } {
  const mask = maskOf(context, step);
  const { weights } = context.model.layers.get(step.index)!;
  return chooserOf(step) === 'weights' ? { choices: weights, met: mask } : { choices: mask, met: weights };
}

class TripleExchange implements Exchange {
  readonly #context: TransferContext;
  readonly #step: LinearStep;
  /** Where the transfers in which this party chooses stand in the streams. */
  #position = 0;
  /** Of the cross terms that are done. */
  readonly #shares: Uint32Array[] = [];

  constructor(context: TransferContext, step: LinearStep) {
    this.#context = context;
    this.#step = step;
  }

  async choose(): Promise<void> {
    this.#position = await chooseFactor(this.#context, this.#step, operandsOf(this.#context, this.#step).choices);
  }

  async serve(): Promise<void> {
    await this.#add(await serveFactor(this.#context, this.#step, operandsOf(this.#context, this.#step).met));
  }

  async take(): Promise<void> {
    const { choices } = operandsOf(this.#context, this.#step);
    await this.#add(await takeFactor(this.#context, this.#step, this.#position, choices));
  }

  /** D_i = A_i o W_i + both cross shares into the bundle, once both are there. */
  async #add(share: Uint32Array): Promise<void> {
    if (this.#shares.push(share) < 2) return;
    const { bits, batch, kernels, bundle, model } = this.#context;
    const { node, index } = this.#step;
    const { weights } = model.layers.get(index)!;
    const own = kernels.conv2d(bits, node.map, batch, maskOf(this.#context, this.#step), weights);
    await bundle.put(index, { words: [this.#shares.reduce((sum, cross) => kernels.add(bits, sum, cross), own)] });
  }
}

export const transferredTriples: Exchanged<LinearStep> = {
  open: (context, step) => new TripleExchange(context, step),
};
