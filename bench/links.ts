/** Bytes a second from this process to another, small messages there and back, and garbling streamed to an evaluator there. @module */

import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { KernelModule } from '../src/kernels/module.js';
import { randomSeed } from '../src/platform/random.js';
import { Channel } from '../src/transport/channel.js';
import { dial } from '../src/transport/dial.js';
import { garblerOf, INSTANCES, inputLabels, load, subject } from './garbling.js';
import { asyncRateOf, type Probe } from './measure.js';
import type { PeerProcess } from './peer-process.js';
import { BURST_BYTES, CHUNKS_PER_CHECK, FRAME_BYTES, HOST, ROUND_BYTES, STEP } from './streams.js';

const TIMEOUT_MS = 10_000;
/** A plain socket may have as much under way as a WebSocket link. */
const HIGH_WATER = 8 * 1024 * 1024;

/** A probe and what it holds. */
export interface OpenProbe<Name extends string> extends Probe<Name> {
  close(): void;
}

/** Waits for one answer of the peer at a time; an answer before the wait counts. */
class Answers {
  #early = 0;
  #waiting: (() => void) | undefined;

  came(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting();
    else this.#early++;
  }

  next(): Promise<void> {
    if (this.#early === 0) return new Promise((resolve) => (this.#waiting = resolve));
    this.#early--;
    return Promise.resolve();
  }
}

/** One direction over the project's WebSocket link, from the end that dialled. */
export async function linkBytes(peer: PeerProcess): Promise<OpenProbe<'linkBytes'>> {
  const link = await dial(`ws://${HOST}:${peer.ports.link}`, TIMEOUT_MS);
  const answers = new Answers();
  link.onMessage(() => answers.came());
  const frame = new Uint8Array(randomBytes(FRAME_BYTES));
  const burst = async (): Promise<number> => {
    for (let sent = 0; sent < BURST_BYTES; sent += FRAME_BYTES) await link.send(frame);
    await answers.next();
    return BURST_BYTES;
  };
  return {
    name: 'linkBytes',
    window: (seconds) => peer.guard(asyncRateOf(seconds, burst)),
    close: () => link.close(),
  };
}

/** The same bytes over node:net: the ceiling of linkBytes. */
export async function tcpBytes(peer: PeerProcess): Promise<OpenProbe<'tcpBytes'>> {
  const socket = await connected(peer.ports.tcp);
  const answers = new Answers();
  socket.on('data', () => answers.came());
  const frame = randomBytes(FRAME_BYTES);
  const send = (): Promise<void> =>
    new Promise((resolve) => {
      const roomy = socket.writableLength < HIGH_WATER;
      socket.write(frame, () => resolve());
      if (roomy) resolve();
    });
  const burst = async (): Promise<number> => {
    for (let sent = 0; sent < BURST_BYTES; sent += FRAME_BYTES) await send();
    await answers.next();
    return BURST_BYTES;
  };
  return {
    name: 'tcpBytes',
    window: (seconds) => peer.guard(asyncRateOf(seconds, burst)),
    close: () => socket.destroy(),
  };
}

/** Small messages there and back over a channel of the project, each when the one before has come. */
export async function rounds(peer: PeerProcess): Promise<OpenProbe<'rounds'>> {
  const channel = new Channel(await dial(`ws://${HOST}:${peer.ports.rounds}`, TIMEOUT_MS), { peer: 'the other end' });
  const lane = channel.lane('online', 0);
  const message = new Uint8Array(ROUND_BYTES);
  const thereAndBack = async (): Promise<number> => {
    await lane.send(STEP.round, message);
    await lane.receive(STEP.round, ROUND_BYTES);
    return 2;
  };
  return {
    name: 'rounds',
    window: (seconds) => peer.guard(asyncRateOf(seconds, thereAndBack)),
    close: () => channel.finish(),
  };
}

/** The same over node:net: the ceiling of rounds. */
export async function tcpRounds(peer: PeerProcess): Promise<OpenProbe<'tcpRounds'>> {
  const socket = await connected(peer.ports.tcpRounds);
  const answers = new Answers();
  let left = 0;
  socket.on('data', ({ length }) => {
    left -= length;
    if (left === 0) answers.came();
  });
  const message = new Uint8Array(ROUND_BYTES);
  const thereAndBack = async (): Promise<number> => {
    left = ROUND_BYTES;
    socket.write(message);
    await answers.next();
    return 2;
  };
  return {
    name: 'tcpRounds',
    window: (seconds) => peer.guard(asyncRateOf(seconds, thereAndBack)),
    close: () => socket.destroy(),
  };
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: HOST, port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
  });
}

/** ANDs a second garbled here, sent over a channel of the project, evaluated there, until the last is. */
export async function streamedAnds(module: KernelModule, peer: PeerProcess): Promise<OpenProbe<'streamedAnds'>> {
  const { plan, ands } = subject();
  const link = await dial(`ws://${HOST}:${peer.ports.evaluator}`, TIMEOUT_MS);
  const channel = new Channel(link, { peer: 'the evaluator' });
  const lane = channel.lane('offline', 0);
  const seed = randomSeed('bench/seed');
  await lane.send(STEP.seed, seed);
  const input = inputLabels(seed);
  const garbler = garblerOf(module, plan, seed);
  let chunks = 0;
  let evaluating = 0;
  const chunk = async (): Promise<number> => {
    if (chunks++ % CHUNKS_PER_CHECK === 0) load(garbler, input);
    for (const segment of garbler.garble(INSTANCES)) await lane.send(STEP.tables, segment);
    evaluating++;
    return ands;
  };
  const evaluated = async (): Promise<void> => {
    for (; evaluating > 0; evaluating--) await lane.receive(STEP.done, 1);
  };
  return {
    name: 'streamedAnds',
    window: (seconds) => peer.guard(asyncRateOf(seconds, chunk, evaluated)),
    close: () => channel.finish(),
  };
}
