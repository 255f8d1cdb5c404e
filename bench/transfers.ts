/** Correlated oblivious transfers a second between two processes: extension on both sides, corrections over a WebSocket. @module */
import { LABEL_BYTES } from '../src/gc/schedule.js';
import type { KernelModule } from '../src/kernels/module.js';
import type { CotReceiver } from '../src/ot/extension.js';
import { ReceiverSetup } from '../src/ot/setup.js';
import { blockBits, DEFAULT_SOFTSPOKEN_K, setupBytes } from '../src/ot/sizes.js';
import { Channel, type Lane } from '../src/transport/channel.js';
import { dial } from '../src/transport/dial.js';
import type { OpenProbe } from './links.js';
import { asyncRateOf, interleave, type Samples } from './measure.js';
import { PeerProcess } from './peer-process.js';
import { COTS, HOST, STEP } from './streams.js';

const TIMEOUT_MS = 10_000;
/** Batches that the sender may be behind. */
const AHEAD = 4;
/** Parameters of SoftSpokenOT that are compared. */
const PARAMETERS = [2, 4, 8] as const;

/** What one parameter costs. */
export interface CotFigures {
  readonly rate: Samples;
  /** That the channel counted from receiver to sender for each transfer, frames included. */
  readonly bits: number;
  /** 128/k - 1: a bit for each block of Delta but one, as choices are random. */
  readonly formulaBits: number;
}

interface CotProbe<Name extends string> extends OpenProbe<Name> {
  bits(): number;
}

/** This process is the receiver, its choices random; the peer the sender. Base transfers are not counted. */
export function cots(module: KernelModule, peer: PeerProcess): Promise<CotProbe<'cots'>> {
  return open('cots', module, peer, DEFAULT_SOFTSPOKEN_K);
}

/** The same for each of PARAMETERS, their windows taking turns. */
export async function cotsByParameter(
  module: KernelModule,
  seconds: number,
  rounds: number,
): Promise<Map<number, CotFigures>> {
  const peer = await PeerProcess.start();
  const probes: CotProbe<string>[] = [];
  try {
    for (const k of PARAMETERS) probes.push(await peer.guard(open(`k = ${k}`, module, peer, k)));
    const rates = await interleave(probes, seconds, rounds);
    return new Map(
      PARAMETERS.map((k, i) => {
        const probe = probes[i]!;
        return [k, { rate: rates.get(probe.name)!, bits: probe.bits(), formulaBits: blockBits(k).length - 1 }];
      }),
    );
  } finally {
    for (const probe of probes) probe.close();
    await peer.stop();
  }
}

/** A receiver that is set up with the peer as its sender. */
export async function connectReceiver(
  module: KernelModule,
  peer: PeerProcess,
  k: number,
  silent: boolean,
): Promise<{ readonly channel: Channel; readonly lane: Lane; readonly receiver: CotReceiver }> {
  const channel = new Channel(await dial(`ws://${HOST}:${peer.ports.transfers}`, TIMEOUT_MS), { peer: 'the sender' });
  const lane = channel.lane('offline', 0);
  const setup = new ReceiverSetup(module, k, 'bench');
  await lane.send(STEP.parameter, Uint8Array.of(k, silent ? 1 : 0));
  await lane.send(STEP.point, setup.first);
  const { receiver, message } = setup.finish(await lane.receive(STEP.points, setupBytes(k)[1]));
  await lane.send(STEP.trees, message);
  return { channel, lane, receiver };
}

async function open<Name extends string>(
  name: Name,
  module: KernelModule,
  peer: PeerProcess,
  k: number,
): Promise<CotProbe<Name>> {
  const { channel, lane, receiver } = await connectReceiver(module, peer, k, false);
  const labels = new Uint8Array(COTS * LABEL_BYTES);
  const choices = new Uint8Array(COTS / 8);
  const setupSent = lane.count.sentBytes;
  let made = 0;
  let behind = 0;
  const settle = async (least: number): Promise<void> => {
    for (; behind > least; behind--) await lane.receive(STEP.done, 1);
  };
  const batch = async (): Promise<number> => {
    await lane.send(STEP.corrections, receiver.extend(COTS, labels, choices, false));
    made += COTS;
    behind++;
    await settle(AHEAD);
    return COTS;
  };
  return {
    name,
    window: (seconds) => peer.guard(asyncRateOf(seconds, batch, () => settle(0))),
    bits: () => (8 * (lane.count.sentBytes - setupSent)) / made,
    close: () => {
      receiver.dispose();
      channel.finish();
    },
  };
}
