/** The way of the choices of correlated transfers, from their receiver to their sender: what is empty is not sent. @module */
import type { Extending } from '../ot/kinds.js';
import { choiceBytes } from './choice-sizes.js';
import type { Receiver, Sender } from './context.js';

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
