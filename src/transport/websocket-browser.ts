/**
 * Links over the WebSocket of a page. It answers pings by itself and shows none, so a far end that stalls is noticed by receives that wait for it;
 * and it takes in what comes, so a paused link holds what it would not hand over.
 * @module
 */
import { idleTimer } from '#platform';
import type { DialOptions, Link } from './link.js';

/** `send` waits while more than this is under way. */
const HIGH_WATER = 1024 * 1024;
/** Nothing tells when bytes have left: looked at this often. */
const LOOK_MS = 5;

class PageLink implements Link {
  readonly #socket: WebSocket;
  #receive: ((bytes: Uint8Array) => void) | undefined;
  #closed: ((reason: string, stalled: boolean) => void) | undefined;
  #paused = false;
  /** What is not handed over yet. */
  readonly #early: Uint8Array[] = [];
  #ended: string | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!(data instanceof ArrayBuffer)) return this.#end('sent text where binary frames were expected');
      this.#early.push(new Uint8Array(data));
      this.#handOver();
    };
    // its close follows
    socket.onerror = () => {};
    socket.onclose = ({ code }) => this.#end(`closed with code ${code}`);
  }

  async send(bytes: Uint8Array<ArrayBuffer>, done?: () => void): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    // copies
    this.#socket.send(bytes);
    done?.();
    while (this.#ended === undefined && this.#socket.bufferedAmount >= HIGH_WATER) {
      await new Promise<void>((resolve) => idleTimer(resolve, LOOK_MS));
    }
  }

  onMessage(receive: (bytes: Uint8Array) => void): void {
    this.#receive = receive;
    this.#handOver();
  }

  onClose(closed: (reason: string, stalled: boolean) => void): void {
    this.#closed = closed;
    if (this.#ended !== undefined) closed(this.#ended, false);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#handOver();
  }

  close(): void {
    this.#socket.close(1000);
  }

  #handOver(): void {
    while (this.#receive && !this.#paused && this.#early.length > 0) this.#receive(this.#early.shift()!);
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    // what came before the end is part of it
    this.#paused = false;
    this.#handOver();
    this.#socket.close();
    this.#closed?.(reason, false);
  }
}

/** One try. */
export function dialWebSocket(url: string, { patienceMs, signal }: DialOptions): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    const abort = (): void => socket.close();
    const stop = idleTimer(abort, patienceMs);
    signal?.addEventListener('abort', abort, { once: true });
    const settle = (): void => {
      stop();
      signal?.removeEventListener('abort', abort);
    };
    // a page is not told why
    socket.onclose = socket.onerror = () => {
      settle();
      reject(new Error('no connection'));
    };
    socket.onopen = () => {
      settle();
      resolve(new PageLink(socket));
    };
  });
}
