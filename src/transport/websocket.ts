/**
 * Links over WebSockets on Node's sockets, made for bulk and for rounds: a message is one write, nothing is compressed, and the mask of the end that
 * dialled is zero (RFC 6455 wants client frames masked against confused proxies; between parties the zero mask is a valid one). One cap on
 * every message.
 * @module
 */
import { createServer as createHttpServer, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { release, turn } from '#platform';
import { codeOf, type ErrorCode, TacitError } from '../core/errors.js';
import { MAX_FRAME } from './frame.js';
import { Heartbeat } from './heartbeat.js';
import type { Credentials, DialOptions, Link, Security } from './link.js';
import { MOST_PIECE, Slab } from './slab.js';
import { GREETING_MS, Strangers } from './strangers.js';
import { SECURE, securityOf } from './tls.js';
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
import { acceptUpgrade, dialUpgrade, refuseUpgrade, type Upgraded } from './websocket-handshake.js';

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
  readonly security: Security | undefined;
  readonly #slab: Slab = new Slab();
  readonly #heartbeat: Heartbeat;
  readonly #reader: FrameReader;
  #receive: ((bytes: Uint8Array) => void) | undefined;
  #closed: ((reason: string, stalled: boolean) => void) | undefined;
  #early: Uint8Array[] = [];
  #waiting: (() => void)[] = [];
  readonly #drained = (): void => {
    if (this.#socket.writableLength < HIGH_WATER / 2) for (const resolve of this.#waiting.splice(0)) resolve();
  };
  #closing = false;
  #ended: { readonly reason: string; readonly stalled: boolean } | undefined;

  constructor({ socket, head, security }: Upgraded, dialled: boolean, timeoutMs: number) {
    this.#socket = socket;
    this.security = security;
    this.#dialled = dialled;
    this.#heartbeat = new Heartbeat(
      timeoutMs,
      () => this.#put(OPCODE.ping, new Uint8Array()),
      (silentMs) => this.#end(`silent for ${silentMs} ms`, { stalled: true }),
    );
    const reader = new FrameReader(!dialled, MAX_FRAME, this);
    this.#reader = reader;
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
    // not before who takes the link in has had time to limit it
    queueMicrotask(() => {
      if (head.length > 0) read(head.slice());
      socket.on('data', read);
    });
  }

  limit(bytes: number): void {
    this.#reader.limit(bytes);
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

/** Connections that have not asked to upgrade, at once. */
const MAX_SOCKETS = 64;
/** Of a request to upgrade. */
const MAX_HEADERS = 4096;

const SERVER: ServerOptions = {
  maxHeaderSize: MAX_HEADERS,
  headersTimeout: GREETING_MS,
  requestTimeout: GREETING_MS,
  keepAlive: false,
};

export interface Listener {
  readonly port: number;
  /** How many links were turned away before they were any, by code. */
  readonly refusals: ReadonlyMap<ErrorCode, number>;
  close(): void;
}

/** Takes in a link. @param path that was asked for, such as /models */
export type Accept = (link: Link, path: string) => void;

/**
 * Accepts links on host:port (0 picks a free port). A link whose far end is silent for timeoutMs, pings unanswered, ends.
 * @param credentials links are secured, and who has no certificate of the deployment is refused
 * @throws TacitError PORT_TAKEN where the port is in use
 */
export function listen(
  host: string,
  port: number,
  accept: Accept,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
  credentials?: Credentials,
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = credentials
      ? createHttpsServer({ ...SERVER, ...SECURE, ...keyOf(credentials), handshakeTimeout: GREETING_MS })
      : createHttpServer(SERVER);
    const refusals = new Map<ErrorCode, number>();
    // by the far end's address: the socket of a secured connection is another than the one that came
    const strangers = new Strangers<string>(MAX_SOCKETS, (address) => sockets.get(address)?.destroy());
    const sockets = new Map<string, Socket>();
    server.on('connection', (socket: Socket) => {
      const address = addressOf(socket);
      sockets.set(address, socket);
      socket.once('close', () => {
        strangers.delete(address);
        sockets.delete(address);
      });
      strangers.add(address);
    });
    server.on('request', (_, response) => response.writeHead(426, { Connection: 'close' }).end());
    server.on('upgrade', (request, stream, head) => {
      const socket = stream as Socket;
      let security: Security | undefined;
      try {
        if (credentials) security = securityOf(socket as TLSSocket, credentials);
      } catch (error) {
        const code = codeOf(error);
        refusals.set(code, (refusals.get(code) ?? 0) + 1);
        refuseUpgrade(socket, code);
        return;
      }
      if (!acceptUpgrade(request, socket)) return;
      strangers.delete(addressOf(socket));
      accept(new WebSocketLink({ socket, head, security }, false, timeoutMs), request.url ?? '/');
    });
    // a handshake that fails, or was never one
    server.on('tlsClientError', (_, socket) => socket.destroy());
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
      resolve({ port: (server.address() as AddressInfo).port, refusals, close: () => server.close() });
    });
  });
}

function keyOf({ key, certificate }: Credentials): { key: string; cert: string } {
  return { key, cert: certificate };
}

function addressOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}/${remotePort}`;
}

/** One try. The link ends like an accepted one. */
export async function dialWebSocket(url: string, options: DialOptions): Promise<Link> {
  return new WebSocketLink(await dialUpgrade(url, options), true, options.timeoutMs);
}
