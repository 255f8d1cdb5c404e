/**
 * Links over WebSockets on Node's sockets, made for bulk and for rounds: a message is one write, nothing is compressed, and the mask of the end that
 * dialled is zero (RFC 6455 wants client frames masked against confused proxies; between parties the zero mask is a valid one). One cap on
 * every message.
 * @module
 */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { release, turn } from '#platform';
import { TacitError } from '../core/errors.js';
import { MAX_FRAME } from './frame.js';
import { Heartbeat } from './heartbeat.js';
import type { DialOptions, Link } from './link.js';
import { MOST_PIECE, Slab } from './slab.js';
import {
  CLOSE_CODE,
  type CloseCode,
  FrameError,
  FrameReader,
  frameHeaderBytes,
  type Incoming,
  OPCODE,
  type Opcode,
  writeFrameHeader,
} from './websocket-frames.js';
import { acceptUpgrade, dialUpgrade, type Upgraded } from './websocket-handshake.js';

/** `send` waits while more than this is under way. */
const HIGH_WATER = 1024 * 1024;
/** After a message of this size the event loop turns, so that bulk leaves while the next is made. */
const BULK = 64 * 1024;
const CLOSE_MS = 1000;
const DEFAULT_TIMEOUT_MS = 30_000;

class WebSocketLink implements Link, Incoming {
  readonly #socket: Socket;
  /** Whether this end dialled: then its frames are marked as masked. */
  readonly #dialled: boolean;
  readonly #slab: Slab = new Slab();
  readonly #heartbeat: Heartbeat;
  #receive: ((bytes: Uint8Array) => void) | undefined;
  #closed: ((reason: string, stalled: boolean) => void) | undefined;
  #early: Uint8Array[] = [];
  #waiting: (() => void)[] = [];
  readonly #drained = (): void => {
    if (this.#socket.writableLength < HIGH_WATER / 2) for (const resolve of this.#waiting.splice(0)) resolve();
  };
  #closing = false;
  #ended: { readonly reason: string; readonly stalled: boolean } | undefined;

  constructor({ socket, head }: Upgraded, dialled: boolean, timeoutMs: number) {
    this.#socket = socket;
    this.#dialled = dialled;
    this.#heartbeat = new Heartbeat(
      timeoutMs,
      () => this.#put(OPCODE.ping, new Uint8Array()),
      (silentMs) => this.#end(`silent for ${silentMs} ms`, { stalled: true }),
    );
    const reader = new FrameReader(!dialled, MAX_FRAME, this);
    const read = (chunk: Uint8Array): void => {
      if (this.#ended) return;
      this.#heartbeat.hear();
      try {
        reader.read(chunk);
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        this.#putClose(error.closeCode);
        this.#end(error.message, { flush: true });
      }
      release(chunk);
    };
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on('error', (error) => this.#end(error.message));
    socket.on('end', () => this.#end(`closed with code ${CLOSE_CODE.abnormal}`));
    socket.on('close', () => this.#end(`closed with code ${CLOSE_CODE.abnormal}`));
    if (head.length > 0) read(head.slice());
    socket.on('data', read);
  }

  send(bytes: Uint8Array<ArrayBuffer>, done?: () => void): Promise<void> | undefined {
    if (this.#closing || this.#ended) return undefined;
    this.#put(OPCODE.binary, bytes, done);
    if (this.#socket.writableLength < HIGH_WATER) return bytes.length < BULK ? undefined : turn();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  onMessage(receive: (bytes: Uint8Array) => void): void {
    this.#receive = receive;
    for (const bytes of this.#early.splice(0)) receive(bytes);
  }

  onClose(closed: (reason: string, stalled: boolean) => void): void {
    this.#closed = closed;
    if (this.#ended) closed(this.#ended.reason, this.#ended.stalled);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    if (this.#closing || this.#ended) return;
    this.#closing = true;
    this.#putClose(CLOSE_CODE.normal);
    // the far end answers a close at once, unless it is gone: wait for it only as long as bytes still leave
    let left = this.#socket.writableLength;
    const timer = setInterval(() => {
      const now = this.#socket.writableLength;
      if (now > 0 && now < left) left = now;
      else {
        clearInterval(timer);
        this.#socket.destroy();
      }
    }, CLOSE_MS).unref();
  }

  message(bytes: Uint8Array): void {
    if (this.#ended) return;
    if (this.#receive) this.#receive(bytes);
    else this.#early.push(bytes);
  }

  ping(payload: Uint8Array): void {
    // who pings and reads nothing gets no more answers than there is room for (RFC 6455, 5.5.3)
    if (this.#socket.writableLength < HIGH_WATER) this.#put(OPCODE.pong, payload);
  }

  pong(): void {}

  /** The far end closes, or answers the close of this end. */
  closed(code: number): void {
    if (!this.#closing) this.#putClose(CLOSE_CODE.normal);
    this.#end(`closed with code ${code}`, { flush: true });
  }

  /** One write a frame: small payloads are copied behind their header. */
  #put(opcode: Opcode, payload: Uint8Array, done?: () => void): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    const left = done
      ? (): void => {
          done();
          this.#drained();
        }
      : this.#drained;
    const headerBytes = frameHeaderBytes(payload.length, this.#dialled);
    const whole = headerBytes + payload.length <= MOST_PIECE;
    const start = this.#slab.take(whole ? headerBytes + payload.length : headerBytes);
    writeFrameHeader(start, opcode, payload.length, this.#dialled);
    if (whole) {
      start.set(payload, headerBytes);
      socket.write(start, left);
    } else {
      socket.cork();
      socket.write(start);
      socket.write(payload, left);
      socket.uncork();
    }
  }

  #putClose(code: CloseCode): void {
    this.#put(OPCODE.close, Uint8Array.of(code >>> 8, code & 0xff));
  }

  #end(reason: string, { stalled = false, flush = false } = {}): void {
    if (this.#ended) return;
    this.#ended = { reason, stalled };
    this.#heartbeat.stop();
    for (const resolve of this.#waiting.splice(0)) resolve();
    if (flush) {
      this.#socket.destroySoon();
      setTimeout(() => this.#socket.destroy(), CLOSE_MS).unref();
    } else this.#socket.destroy();
    this.#closed?.(reason, stalled);
  }
}

export interface Listener {
  readonly port: number;
  close(): void;
}

/**
 * Accepts links on host:port (0 picks a free port). A link whose far end is silent for timeoutMs, pings unanswered, ends.
 * @throws TacitError PORT_TAKEN where the port is in use
 */
export function listen(
  host: string,
  port: number,
  accept: (link: Link) => void,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer((_, response) => response.writeHead(426).end());
    server.on('upgrade', (request, socket, head) => {
      if (acceptUpgrade(request, socket)) {
        accept(new WebSocketLink({ socket: socket as Socket, head }, false, timeoutMs));
      }
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new TacitError(
              'PORT_TAKEN',
              `expected port ${port} on ${host} to be free, it is in use. Choose another port`,
            )
          : new TacitError(
              'BAD_INPUT',
              `expected to listen on ${host}:${port}, got ${error.code ?? error.message}. Choose another address`,
            ),
      );
    });
    server.listen(port, host, () => {
      resolve({ port: (server.address() as AddressInfo).port, close: () => server.close() });
    });
  });
}

/** One try. The link ends like an accepted one. */
export async function dialWebSocket(url: string, options: DialOptions): Promise<Link> {
  return new WebSocketLink(await dialUpgrade(url, options), true, options.timeoutMs);
}
