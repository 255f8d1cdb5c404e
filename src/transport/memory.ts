/** Two links in one process, joined: what one sends the other receives, asynchronously and in order. @module */
import { soon } from '#platform';
import type { Link } from './link.js';

class MemoryLink implements Link {
  #peer: MemoryLink | undefined;
  #receive: ((bytes: Uint8Array) => void) | undefined;
  #closed: ((reason: string, stalled: boolean) => void) | undefined;
  /** What has not been taken yet. */
  readonly #early: Uint8Array[] = [];
  #paused = false;
  #open = true;

  join(peer: MemoryLink): void {
    this.#peer = peer;
  }

  send(bytes: Uint8Array<ArrayBuffer>): undefined {
    const peer = this.#peer;
    if (this.#open && peer) soon(() => peer.#deliver(bytes));
  }

  onMessage(receive: (bytes: Uint8Array) => void): void {
    this.#receive = receive;
    this.#handOver();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    soon(() => this.#handOver());
  }

  onClose(closed: (reason: string, stalled: boolean) => void): void {
    this.#closed = closed;
  }

  close(): void {
    const peer = this.#peer;
    if (this.#open && peer) soon(() => peer.#end('closed by the peer'));
    soon(() => this.#end('closed'));
  }

  #deliver(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#early.push(bytes);
    this.#handOver();
  }

  #handOver(): void {
    while (this.#receive && !this.#paused && this.#early.length > 0) this.#receive(this.#early.shift()!);
  }

  #end(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#paused = false;
    this.#handOver();
    this.#closed?.(reason, false);
  }
}

export function memoryLinks(): [Link, Link] {
  const left = new MemoryLink();
  const right = new MemoryLink();
  left.join(right);
  right.join(left);
  return [left, right];
}
