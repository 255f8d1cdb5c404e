/** Silent correlated transfers a second between two processes, by the bundle. @module */
import { LABEL_BYTES } from '../src/gc/schedule.js';
import type { KernelModule } from '../src/kernels/module.js';
import { baseTransfers, iterationBytes } from '../src/ot/silent/parameters.js';
import { SilentReceiver } from '../src/ot/silent/receiver.js';
import type { OpenProbe } from './links.js';
import { asyncRateOf } from './measure.js';
import type { PeerProcess } from './peer-process.js';
import { COTS, SILENT_BATCHES, SILENT_K, SILENT_SHAPE, STEP } from './streams.js';
import { connectReceiver } from './transfers.js';

/** Bits from the sender to the receiver for a transfer; choices that are given take one more, back. */
export const SILENT_BITS: number =
  (8 * SILENT_SHAPE.iterations * iterationBytes(SILENT_SHAPE)) / (SILENT_BATCHES * COTS);

/** This process is the receiver, its choices random; the peer the sender. What makes the first base is not counted. */
export async function silentCots(module: KernelModule, peer: PeerProcess): Promise<OpenProbe<'silentCots'>> {
  const { channel, lane, receiver: extension } = await connectReceiver(module, peer, SILENT_K, true);
  const n = baseTransfers(SILENT_SHAPE);
  const base = new Uint8Array(n * LABEL_BYTES);
  const chosen = new Uint8Array(Math.ceil(n / 8));
  await lane.send(STEP.base, extension.extend(n, base, chosen, false));
  const receiver = new SilentReceiver(module, SILENT_SHAPE, 'bench', base, chosen);
  const labels = new Uint8Array(COTS * LABEL_BYTES);
  const choices = new Uint8Array(COTS / 8);
  let asked = 0;
  const ask = async (): Promise<void> => {
    for (; asked < 2; asked++) await lane.send(STEP.bundle, new Uint8Array(1));
  };
  const take = async (): Promise<number> => {
    receiver.begin();
    for (let i = 0; i < SILENT_SHAPE.iterations; i++) {
      await receiver.accept(await lane.receive(STEP.iteration, iterationBytes(SILENT_SHAPE)));
    }
    for (let batch = 0; batch < SILENT_BATCHES; batch++) await receiver.extend(COTS, labels, choices, false);
    await lane.receive(STEP.done, 1);
    asked--;
    return SILENT_BATCHES * COTS;
  };
  return {
    name: 'silentCots',
    // the sender is a bundle ahead, as far as it comes; what is asked for is taken in the next window
    window: (seconds) =>
      peer.guard(
        asyncRateOf(seconds, async () => {
          await ask();
          return take();
        }),
      ),
    close: () => {
      for (const side of [receiver, extension]) side.dispose();
      channel.finish();
    },
  };
}
