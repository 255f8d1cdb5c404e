/**
 * The offline phase of the product of two secret tensors between the two parties alone: C_0 + C_1 = A * B, its cross terms A_i * B_j by
 * correlated oblivious transfer, in which the bits of A_i choose.
 *
 * A square has one cross term, 2 A_0 A_1: party 1's bits choose, and as it is doubled it matters mod 2^(m-1) alone.
 * @module
 */
import type { Share } from '../core/secret.js';
import { multiply } from '../kernels/multiply.js';
import type { TransferContext } from './context.js';
import { masksOf } from './product.js';
import { chooseFactor, crossTermBytes, serveFactor, takeFactor } from './products.js';
import { EVALUATOR, GARBLER, noTraffic, type Party, type ProductStep, type Traffic } from './step.js';

function isSquare(step: ProductStep): boolean {
  return step.sources.length === 1;
}

/** Whether a party's bits choose in a cross term of the step. */
export function choosesIn(step: ProductStep, party: Party): boolean {
  return party === EVALUATOR || !isSquare(step);
}

/** Whether a party serves the other's choices. */
export function servesIn(step: ProductStep, party: Party): boolean {
  return party === GARBLER || !isSquare(step);
}

export function productOtCost(bits: TransferContext['bits'], batch: number, k: number, step: ProductStep): Traffic {
  const { corrections, segments } = crossTermBytes(bits, batch, k, step);
  if (isSquare(step)) return { ...noTraffic(), '1->0': corrections, '0->1': segments };
  return { ...noTraffic(), '0->1': corrections + segments, '1->0': corrections + segments };
}

function masks({ bits, party, bundle, known }: TransferContext, step: ProductStep): Share<Uint32Array>[] {
  return masksOf(
    bits,
    party,
    bundle.seed,
    step,
    step.sources.map((source) => known.get(source)),
  );
}

/** As receiver: sends the choices, returns where the transfers stand in the streams. */
export function chooseProduct(context: TransferContext, step: ProductStep): Promise<number> {
  return chooseFactor(context, step, masks(context, step)[0]!);
}

/** As sender: this party's share of the cross term in which the other's bits choose. */
export function serveProduct(context: TransferContext, step: ProductStep): Promise<Uint32Array> {
  return serveFactor(context, step, masks(context, step).at(-1)!);
}

/** As receiver: this party's share of the cross term in which its own bits choose, by the transfers at `position`. */
export function takeProduct(context: TransferContext, step: ProductStep, position: number): Promise<Uint32Array> {
  return takeFactor(context, step, position, masks(context, step)[0]!);
}

/** C_i = A_i * B_i + the cross shares into the bundle. */
export function finishProduct(context: TransferContext, step: ProductStep, cross: readonly Uint32Array[]): void {
  const { bits, kernels, bundle } = context;
  const [a, b = a] = masks(context, step);
  const terms = isSquare(step) ? [...cross, ...cross] : cross;
  const share = terms.reduce((sum, term) => kernels.add(bits, sum, term), multiply(kernels, bits, a!, b!));
  bundle.put(step.index, { words: [share] });
}
