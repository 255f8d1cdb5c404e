/**
 * Links over Node's WebSockets (package ws), tuned for bulk: no compression, no masking work (RFC 6455 wants client frames masked
 * against confused proxies; between parties the zero mask is a valid one), one cap on every message.
 * @module
 */
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { turn } from '#platform';
import { TacitError } from '../core/errors.js';
import { MAX_FRAME } from './frame.js';
import { Heartbeat } from './heartbeat.js';
import type { DialOptions, Link } from './link.js';

/** `send` waits while more than this is under way. */
const HIGH_WATER = 1024 * 1024;
/** After a message of this size the event loop turns, so that bulk leaves while the next is made. */
const BULK = 64 * 1024;
const CLOSE_MS = 1000;
const DEFAULT_TIMEOUT_MS = 30_000;

class WebSocketLink implements Link {
  readonly #socket: WebSocket;
  #receive: ((bytes: Uint8Array) => void) | undefined;
  #closed: ((reason: string, stalled: boolean) => void) | undefined;
  #early: Uint8Array[] = [];
  #waiting: (() => void)[] = [];
  #ended: { readonly reason: string; readonly stalled: boolean } | undefined;
  readonly #heartbeat: Heartbeat;

  constructor(socket: WebSocket, timeoutMs: number) {
    this.#socket = socket;
    const ping = (): void => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    };
    this.#heartbeat = new Heartbeat(timeoutMs, ping, (silentMs) => this.#end(`silent for ${silentMs} ms`, true));
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#heartbeat.hear();
      // a Buffer's slice() is a view; from here on bytes are plain Uint8Arrays, whose slice() copies
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
      if (!isBinary) this.#end('sent text where binary frames were expected');
      else if (this.#receive) this.#receive(bytes);
      else this.#early.push(bytes);
    });
    socket.on('ping', () => this.#heartbeat.hear());
    socket.on('pong', () => this.#heartbeat.hear());
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', (code) => this.#end(`closed with code ${code}`));
  }

  send(bytes: Uint8Array<ArrayBuffer>, done?: () => void): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve();
    this.#socket.send(bytes, () => {
      done?.();
      this.#drained();
    });
    if (this.#socket.bufferedAmount < HIGH_WATER) {
      return bytes.length < BULK ? Promise.resolve() : turn();
    }
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
    this.#socket.close(1000);
    // the far end answers a close at once, unless it is gone: wait for it only as long as bytes still leave
    let left = this.#socket.bufferedAmount;
    const timer = setInterval(() => {
      if (this.#socket.bufferedAmount > 0 && this.#socket.bufferedAmount < left) left = this.#socket.bufferedAmount;
      else {
        clearInterval(timer);
        this.#socket.terminate();
      }
    }, CLOSE_MS).unref();
  }

  #drained(): void {
    if (this.#socket.bufferedAmount < HIGH_WATER / 2) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #end(reason: string, stalled = false): void {
    if (this.#ended) return;
    this.#ended = { reason, stalled };
    this.#heartbeat.stop();
    for (const resolve of this.#waiting.splice(0)) resolve();
    this.#socket.terminate();
    this.#closed?.(reason, stalled);
  }
}

const OPTIONS = { perMessageDeflate: false, maxPayload: MAX_FRAME } as const;

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
    // pages that a browser shows say where they come from; no party does
    const verifyClient = ({ origin }: { origin?: string }): boolean => !origin;
    const server = new WebSocketServer({ host, port, ...OPTIONS, verifyClient });
    server.on('connection', (socket, request) => {
      request.socket.setNoDelay(true);
      accept(new WebSocketLink(socket, timeoutMs));
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
    server.on('listening', () => {
      resolve({ port: (server.address() as AddressInfo).port, close: () => server.close() });
    });
  });
}

/** One try. The link ends like an accepted one. */
export function dialWebSocket(url: string, { timeoutMs, patienceMs, signal }: DialOptions): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      ...OPTIONS,
      handshakeTimeout: patienceMs,
      generateMask: (mask) => mask.fill(0),
    });
    const abort = (): void => socket.terminate();
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (): void => signal?.removeEventListener('abort', abort);
    const failed = (error: Error): void => {
      settle();
      reject(error);
    };
    socket.once('error', failed);
    socket.once('open', () => {
      settle();
      socket.off('error', failed);
      resolve(new WebSocketLink(socket, timeoutMs));
    });
  });
}
