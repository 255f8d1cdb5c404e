/** How much the receiver of correlated transfers sends the sender of them, by extension. @module */
import type { Extending } from '../ot/kinds.js';
import { correctionBytes } from '../ot/silent/corrections.js';
import { extensionBytes } from '../ot/sizes.js';
import { framedBytes } from '../transport/frame.js';

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
