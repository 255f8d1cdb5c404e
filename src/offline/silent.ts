/** Silent transfers in a session: the extension makes the first base, and each bundle begins with the messages of its iterations. @module */
import { turn } from '#platform';
import type { Receiver, Sender } from '../correlations/context.js';
import type { KernelModule } from '../kernels/module.js';
import type { Pool } from '../kernels/pool.js';
import type { CotReceiver, CotSender } from '../ot/extension.js';
import type { SilentJobs } from '../ot/silent/jobs.js';
import { baseTransfers, iterationBytes, type SilentShape } from '../ot/silent/parameters.js';
import { SilentReceiver } from '../ot/silent/receiver.js';
import { SilentSender } from '../ot/silent/sender.js';
import { extensionBytes, LABEL_BYTES } from '../ot/sizes.js';
import type { SilentShapes } from '../plan/silent.js';
import type { Party } from '../steps/two.js';

/** What this party sends and receives by silent transfers; undefined in a direction that the plan does not use. */
export interface Silent {
  readonly sender: SilentSender | undefined;
  readonly receiver: SilentReceiver | undefined;
}

interface Directions {
  readonly module: KernelModule;
  readonly pool: Pool<SilentJobs> | undefined;
  readonly party: Party;
  readonly shapes: SilentShapes;
  /** Names base transfers and codes, by the party that is the sender. */
  readonly name: (sender: number) => string;
}

/** The receiver's side of the first base, and its message. */
export function beginReceiver(
  { module, pool, party, shapes, name }: Directions,
  receiver: CotReceiver,
): { receiver: SilentReceiver; message: Uint8Array } | undefined {
  const shape = shapes[1 - party];
  if (!shape) return undefined;
  const n = baseTransfers(shape);
  const labels = new Uint8Array(n * LABEL_BYTES);
  const choices = new Uint8Array(Math.ceil(n / 8));
  const message = receiver.extend(n, labels, choices, false);
  return { receiver: new SilentReceiver(module, shape, name(1 - party), labels, choices, pool), message };
}

/** Bytes of what the sender waits for. */
export function firstBaseBytes(k: number, shape: SilentShape): number {
  return extensionBytes(k, baseTransfers(shape), false);
}

/** The sender's side, once the other's message is there. */
export function beginSender(
  { module, pool, party, name }: Directions,
  shape: SilentShape,
  sender: CotSender,
  message: Uint8Array,
): SilentSender {
  const n = baseTransfers(shape);
  const labels = new Uint8Array(n * LABEL_BYTES);
  sender.extend(n, labels, message, false);
  return new SilentSender(module, shape, name(party), sender.delta, labels, pool);
}

/** The iterations of a bundle: this party's messages, then the other's. @param step of the plan's steps, one behind the last */
export async function provideSilent(
  { sender, receiver }: Silent,
  shape: SilentShape | undefined,
  asSender: Sender,
  asReceiver: Receiver,
  step: number,
): Promise<void> {
  if (sender) {
    for await (const message of sender.provide()) {
      await asSender.send(step, message);
      await turn();
    }
  }
  if (!receiver || !shape) return;
  receiver.begin();
  for (let iteration = 0; iteration < shape.iterations; iteration++) {
    await receiver.accept(await asReceiver.receive(step, iterationBytes(shape)));
    await turn();
  }
}
