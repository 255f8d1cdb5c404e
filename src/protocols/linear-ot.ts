/**
 * The offline phase of a linear step between the two parties alone: D_0 + D_1 = A o W = sum A_i o W_j, its cross terms by correlated
 * oblivious transfer. In each of them one side's operand chooses, by bits; which one follows from the shapes, as do all lengths.
 *
 * Cost a direction: MACs * m (m + 1) / 2 bits for the products, those of one significance of all that an element meets rounded up to bytes, and 128/k bits
 * for each of (elements of the choosing operand) * m transfers.
 * @module
 */
import { LABEL_BYTES } from '../gc/schedule.js';
import { extensionBytes } from '../ot/extension.js';
import { fansOf } from '../ot/fans.js';
import { choiceBits, gilboaHashes, gilboaSegments } from '../ot/gilboa.js';
import { framedBytes } from '../transport/frame.js';
import type { TransferContext } from './context.js';
import { maskOf } from './linear.js';
import { chooserOf, receiveProduct, sendProduct, shapeOf } from './products.js';
import { type LinearStep, noTraffic, type Traffic } from './step.js';

/** Transfers of a cross term: one for each bit that counts of each element that chooses. */
export function linearTransfers(batch: number, step: LinearStep): number {
  return fansOf(step.node.map, batch, chooserOf(step)).count * step.width;
}

/** Each party is the receiver in one cross term and the sender in the other, so both directions cost the same. */
export function linearOtCost(bits: TransferContext['bits'], batch: number, k: number, step: LinearStep): Traffic {
  const { fans, m } = shapeOf(bits, batch, step);
  const products = gilboaSegments(fans, m).reduce((sum, bytes) => sum + framedBytes(bytes), 0);
  const each = products + framedBytes(extensionBytes(k, linearTransfers(batch, step), true));
  return { ...noTraffic(), '0->1': each, '1->0': each };
}

/** Hashes under one Delta: each party's sender takes as many. */
export function linearOtHashes(bits: TransferContext['bits'], batch: number, step: LinearStep): number {
  const { fans, m } = shapeOf(bits, batch, step);
  return gilboaHashes(fans, m);
}

/** A party's operands: the one whose bits choose, and the one that the other party's bits meet. */
function operandsOf(context: TransferContext, step: LinearStep): { choices: Uint32Array; met: Uint32Array } {
  const mask = maskOf(context, step);
  const { weights } = context.model.layers.get(step.index)!;
  return chooserOf(step) === 'weights' ? { choices: weights, met: mask } : { choices: mask, met: weights };
}

/** As receiver: sends the choices, returns where the transfers stand in the streams. */
export async function chooseLinear(context: TransferContext, step: LinearStep): Promise<number> {
  const { bits, batch, receiver, asReceiver } = context;
  const { position } = receiver.state;
  const choices = choiceBits(bits, step.width, operandsOf(context, step).choices);
  await asReceiver.send(step.index, await receiver.extend(linearTransfers(batch, step), undefined, choices, true));
  return position;
}

/** As sender: this party's share of the cross term in which the other's bits choose. */
export async function serveLinear(context: TransferContext, step: LinearStep): Promise<Uint32Array> {
  const { sender, asSender } = context;
  const count = linearTransfers(context.batch, step);
  const labels = new Uint8Array(count * LABEL_BYTES);
  await sender.extend(count, labels, await asSender.receive(step.index, extensionBytes(context.k, count, true)), true);
  return sendProduct(context, step, labels, operandsOf(context, step).met);
}

/** As receiver: this party's share of the cross term in which its own bits choose, by the transfers at `position`. */
export async function takeLinear(context: TransferContext, step: LinearStep, position: number): Promise<Uint32Array> {
  const { choices } = operandsOf(context, step);
  const count = linearTransfers(context.batch, step);
  // made once more rather than held since they were chosen: little work beside that of the products that they carry
  const labels = new Uint8Array(count * LABEL_BYTES);
  await context.receiver.again(position, count, labels, choiceBits(context.bits, step.width, choices));
  return receiveProduct(context, step, labels, choices);
}

/** D_i = A_i o W_i + both cross shares into the bundle. */
export function finishLinear(context: TransferContext, step: LinearStep, cross: readonly Uint32Array[]): void {
  const { bits, batch, kernels, bundle, model } = context;
  const { weights } = model.layers.get(step.index)!;
  const own = kernels.conv2d(bits, step.node.map, batch, maskOf(context, step), weights);
  bundle.put(step.index, { words: [cross.reduce((sum, share) => kernels.add(bits, sum, share), own)] });
}
