/** Two links in one process, joined: what one sends the other receives, asynchronously and in order. @module */
import type { Link } from './link.js';

class MemoryLink implements Link {
  #peer: MemoryLink | undefined;
  #receive: ((bytes: Uint8Array) => void) | undefined;
  #closed: ((reason: string, stalled: boolean) => void) | undefined;
  #early: Uint8Array[] = [];
  #open = true;

  join(peer: MemoryLink): void {
    this.#peer = peer;
  }

  async send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const peer = this.#peer;
    if (this.#open && peer) setImmediate(() => peer.#deliver(bytes));
  }

  onMessage(receive: (bytes: Uint8Array) => void): void {
    this.#receive = receive;
    for (const bytes of this.#early.splice(0)) receive(bytes);
  }

  onClose(closed: (reason: string, stalled: boolean) => void): void {
    this.#closed = closed;
  }

  close(): void {
    const peer = this.#peer;
    if (this.#open && peer) setImmediate(() => peer.#end('closed by the peer'));
    setImmediate(() => this.#end('closed'));
  }

  #deliver(bytes: Uint8Array): void {
    if (!this.#open) return;
    if (this.#receive) this.#receive(bytes);
    else this.#early.push(bytes);
  }

  #end(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
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
