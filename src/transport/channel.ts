/**
 * A channel to one peer: lanes of ordered frames, counted, with timeouts, over one link.
 *
 * A lane is the traffic of one phase of one bundle, so the offline phase of the next bundle can run beside the online phase of
 * this one. A receive names the step and the length that it expects; anything else ends the session. Rounds are measured: a
 * frame carries the length of the longest chain of messages before it (a Lamport clock that ticks on receipt).
 *
 * What has come and was not asked for is bounded: beyond that the link is paused. A lane without a reader must not hold up
 * the others, nor two ends that both send each other, so the link is open while anything here waits for the peer, and a
 * pause ends by itself, so that slowness is all that can come of it.
 * @module
 */
import { idleTimer, release, room } from '#platform';
import { ERROR_CODES, type ErrorCode, ProtocolError, TacitError, tellable } from '../core/errors.js';
import type { Public } from '../core/secret.js';
import { printable } from '../core/text.js';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameType,
  HEADER_BYTES,
  MAX_FRAME,
  MAX_PAYLOAD,
  type Phase,
} from './frame.js';
import type { Link, NetworkProfile } from './link.js';
import { decodeMessage, encodeMessage } from './message.js';
import { shapeLink } from './shape.js';

const DEFAULT_TIMEOUT_MS = 30_000;
/** Bytes in queues, all lanes together, from which on the link is paused. */
const MOST_QUEUED = 8 * 1024 * 1024;
/** After so long a little is let in all the same. */
const PAUSE_MS = 50;
/** Lanes at once, those of either side's. */
export const MAX_LANES = 256;
/** Frames of payloads from here on are made in rooms that are used again: fresh memory for each would cost more than the copy. */
const BULK = 4 * 1024;
/** Payload of a control frame before the peer is known. */
export const MAX_GREETING = 4096;

/** Bytes (headers included) and rounds of a lane so far. */
export interface LaneCount {
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly rounds: number;
}

/** The longest chain of messages that a party knows of. One for all lanes whose messages may cause each other. */
export interface Clock {
  depth: number;
}

/** A receive that waits. */
interface Waiter {
  take(frame: Frame): void;
  reject(error: Error): void;
  readonly timeoutMs: number;
  /** When it has waited for timeoutMs. */
  readonly due: number;
}

/** What sends answer that need not wait. */
const SENT: Promise<void> = Promise.resolve();

export class Lane {
  readonly #channel: Channel;
  readonly phase: Phase;
  readonly bundle: number;
  readonly #queue: Frame[] = [];
  #waiter: Waiter | undefined;
  #sent = 0;
  #received = 0;
  #sequence = 0;
  #arrived = 0;
  #clock: Clock = { depth: 0 };
  #rounds = 0;

  constructor(channel: Channel, phase: Phase, bundle: number) {
    this.#channel = channel;
    this.phase = phase;
    this.bundle = bundle;
  }

  /** Counts rounds by a clock that other lanes of this party share: those to its other peers. */
  follow(clock: Clock): this {
    this.#clock = clock;
    return this;
  }

  get count(): LaneCount {
    return { sentBytes: this.#sent, receivedBytes: this.#received, rounds: this.#rounds };
  }

  /** Sends bytes for a step; resolves when the link can take more, and the bytes have been copied. */
  send(step: number, bytes: Public<Uint8Array>): Promise<void> {
    if (bytes.length <= MAX_PAYLOAD) return this.#put(FrameType.data, step, bytes);
    return this.#sendParts(step, bytes);
  }

  async #sendParts(step: number, bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.length; offset += MAX_PAYLOAD) {
      await this.#put(FrameType.data, step, bytes.subarray(offset, offset + MAX_PAYLOAD));
    }
  }

  /** Sends a control message (never bulk, never a secret other than what the protocol sends). */
  sendMessage(message: object): Promise<void> {
    return this.#put(FrameType.message, 0, encodeMessage(message));
  }

  /**
   * The next bytes of the lane, which must belong to `step` and be `bytes` long. Pass Infinity to wait for as long as the peer lives.
   * @throws ProtocolError BAD_FRAME, PEER_TIMEOUT, PEER_GONE, or the code with which the peer ended the session
   */
  receive(step: number, bytes: number, timeoutMs?: number): Promise<Uint8Array> {
    return bytes <= MAX_PAYLOAD ? this.#part(step, bytes, timeoutMs) : this.#parts(step, bytes, timeoutMs);
  }

  #part(step: number, bytes: number, timeoutMs?: number): Promise<Uint8Array> {
    return this.#next((frame) => this.#payloadOf(frame, step, bytes), timeoutMs);
  }

  async #parts(step: number, bytes: number, timeoutMs?: number): Promise<Uint8Array> {
    const whole = new Uint8Array(bytes);
    for (let offset = 0; offset < bytes; offset += MAX_PAYLOAD) {
      const part = await this.#part(step, Math.min(bytes - offset, MAX_PAYLOAD), timeoutMs);
      whole.set(part, offset);
      release(part);
    }
    return whole;
  }

  /** As receive, as 32-bit words. */
  async receiveWords(step: number, words: number, timeoutMs?: number): Promise<Uint32Array> {
    const bytes = await this.receive(step, words * 4, timeoutMs);
    if (bytes.byteOffset % 4 === 0) return new Uint32Array(bytes.buffer, bytes.byteOffset, words);
    return new Uint32Array(bytes.slice().buffer, 0, words);
  }

  /** The next control message. Pass Infinity to wait for as long as the peer lives. */
  receiveMessage(timeoutMs?: number): Promise<unknown> {
    return this.#next((frame) => this.#messageOf(frame), timeoutMs);
  }

  #messageOf(frame: Frame): unknown {
    if (frame.type !== FrameType.message) throw this.#wrong('a message', `type ${frame.type}`);
    try {
      return decodeMessage(frame.payload);
    } catch {
      throw this.#wrong('a message in JSON', 'bytes that do not decode');
    }
  }

  deliver(frame: Frame): void {
    this.#received += HEADER_BYTES + frame.payload.length;
    if (frame.sequence !== this.#arrived++) {
      this.#channel.fail(this.#wrong(`frame ${this.#arrived - 1} of the lane`, `frame ${frame.sequence}`));
      return;
    }
    const waiter = this.#endWait();
    if (waiter) {
      waiter.take(frame);
    } else {
      this.#queue.push(frame);
      this.#channel.queued(HEADER_BYTES + frame.payload.length);
    }
  }

  reject(error: Error): void {
    this.#endWait()?.reject(error);
  }

  /** The receive that waits: how long it may, and until when. */
  get waiting(): Pick<Waiter, 'timeoutMs' | 'due'> | undefined {
    return this.#waiter;
  }

  #put(type: FrameType, step: number, payload: Uint8Array): Promise<void> {
    const depth = this.#clock.depth + 1;
    this.#rounds = Math.max(this.#rounds, depth);
    this.#sent += HEADER_BYTES + payload.length;
    const frame = { type, phase: this.phase, depth, bundle: this.bundle, step, sequence: this.#sequence++, payload };
    return this.#channel.put(frame);
  }

  #payloadOf({ type, step, payload }: Frame, expected: number, bytes: number): Uint8Array {
    if (type === FrameType.data && step === expected && payload.length === bytes) return payload;
    throw this.#wrong(
      `${bytes} bytes of step ${expected}`,
      type === FrameType.data ? `${payload.length} bytes of step ${step}` : 'a frame of another type',
    );
  }

  /** What `open` makes of the next frame. */
  #next<T>(open: (frame: Frame) => T, timeoutMs: number = this.#channel.timeoutMs): Promise<T> {
    if (this.#queue.length > 0) {
      const frame = this.#queue.shift()!;
      this.#channel.queued(-HEADER_BYTES - frame.payload.length);
      try {
        return Promise.resolve(this.#take(frame, open));
      } catch (error) {
        return Promise.reject(error);
      }
    }
    if (this.#channel.failure) return Promise.reject(this.#channel.failure);
    if (this.#waiter) return Promise.reject(new Error(`lane ${this.phase}: two receives at once`));
    return new Promise((resolve, reject) => {
      const take = (frame: Frame): void => {
        try {
          resolve(this.#take(frame, open));
        } catch (error) {
          reject(error);
        }
      };
      this.#waiter = { take, reject, timeoutMs, due: performance.now() + timeoutMs };
      this.#channel.beginWait(this, this.#waiter.due);
    });
  }

  #take<T>(frame: Frame, open: (frame: Frame) => T): T {
    this.#clock.depth = Math.max(this.#clock.depth, frame.depth);
    this.#rounds = Math.max(this.#rounds, frame.depth);
    return open(frame);
  }

  #endWait(): Waiter | undefined {
    const waiter = this.#waiter;
    if (waiter) {
      this.#waiter = undefined;
      this.#channel.endWait(this);
    }
    return waiter;
  }

  #wrong(expected: string, came: string): ProtocolError {
    return new ProtocolError(
      'BAD_FRAME',
      `${this.phase} lane with ${this.#channel.peer}: expected ${expected}, got ${came}`,
    );
  }
}

export interface ChannelOptions {
  /** The peer's name in messages, e.g. "party 1". */
  readonly peer: string;
  /** How long a receive waits; default 30 s. */
  readonly timeoutMs?: number;
  /** Whether the peer has yet to say who it is: until `trust`, only small control frames are let in, and nothing that it sends ends more than this channel. */
  readonly stranger?: boolean;
}

export class Channel {
  readonly timeoutMs: number;
  peer: string;
  readonly #link: Link;
  /** Where frames go: the link, or a shaped one on top of it. */
  #out: Link;
  readonly #lanes = new Map<string, Lane>();
  /** Those with a receive that waits. */
  readonly #waiting = new Set<Lane>();
  /** Looks at those when the first of them has waited too long; `at` then. */
  #alarm: { readonly at: number; readonly stop: () => void } | undefined;
  readonly #watchers: ((error: TacitError) => void)[] = [];
  #failure: TacitError | undefined;
  #finished = false;
  #closeExpected = false;
  #heard: number = performance.now();
  #queued = 0;
  /** Sends that wait for the peer. */
  #sending = 0;
  /** Ends a pause before its time. */
  #endPause: (() => void) | undefined;
  #trusted: boolean;
  /** Resolves when the link is closed, for whatever reason. */
  readonly closed: Promise<void>;

  constructor(link: Link, options: ChannelOptions) {
    this.#link = link;
    this.#out = link;
    this.peer = options.peer;
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#trusted = !options.stranger;
    if (options.stranger) link.limit?.(HEADER_BYTES + MAX_GREETING);
    let markClosed = (): void => {};
    this.closed = new Promise((resolve) => {
      markClosed = resolve;
    });
    link.onClose((reason, stalled) => {
      markClosed();
      this.#end(
        new ProtocolError(
          stalled ? 'PEER_TIMEOUT' : 'PEER_GONE',
          `expected ${this.peer} to stay connected, the link ended: ${reason}`,
        ),
      );
    });
    link.onMessage((bytes) => this.#receive(bytes));
  }

  get failure(): TacitError | undefined {
    return this.#failure;
  }

  /** The peer has said who it is, and fits. Until then it may send nothing but a greeting. */
  trust(): void {
    this.#trusted = true;
    this.#link.limit?.(MAX_FRAME);
  }

  /** From here on what this end sends is delayed to `profile`. */
  shape(profile: NetworkProfile): void {
    this.#out = shapeLink(this.#link, profile);
  }

  /** The lane of a phase and bundle. */
  lane(phase: Phase, bundle: number): Lane {
    const key = `${phase}/${bundle}`;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new Lane(this, phase, bundle);
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  /** Forgets a lane whose work is done. */
  closeLane(lane: Lane): void {
    this.#lanes.delete(`${lane.phase}/${lane.bundle}`);
  }

  /** Calls `watch` when the session over this channel fails, at once if it has. */
  onFailure(watch: (error: TacitError) => void): void {
    if (this.#failure) watch(this.#failure);
    else this.#watchers.push(watch);
  }

  put(frame: Frame): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    const sent = frame.payload.length < BULK ? this.#out.send(encodeFrame(frame)) : this.#putBulk(frame);
    if (sent === undefined) return SENT;
    this.#sending++;
    this.#regulate();
    return sent.then(() => {
      this.#sending--;
      this.#regulate();
    });
  }

  #putBulk(frame: Frame): Promise<void> | undefined {
    const bytes = encodeFrame(frame, room(HEADER_BYTES + frame.payload.length));
    return this.#out.send(bytes, () => release(bytes));
  }

  /** So many bytes more (or less) are in the queues of lanes. */
  queued(bytes: number): void {
    this.#queued += bytes;
    this.#regulate();
  }

  /** A receive waits: the link is open until it ends, and the session fails where the peer is silent until `due`. */
  beginWait(lane: Lane, due: number): void {
    this.#waiting.add(lane);
    this.#regulate();
    this.#watch(due);
  }

  endWait(lane: Lane): void {
    this.#waiting.delete(lane);
    this.#regulate();
  }

  /** One timer for all receives: one each would cost more than the receive. */
  #watch(due: number): void {
    if (due === Number.POSITIVE_INFINITY || (this.#alarm && this.#alarm.at <= due)) return;
    this.#alarm?.stop();
    this.#alarm = { at: due, stop: idleTimer(() => this.#lookAtWaits(), Math.max(0, due - performance.now())) };
  }

  #lookAtWaits(): void {
    this.#alarm = undefined;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const { phase, waiting } of this.#waiting) {
      const { timeoutMs, due } = waiting!;
      // another lane's frames show that the peer is at work: a slow link is no silence
      const patience = Math.max(due, this.#heard + timeoutMs);
      if (patience <= now) {
        const expected = `a frame of the ${phase} phase from ${this.peer} within ${timeoutMs} ms`;
        this.fail(new ProtocolError('PEER_TIMEOUT', `expected ${expected}, got none`, { facts: { timeoutMs } }));
        return;
      }
      next = Math.min(next, patience);
    }
    this.#watch(next);
  }

  /** Ends the session with `error`: every receive rejects with it, and the peer is told its code (see `tellable`). */
  fail(error: TacitError): void {
    if (this.#failure || this.#finished) return;
    const payload = encodeMessage(tellable(error));
    // past what a shaped link still holds back: no receive waits for that any more
    void this.#link.send(
      encodeFrame({ type: FrameType.abort, phase: 'control', depth: 0, bundle: 0, step: 0, sequence: 0, payload }),
    );
    this.#end(error);
  }

  /** Ends the channel in good order: a close from here on is no failure. */
  finish(): void {
    this.#finished = true;
    this.#regulate();
    this.#out.close();
  }

  /** From here on the peer may close without that ending the session. What still waits for it fails all the same. */
  expectClose(): void {
    this.#closeExpected = true;
  }

  #regulate(): void {
    const waits = this.#waiting.size + this.#sending;
    const full = this.#queued > MOST_QUEUED && waits === 0 && !this.#failure && !this.#finished;
    if (full === (this.#endPause !== undefined)) return;
    this.#endPause?.();
    this.#endPause = undefined;
    if (!full) this.#link.resume();
    else {
      this.#link.pause();
      this.#endPause = idleTimer(() => {
        this.#endPause = undefined;
        this.#link.resume();
      }, PAUSE_MS);
    }
  }

  #receive(bytes: Uint8Array): void {
    if (this.#failure) return;
    this.#heard = performance.now();
    try {
      const frame = decodeFrame(bytes);
      if (!this.#trusted && (frame.phase !== 'control' || frame.bundle !== 0 || frame.payload.length > MAX_GREETING)) {
        throw new ProtocolError('BAD_FRAME', `expected a greeting from ${this.peer}, got another frame`);
      }
      if (frame.type === FrameType.abort) {
        this.#end(this.#abortOf(frame.payload));
        return;
      }
      const known = this.#lanes.has(`${frame.phase}/${frame.bundle}`);
      if (!known && this.#lanes.size >= MAX_LANES) {
        throw new ProtocolError('BAD_FRAME', `expected at most ${MAX_LANES} lanes, got one more from ${this.peer}`);
      }
      this.lane(frame.phase, frame.bundle).deliver(frame);
      if (!this.#trusted && this.#queued > HEADER_BYTES + MAX_GREETING) {
        throw new ProtocolError('BAD_FRAME', `expected one greeting from ${this.peer}, got more`);
      }
    } catch (error) {
      this.fail(error instanceof TacitError ? error : new ProtocolError('BAD_FRAME', `${this.peer}: unreadable frame`));
    }
  }

  #abortOf(payload: Uint8Array): ProtocolError {
    const content = decodeMessage(payload) as { code?: unknown; message?: unknown };
    const code =
      typeof content?.code === 'string' && Object.hasOwn(ERROR_CODES, content.code)
        ? (content.code as ErrorCode)
        : 'PEER_FAILED';
    const message = typeof content?.message === 'string' ? printable(content.message) : ERROR_CODES[code];
    return new ProtocolError(code, `${this.peer} ended the session: ${message}`, { facts: { toldBy: this.peer } });
  }

  #end(error: TacitError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#alarm?.stop();
    for (const lane of this.#waiting) lane.reject(error);
    this.#regulate();
    const harmless = this.#finished || (this.#closeExpected && error.code === 'PEER_GONE');
    if (!harmless) for (const watch of this.#watchers.splice(0)) watch(error);
    this.#link.close();
  }
}
