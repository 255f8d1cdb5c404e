/**
 * Where values that two parties share are opened: E = X - A and F = Y - B of linear steps and products, F = W - B of a model, and, for the
 * client, the output. Every opening of the scheme is a call of this file, so that a check of what was opened (MACs) has one place.
 * @module
 */
import { addElements } from '../../core/elementwise.js';
import { bytesOf, type RingBits } from '../../core/ring.js';
import type { Arithmetic, Receiver, Sender } from '../../correlations/context.js';

/** A value to open, masked: what travels tells nothing but the value. */
export interface Opening {
  readonly step: number;
  readonly words: number;
  /** This party's share; none where it is zero, as both know, and is not sent. */
  readonly own: Uint32Array | undefined;
  /** Whether the other's share is sent; it is zero where not. */
  readonly othersSent: boolean;
}

/** Both parties learn the values. All is sent before anything is received: one round. */
export async function open(
  arithmetic: Arithmetic,
  peer: Sender & Receiver,
  openings: readonly Opening[],
): Promise<Uint32Array[]> {
  await sendOpenings(peer, openings);
  const values: Uint32Array[] = [];
  for (const opening of openings) values.push(await receiveOpening(arithmetic, peer, opening));
  return values;
}

/** The first half of `open`, for what goes in between. */
export async function sendOpenings(peer: Sender, openings: readonly Opening[]): Promise<void> {
  for (const { step, own } of openings) if (own) await peer.send(step, bytesOf(own));
}

/** The second half of `open`, of one value. */
export async function receiveOpening(
  { bits, kernels }: Arithmetic,
  peer: Receiver,
  { step, words, own, othersSent }: Opening,
): Promise<Uint32Array> {
  if (!othersSent) return own!;
  const other = await peer.receiveWords(step, words);
  return own ? kernels.add(bits, own, other) : other;
}

/** The client learns the output: from each party its share, plus or minus a sharing of zero. */
export function openOutput(bits: RingBits, shares: readonly Uint32Array[]): Uint32Array {
  return shares.reduce((sum, share) => addElements(bits, sum, share));
}
