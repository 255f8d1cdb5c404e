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
import { Packr } from 'msgpackr';
import { idleTimer } from '#platform';
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
import { shapeLink } from './shape.js';

const DEFAULT_TIMEOUT_MS = 30_000;
/** Bytes in queues, all lanes together, from which on the link is paused. */
const MOST_QUEUED = 8 * 1024 * 1024;
/** After so long a little is let in all the same. */
const PAUSE_MS = 50;
/** Lanes at once, those of either side's. */
export const MAX_LANES = 256;
/** Payloads from here on are bulk. */
const BULK = 64 * 1024;
const SPARE_ROOMS = 4;
/** Payload of a control frame before the peer is known. */
export const MAX_GREETING = 4096;

const packr = new Packr({ useRecords: false, moreTypes: false });

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

interface Waiter {
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

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
  async send(step: number, bytes: Public<Uint8Array>): Promise<void> {
    let offset = 0;
    do {
      const payload = bytes.subarray(offset, offset + MAX_PAYLOAD);
      await this.#put(FrameType.data, step, payload);
      offset += MAX_PAYLOAD;
    } while (offset < bytes.length);
  }

  /** Sends a control message (never bulk, never a secret other than what the protocol sends). */
  async sendMessage(message: object): Promise<void> {
    await this.#put(FrameType.message, 0, packr.pack(message));
  }

  /**
   * The next bytes of the lane, which must belong to `step` and be `bytes` long. Pass Infinity to wait for as long as the peer lives.
   * @throws ProtocolError BAD_FRAME, PEER_TIMEOUT, PEER_GONE, or the code with which the peer ended the session
   */
  async receive(step: number, bytes: number, timeoutMs?: number): Promise<Uint8Array> {
    const expected = (length: number): number => Math.min(length, MAX_PAYLOAD);
    const first = await this.#next(step, expected(bytes), timeoutMs);
    if (bytes <= MAX_PAYLOAD) return first;
    const whole = new Uint8Array(bytes);
    whole.set(first);
    for (let offset = MAX_PAYLOAD; offset < bytes; offset += MAX_PAYLOAD) {
      whole.set(await this.#next(step, expected(bytes - offset), timeoutMs), offset);
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
  async receiveMessage(timeoutMs?: number): Promise<unknown> {
    const frame = await this.#frame(timeoutMs);
    if (frame.type !== FrameType.message) throw this.#wrong('a message', `type ${frame.type}`);
    try {
      return packr.unpack(frame.payload) as unknown;
    } catch {
      throw this.#wrong('a msgpack message', 'bytes that do not decode');
    }
  }

  deliver(frame: Frame): void {
    this.#received += HEADER_BYTES + frame.payload.length;
    if (frame.sequence !== this.#arrived++) {
      this.#channel.fail(this.#wrong(`frame ${this.#arrived - 1} of the lane`, `frame ${frame.sequence}`));
      return;
    }
    if (this.#waiter) {
      const waiter = this.#waiter;
      this.#waiter = undefined;
      waiter.resolve(frame);
    } else {
      this.#queue.push(frame);
      this.#channel.queued(frame.payload.length);
    }
  }

  reject(error: Error): void {
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }

  #put(type: FrameType, step: number, payload: Uint8Array): Promise<void> {
    const depth = this.#clock.depth + 1;
    this.#rounds = Math.max(this.#rounds, depth);
    this.#sent += HEADER_BYTES + payload.length;
    const frame = { type, phase: this.phase, depth, bundle: this.bundle, step, sequence: this.#sequence++, payload };
    return this.#channel.put(frame);
  }

  async #next(step: number, bytes: number, timeoutMs?: number): Promise<Uint8Array> {
    const frame = await this.#frame(timeoutMs);
    if (frame.type !== FrameType.data || frame.step !== step || frame.payload.length !== bytes) {
      throw this.#wrong(
        `${bytes} bytes of step ${step}`,
        frame.type === FrameType.data
          ? `${frame.payload.length} bytes of step ${frame.step}`
          : 'a frame of another type',
      );
    }
    return frame.payload;
  }

  async #frame(timeoutMs?: number): Promise<Frame> {
    const frame = this.#take() ?? (await this.#wait(timeoutMs ?? this.#channel.timeoutMs));
    this.#clock.depth = Math.max(this.#clock.depth, frame.depth);
    this.#rounds = Math.max(this.#rounds, frame.depth);
    return frame;
  }

  #take(): Frame | undefined {
    const frame = this.#queue.shift();
    if (frame) this.#channel.queued(-frame.payload.length);
    return frame;
  }

  #wait(timeoutMs: number): Promise<Frame> {
    if (this.#channel.failure) return Promise.reject(this.#channel.failure);
    if (this.#waiter) return Promise.reject(new Error(`lane ${this.phase}: two receives at once`));
    const waiting = new Promise<Frame>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const expire = (): void => {
        // another lane's frames show that the peer is at work: a slow link is no silence
        const left = timeoutMs - this.#channel.silentMs;
        if (left > 0) {
          timer = setTimeout(expire, left);
          return;
        }
        this.#channel.fail(
          new ProtocolError(
            'PEER_TIMEOUT',
            `expected a frame of the ${this.phase} phase from ${this.#channel.peer} within ${timeoutMs} ms, got none`,
            { facts: { timeoutMs } },
          ),
        );
      };
      if (Number.isFinite(timeoutMs)) timer = setTimeout(expire, timeoutMs);
      this.#waiter = {
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
    });
    return this.#channel.whileWaiting(waiting);
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
  readonly #rooms: Uint8Array<ArrayBuffer>[] = [];
  readonly #watchers: ((error: TacitError) => void)[] = [];
  #failure: TacitError | undefined;
  #finished = false;
  #closeExpected = false;
  #heard: number = performance.now();
  #queued = 0;
  /** Sends and receives that wait for the peer. */
  #waiting = 0;
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

  /** How long nothing has come from the peer. */
  get silentMs(): number {
    return performance.now() - this.#heard;
  }

  /** The peer has said who it is, and fits. Until then it may send nothing but a greeting. */
  trust(): void {
    this.#trusted = true;
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
    if (frame.payload.length < BULK) return this.whileWaiting(this.#out.send(encodeFrame(frame)));
    // bulk goes through a few frames that are used again: fresh memory for each would cost more than the copy
    const room = this.#rooms.pop() ?? new Uint8Array(MAX_FRAME);
    const sent = this.#out.send(encodeFrame(frame, room), () => {
      if (this.#rooms.length < SPARE_ROOMS) this.#rooms.push(room);
    });
    return this.whileWaiting(sent);
  }

  /** So many bytes more (or less) are in the queues of lanes. */
  queued(bytes: number): void {
    this.#queued += bytes;
    this.#regulate();
  }

  /** Keeps the link open while `work`, a send or a receive, waits for the peer. */
  whileWaiting<T>(work: Promise<T>): Promise<T> {
    this.#waiting++;
    this.#regulate();
    return work.finally(() => {
      this.#waiting--;
      this.#regulate();
    });
  }

  /** Ends the session with `error`: every receive rejects with it, and the peer is told its code (see `tellable`). */
  fail(error: TacitError): void {
    if (this.#failure || this.#finished) return;
    const payload = packr.pack(tellable(error));
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
    const full = this.#queued > MOST_QUEUED && this.#waiting === 0 && !this.#failure && !this.#finished;
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
    } catch (error) {
      this.fail(error instanceof TacitError ? error : new ProtocolError('BAD_FRAME', `${this.peer}: unreadable frame`));
    }
  }

  #abortOf(payload: Uint8Array): ProtocolError {
    const content = packr.unpack(payload) as { code?: unknown; message?: unknown };
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
    for (const lane of this.#lanes.values()) lane.reject(error);
    this.#regulate();
    const harmless = this.#finished || (this.#closeExpected && error.code === 'PEER_GONE');
    if (!harmless) for (const watch of this.#watchers.splice(0)) watch(error);
    this.#link.close();
  }
}
