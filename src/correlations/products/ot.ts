/**
 * The offline phase of the product of two secret tensors between the two parties alone: C_0 + C_1 = A * B, its cross terms A_i * B_j by
 * correlated oblivious transfer, in which the bits of A_i choose.
 *
 * A square has one cross term, 2 A_0 A_1: party 1's bits choose, and as it is doubled it matters mod 2^(m-1) alone.
 * @module
 */
import type { Share } from '../../core/secret.js';
import { multiply } from '../../kernels/multiply.js';
import { EVALUATOR, GARBLER, type ProductStep } from '../../steps/two.js';
import type { TransferContext } from '../context.js';
import { chooseFactor, serveFactor, takeFactor } from '../cross-terms.js';
import type { Exchange, Exchanged } from '../source.js';
import { isSquare, masksOf } from './pair.js';

function masks({ bits, party, bundle, known }: TransferContext, step: ProductStep): Share<Uint32Array>[] {
  return masksOf(
    bits,
    party,
    bundle.seed,
    step,
    step.sources.map((source) => known.get(source)),
  );
}

class ProductExchange implements Exchange {
  readonly #context: TransferContext;
  readonly #step: ProductStep;
  /** Whether this party's bits choose in a cross term, and whether it serves the other's. */
  readonly #chooses: boolean;
  readonly #serves: boolean;
  /** Where the transfers in which this party chooses stand in the streams. */
  #position = 0;
  /** Of the cross terms that are done. */
  readonly #shares: Uint32Array[] = [];

  constructor(context: TransferContext, step: ProductStep) {
    this.#context = context;
    this.#step = step;
    this.#chooses = context.party === EVALUATOR || !isSquare(step);
    this.#serves = context.party === GARBLER || !isSquare(step);
  }

  async choose(): Promise<void> {
    if (!this.#chooses) return;
    this.#position = await chooseFactor(this.#context, this.#step, masks(this.#context, this.#step)[0]!);
  }

  async serve(): Promise<void> {
    if (!this.#serves) return;
    await this.#add(await serveFactor(this.#context, this.#step, masks(this.#context, this.#step).at(-1)!));
  }

  async take(): Promise<void> {
    if (!this.#chooses) return;
    const [choices] = masks(this.#context, this.#step);
    await this.#add(await takeFactor(this.#context, this.#step, this.#position, choices!));
  }

  /** C_i = A_i * B_i + the cross shares into the bundle, once they are there. */
  async #add(share: Uint32Array): Promise<void> {
    if (this.#shares.push(share) < this.#step.sources.length) return;
    const { bits, kernels, bundle } = this.#context;
    const [a, b = a] = masks(this.#context, this.#step);
    const terms = isSquare(this.#step) ? [...this.#shares, ...this.#shares] : this.#shares;
    const sum = terms.reduce((total, term) => kernels.add(bits, total, term), multiply(kernels, bits, a!, b!));
    await bundle.put(this.#step.index, { words: [sum] });
  }
}

export const transferredProducts: Exchanged<ProductStep> = {
  open: (context, step) => new ProductExchange(context, step),
};
