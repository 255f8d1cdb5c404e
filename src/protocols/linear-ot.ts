/**
 * The offline phase of a linear step between the two parties alone: D_0 + D_1 = A o W = sum A_i o W_j, its cross terms by correlated
 * oblivious transfer. In each of them one side's operand chooses, by bits; which one follows from the shapes, as do all lengths.
 *
 * Cost a direction: MACs * m (m + 1) / 2 bits for the products, those of one significance of all that an element meets rounded up to bytes, and 128/k bits
 * for each of (elements of the choosing operand) * m transfers.
 * @module
 */
import type { TransferContext } from './context.js';
import { maskOf } from './linear.js';
import { chooseFactor, chooserOf, crossTermBytes, serveFactor, takeFactor } from './products.js';
import { type LinearStep, noTraffic, type Traffic } from './step.js';

/** Each party is the receiver in one cross term and the sender in the other, so both directions cost the same. */
export function linearOtCost(bits: TransferContext['bits'], batch: number, k: number, step: LinearStep): Traffic {
  const { corrections, segments } = crossTermBytes(bits, batch, k, step);
  return { ...noTraffic(), '0->1': corrections + segments, '1->0': corrections + segments };
}

/** A party's operands: the one whose bits choose, and the one that the other party's bits meet. */
function operandsOf(context: TransferContext, step: LinearStep): { choices: Uint32Array; met: Uint32Array } {
  const mask = maskOf(context, step);
  const { weights } = context.model.layers.get(step.index)!;
  return chooserOf(step) === 'weights' ? { choices: weights, met: mask } : { choices: mask, met: weights };
}

/** As receiver: sends the choices, returns where the transfers stand in the streams. */
export function chooseLinear(context: TransferContext, step: LinearStep): Promise<number> {
  return chooseFactor(context, step, operandsOf(context, step).choices);
}

/** As sender: this party's share of the cross term in which the other's bits choose. */
export function serveLinear(context: TransferContext, step: LinearStep): Promise<Uint32Array> {
  return serveFactor(context, step, operandsOf(context, step).met);
}

/** As receiver: this party's share of the cross term in which its own bits choose, by the transfers at `position`. */
export function takeLinear(context: TransferContext, step: LinearStep, position: number): Promise<Uint32Array> {
  return takeFactor(context, step, position, operandsOf(context, step).choices);
}

/** D_i = A_i o W_i + both cross shares into the bundle. */
export function finishLinear(context: TransferContext, step: LinearStep, cross: readonly Uint32Array[]): void {
  const { bits, batch, kernels, bundle, model } = context;
  const { weights } = model.layers.get(step.index)!;
  const own = kernels.conv2d(bits, step.node.map, batch, maskOf(context, step), weights);
  bundle.put(step.index, { words: [cross.reduce((sum, share) => kernels.add(bits, sum, share), own)] });
}
