/**
 * The OT extension on threads: each batch of transfers is a job of its own, at its place in the streams. What comes out is that of CotSender and CotReceiver.
 * @module
 */
import { LABEL_BYTES } from '../gc/schedule.js';
import type { Block, KernelMemory } from '../kernels/memory.js';
import type { KernelModule } from '../kernels/module.js';
import { inOrder } from '../kernels/pool.js';
import {
  type Batch,
  batchesAt,
  type CotReceiver,
  type CotSender,
  choicesOf,
  Extension,
  type ExtensionState,
  expectMessage,
  type Streams,
  streamsOf,
} from '../ot/extension.js';
import { workBytes } from '../ot/extension-layout.js';
import { extensionBytes } from '../ot/sizes.js';
import type { ExtendArgs, Extended, OfflinePool } from './jobs.js';

/** CotSender, the same on threads, or SilentSender. Calls must not overlap. */
export interface TransferSender {
  readonly delta: Uint8Array;
  extend(n: number, labels: Uint8Array, message: Uint8Array, chosen: boolean): void | Promise<void>;
  /** Gives the kernel memory back, cleared. */
  dispose(): void;
}

/** CotReceiver, the same on threads, or SilentReceiver. Calls must not overlap. */
export interface TransferReceiver {
  /** Where the next transfers stand. */
  readonly state: Pick<ExtensionState, 'position'>;
  extend(
    n: number,
    labels: Uint8Array | undefined,
    choices: Uint8Array,
    chosen: boolean,
  ): Uint8Array | Promise<Uint8Array>;
  again(position: number, n: number, labels: Uint8Array, choices: Uint8Array): void | Promise<void>;
  /** Gives the kernel memory back, cleared. */
  dispose(): void;
}

let made = 0;

/** The batches of one side, each under way in a block of shared kernel memory, which is kept for as long as the keys are. */
class Batches {
  readonly memory: KernelMemory;
  readonly state: ExtensionState;
  readonly #pool: OfflinePool;
  /** Names the keys to threads that have met them. */
  readonly #id: number = made++;
  readonly #blocks: Block[];

  constructor(memory: KernelMemory, pool: OfflinePool, state: ExtensionState) {
    this.memory = memory;
    this.state = state;
    this.#pool = pool;
    this.#blocks = Array.from({ length: pool.threads + 1 }, () => memory.allocate(workBytes(state.k)));
  }

  /**
   * Runs batches, and hands each over in order.
   * @param prepare makes a batch's arguments
   */
  async run(
    batches: readonly Batch[],
    prepare: (batch: Batch) => Pick<ExtendArgs, 'chosen' | 'receiver' | 'sender'>,
    take: (batch: Batch, extended: Extended) => void,
  ): Promise<void> {
    const { k, keys } = this.state;
    const done = inOrder(batches, this.#blocks.length, async (batch, slot) => {
      const args = { id: this.#id, k, keys, batch, ...prepare(batch) };
      return { batch, extended: await this.#pool.run('extend', this.#blocks[slot]!, args) };
    });
    for await (const { batch, extended } of done) take(batch, extended);
  }

  dispose(): void {
    for (const block of this.#blocks.splice(0)) this.memory.clear(block);
  }
}

export class ThreadedReceiver implements TransferReceiver {
  readonly #batches: Batches;

  /** Takes the place of `receiver`, whose own kernel memory goes back. */
  constructor(memory: KernelMemory, pool: OfflinePool, receiver: CotReceiver) {
    receiver.dispose();
    this.#batches = new Batches(memory, pool, receiver.state);
  }

  get state(): ExtensionState {
    return this.#batches.state;
  }

  async extend(n: number, labels: Uint8Array | undefined, choices: Uint8Array, chosen: boolean): Promise<Uint8Array> {
    const { memory, state } = this.#batches;
    const message = new Uint8Array(extensionBytes(state.k, n, chosen));
    let sent = 0;
    await this.#batches.run(
      state.advance(n),
      (batch) => ({ chosen, receiver: { choices: choicesOf(choices, batch).slice() } }),
      (batch, extended) => {
        labels?.set(memory.view(extended.labels), batch.first * LABEL_BYTES);
        message.set(memory.view(extended.message), sent);
        sent += extended.message.bytes;
        if (!chosen) choicesOf(choices, batch).set(extended.choices);
      },
    );
    return message;
  }

  async again(position: number, n: number, labels: Uint8Array, choices: Uint8Array): Promise<void> {
    const { memory } = this.#batches;
    await this.#batches.run(
      batchesAt(position, n),
      (batch) => ({ chosen: true, receiver: { choices: choicesOf(choices, batch).slice() } }),
      (batch, extended) => labels.set(memory.view(extended.labels), batch.first * LABEL_BYTES),
    );
  }

  dispose(): void {
    this.#batches.dispose();
  }
}

export class ThreadedSender implements TransferSender {
  readonly delta: Uint8Array;
  readonly #batches: Batches;

  /** Takes the place of `sender`, whose own kernel memory goes back. */
  constructor(memory: KernelMemory, pool: OfflinePool, sender: CotSender) {
    sender.dispose();
    this.#batches = new Batches(memory, pool, sender.state);
    this.delta = sender.delta;
  }

  /** @throws TacitError BAD_FRAME where the message has another length */
  async extend(n: number, labels: Uint8Array, message: Uint8Array, chosen: boolean): Promise<void> {
    const { memory, state } = this.#batches;
    expectMessage(state.k, n, message, chosen);
    let taken = 0;
    await this.#batches.run(
      state.advance(n),
      (batch) => {
        const own = message.slice(taken, taken + extensionBytes(state.k, batch.n, chosen));
        taken += own.length;
        return { chosen, sender: { delta: this.delta, message: own } };
      },
      (batch, extended) => labels.set(memory.view(extended.labels), batch.first * LABEL_BYTES),
    );
  }

  dispose(): void {
    this.#batches.dispose();
  }
}

/** A thread's side of it. The streams of an extension are made when the thread first meets it. */
export function extendJob(): (module: KernelModule, args: ExtendArgs) => Extended {
  const met = new Map<number, Streams>();
  return (module, { id, k, keys, batch, chosen, receiver, sender }) => {
    const streams = met.get(id) ?? streamsOf(k, keys);
    met.set(id, streams);
    const extension = new Extension(module, k, streams);
    const message = extension.message(batch.n, chosen);
    const choices = receiver?.choices ?? new Uint8Array();
    if (receiver) extension.receive(batch, choices, chosen);
    if (sender) {
      module.memory.view(message).set(sender.message);
      extension.send(batch, sender.delta, chosen);
    }
    return { labels: extension.labels(batch.n), message, choices };
  };
}
