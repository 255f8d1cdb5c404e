/** Correlated oblivious transfers a second between two processes: extension on both sides, corrections over a WebSocket. @module */
import { LABEL_BYTES } from '../src/gc/schedule.js';
import type { KernelModule } from '../src/kernels/module.js';
import { DEFAULT_SOFTSPOKEN_K, extensionBytes } from '../src/ot/extension.js';
import { ReceiverSetup, setupBytes } from '../src/ot/setup.js';
import { Channel } from '../src/transport/channel.js';
import { dial } from '../src/transport/websocket.js';
import type { OpenProbe } from './links.js';
import { asyncRateOf } from './measure.js';
import type { PeerProcess } from './peer-process.js';
import { COTS, HOST, STEP } from './streams.js';

const TIMEOUT_MS = 10_000;
/** Batches that the sender may be behind. */
const AHEAD = 4;

/** This process is the receiver, its choices random; the peer the sender. Base transfers are not counted. */
export async function cots(module: KernelModule, peer: PeerProcess): Promise<OpenProbe<'cots'>> {
  const k = DEFAULT_SOFTSPOKEN_K;
  const channel = new Channel(await dial(`ws://${HOST}:${peer.ports.transfers}`, TIMEOUT_MS), { peer: 'the sender' });
  const lane = channel.lane('offline', 0);
  const setup = new ReceiverSetup(module, k, 'bench');
  await lane.send(STEP.point, setup.first);
  const { receiver, message } = setup.finish(await lane.receive(STEP.points, setupBytes(k)[1]));
  await lane.send(STEP.trees, message);
  const labels = new Uint8Array(COTS * LABEL_BYTES);
  const choices = new Uint8Array(COTS / 8);
  let behind = 0;
  const settle = async (least: number): Promise<void> => {
    for (; behind > least; behind--) await lane.receive(STEP.done, 1);
  };
  const batch = async (): Promise<number> => {
    await lane.send(STEP.corrections, receiver.extend(COTS, labels, choices, false));
    behind++;
    await settle(AHEAD);
    return COTS;
  };
  return {
    name: 'cots',
    window: (seconds) => peer.guard(asyncRateOf(seconds, batch, () => settle(0))),
    close: () => channel.finish(),
  };
}

/** Bytes from receiver to sender for one transfer. */
export const BYTES_PER_COT: number = extensionBytes(DEFAULT_SOFTSPOKEN_K, COTS, false) / COTS;
