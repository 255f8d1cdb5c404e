/** What the receiver of correlated transfers sends the sender of them: how much it is, by extension, and its way over a lane. @module */
import { correctionBytes } from '../ot/silent/corrections.js';
import { extensionBytes } from '../ot/sizes.js';
import { framedBytes } from '../transport/frame.js';
import type { Receiver, Sender } from './context.js';
import type { Costing } from './source.js';

/** SoftSpokenOT for each batch, or what Ferret made of a few of it. */
export const TRANSFERS = ['softspoken', 'silent'] as const;
export type TransferKind = (typeof TRANSFERS)[number];

/** How transfers are extended. */
export type Extending = Pick<Costing, 'k' | 'transfers'>;

/** Bytes of the message of n transfers; none where silent ones have random choices. */
export function choiceBytes({ k, transfers }: Extending, n: number, chosen: boolean): number {
  switch (transfers) {
    case 'softspoken':
      return extensionBytes(k, n, chosen);
    case 'silent':
      return chosen ? correctionBytes(n) : 0;
    default:
      return transfers satisfies never;
  }
}

/** The same on the channel: what is empty is not sent. */
export function framedChoices(extending: Extending, n: number, chosen: boolean): number {
  const bytes = choiceBytes(extending, n, chosen);
  return bytes === 0 ? 0 : framedBytes(bytes);
}

export async function sendChoices(lane: Sender, step: number, message: Uint8Array): Promise<void> {
  if (message.length > 0) await lane.send(step, message);
}

export async function receiveChoices(
  lane: Receiver,
  step: number,
  extending: Extending,
  n: number,
  chosen: boolean,
): Promise<Uint8Array> {
  const bytes = choiceBytes(extending, n, chosen);
  return bytes === 0 ? new Uint8Array() : lane.receive(step, bytes);
}
