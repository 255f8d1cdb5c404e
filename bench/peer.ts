/**
 * The other process of the measurements that need two: discards bytes from a WebSocket link and from a plain socket, and
 * evaluates what is garbled over there, is the sender of correlated transfers, and gives back small messages. Never outlives the process that forked it.
 * @module
 */
import { type AddressInfo, createServer } from 'node:net';
import { release } from '#platform';
import { codeOf } from '../src/core/errors.js';
import { Evaluator } from '../src/gc/evaluate.js';
import { LABEL_BYTES, segmentSizes } from '../src/gc/schedule.js';
import { type KernelModule, loadKernelModule } from '../src/kernels/module.js';
import type { CotSender } from '../src/ot/extension.js';
import { SenderSetup } from '../src/ot/setup.js';
import { baseTransfers } from '../src/ot/silent/parameters.js';
import { SilentSender } from '../src/ot/silent/sender.js';
import { extensionBytes, setupBytes } from '../src/ot/sizes.js';
import { SEED_BYTES } from '../src/platform/random.js';
import { Channel, type Lane } from '../src/transport/channel.js';
import type { Link } from '../src/transport/link.js';
import { listen } from '../src/transport/websocket.js';
import { expectZero, INSTANCES, inputLabels, load, subject } from './garbling.js';
import {
  BURST_BYTES,
  CHUNKS_PER_CHECK,
  COTS,
  HOST,
  type PeerMessage,
  ROUND_BYTES,
  SILENT_BATCHES,
  SILENT_SHAPE,
  STEP,
} from './streams.js';

/** Counts bytes; calls `answer` once for each burst. */
function sink(answer: () => void): (bytes: Uint8Array) => void {
  let pending = 0;
  return (bytes) => {
    pending += bytes.length;
    for (; pending >= BURST_BYTES; pending -= BURST_BYTES) answer();
  };
}

async function evaluateStream(link: Link): Promise<void> {
  const channel = new Channel(link, { peer: 'the garbler', timeoutMs: Number.POSITIVE_INFINITY });
  const lane = channel.lane('offline', 0);
  const { plan } = subject();
  const sizes = segmentSizes(plan, INSTANCES);
  const input = inputLabels((await lane.receive(STEP.seed, SEED_BYTES)).slice());
  const evaluator = new Evaluator(loadKernelModule(), plan, INSTANCES);
  for (let chunk = 0; ; chunk++) {
    const checked = chunk % CHUNKS_PER_CHECK === 0;
    if (checked) load(evaluator, input);
    const evaluation = evaluator.evaluate(INSTANCES);
    let next = evaluation.next(new Uint8Array());
    for (let segment = 0; !next.done; segment++) {
      const tables = await lane.receive(STEP.tables, sizes[segment]!);
      next = evaluation.next(tables);
      release(tables);
    }
    if (checked) expectZero(next.value);
    await lane.send(STEP.done, new Uint8Array(1));
  }
}

/** The sender of correlated transfers, for as long as the receiver sends corrections. */
async function serveTransfers(link: Link): Promise<void> {
  const channel = new Channel(link, { peer: 'the receiver', timeoutMs: Number.POSITIVE_INFINITY });
  const lane = channel.lane('offline', 0);
  const parameters = await lane.receive(STEP.parameter, 2);
  const k = parameters[0]!;
  const [pointBytes, , treeBytes] = setupBytes(k);
  const module = loadKernelModule();
  const setup = new SenderSetup(module, k, 'bench', await lane.receive(STEP.point, pointBytes));
  await lane.send(STEP.points, setup.message);
  const sender = setup.finish(await lane.receive(STEP.trees, treeBytes));
  if (parameters[1] === 1) return serveSilent(module, lane, sender);
  const labels = new Uint8Array(COTS * LABEL_BYTES);
  for (;;) {
    const corrections = await lane.receive(STEP.corrections, extensionBytes(k, COTS, false));
    sender.extend(COTS, labels, corrections, false);
    release(corrections);
    await lane.send(STEP.done, new Uint8Array(1));
  }
}

/** The sender of silent transfers, a bundle each time that it is asked for one. */
async function serveSilent(module: KernelModule, lane: Lane, base: CotSender): Promise<void> {
  const n = baseTransfers(SILENT_SHAPE);
  const first = new Uint8Array(n * LABEL_BYTES);
  base.extend(n, first, await lane.receive(STEP.base, extensionBytes(base.state.k, n, false)), false);
  const sender = new SilentSender(module, SILENT_SHAPE, 'bench', base.delta, first);
  const labels = new Uint8Array(COTS * LABEL_BYTES);
  for (;;) {
    await lane.receive(STEP.bundle, 1);
    for await (const message of sender.provide()) await lane.send(STEP.iteration, message);
    for (let batch = 0; batch < SILENT_BATCHES; batch++) {
      await sender.extend(COTS, labels, new Uint8Array(), false);
    }
    await lane.send(STEP.done, new Uint8Array(1));
  }
}

/** Gives back what comes, message by message. */
async function echo(link: Link): Promise<void> {
  const lane = new Channel(link, { peer: 'the other end', timeoutMs: Number.POSITIVE_INFINITY }).lane('online', 0);
  for (;;) await lane.send(STEP.round, await lane.receive(STEP.round, ROUND_BYTES));
}

function fail(error: unknown): void {
  const message: PeerMessage = {
    type: 'error',
    code: codeOf(error),
    message: error instanceof Error ? error.message : String(error),
  };
  if (process.connected) process.send?.(message, () => process.exit(1));
}

async function serve(): Promise<void> {
  const link = await listen(HOST, 0, (accepted) => {
    const count = sink(() => void accepted.send(new Uint8Array(1)));
    accepted.onMessage((bytes) => {
      count(bytes);
      release(bytes);
    });
  });
  const evaluator = await listen(HOST, 0, (accepted) => void evaluateStream(accepted).catch(fail));
  const transfers = await listen(HOST, 0, (accepted) => void serveTransfers(accepted).catch(fail));
  const tcp = createServer({ noDelay: true }, (socket) => {
    socket.on(
      'data',
      sink(() => socket.write(new Uint8Array(1))),
    );
    socket.on('error', fail);
  });
  const rounds = await listen(HOST, 0, (accepted) => void echo(accepted).catch(fail));
  const tcpRounds = createServer({ noDelay: true }, (socket) => {
    socket.on('data', (bytes) => socket.write(bytes));
    socket.on('error', fail);
  });
  for (const server of [tcp, tcpRounds]) await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const ports = {
    link: link.port,
    tcp: (tcp.address() as AddressInfo).port,
    evaluator: evaluator.port,
    transfers: transfers.port,
    rounds: rounds.port,
    tcpRounds: (tcpRounds.address() as AddressInfo).port,
  };
  process.send?.({ type: 'listening', ports } satisfies PeerMessage);
}

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {
  // the parent decides: a terminal sends Ctrl-C to the whole group
});
serve().catch(fail);
