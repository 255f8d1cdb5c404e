/**
 * The sender of silent correlated transfers. It has Delta, and says what the receiver's trees lack before any choice is there: its messages depend on
 * nothing that it receives.
 * @module
 */
import { TacitError } from '../../core/errors.js';
import { LABEL_BYTES } from '../../gc/schedule.js';
import type { Block } from '../../kernels/memory.js';
import type { KernelModule } from '../../kernels/module.js';
import type { Pool } from '../../kernels/pool.js';
import { secretBytes } from '../../platform/random.js';
import { correctionBytes } from './corrections.js';
import type { SilentJobs } from './jobs.js';
import { treesAtOnce } from './layout.js';
import { iterationBytes, type SilentShape, seedBytes, treesOf } from './parameters.js';
import { type Iteration, pathOf, SilentStream, treeKey } from './stream.js';
import type { SenderSeed } from './workspace.js';

export class SilentSender {
  /** 16 bytes, bit 0 set. */
  readonly delta: Uint8Array;
  readonly #module: KernelModule;
  readonly #stream: SilentStream;
  /** Delta, and the corrections of trees that are made at once. */
  readonly #block: Block;

  /**
   * @param session names direction and session, alike on both sides
   * @param base labels of baseTransfers(shape) transfers with random choices
   * @param pool over the memory of `module`, where there are threads
   */
  constructor(
    module: KernelModule,
    shape: SilentShape,
    session: string,
    delta: Uint8Array,
    base: Uint8Array,
    pool?: Pool<SilentJobs>,
  ) {
    this.delta = delta;
    this.#module = module;
    this.#block = module.memory.allocate(LABEL_BYTES + correctionBytes(treesAtOnce(shape.set) << shape.set.depth) + 1);
    module.memory.bytes.set(delta, this.#block.pointer);
    // bit 0 tells a choice: q has it clear, and Delta has it set
    for (let at = 0; at < base.length; at += LABEL_BYTES) base[at] = base[at]! & ~1;
    this.#stream = new SilentStream(
      module,
      shape,
      session,
      base,
      (iteration, tree) => this.#seedOf(iteration, tree),
      pool,
    );
  }

  /** The messages of a bundle's iterations, each iterationBytes(shape), one after the other. */
  async *provide(): AsyncGenerator<Uint8Array> {
    const { shape } = this.#stream;
    const rootBytes = seedBytes(shape, 'sender');
    this.#stream.begin();
    for (let i = 0; i < shape.iterations; i++) {
      const iteration: Iteration = {
        ...this.#stream.next(),
        start: secretBytes(LABEL_BYTES, 'silent/start'),
        seeds: secretBytes(rootBytes, 'silent/roots'),
      };
      const message = await this.#open(iteration);
      await this.#stream.add(iteration);
      yield message;
    }
  }

  /**
   * The next n transfers.
   * @param labels where the n labels q go
   * @param message the receiver's, of chosen transfers correctionBytes(n), else none
   * @throws TacitError BAD_FRAME where the message has another length
   */
  async extend(n: number, labels: Uint8Array, message: Uint8Array, chosen: boolean): Promise<void> {
    const expected = chosen ? correctionBytes(n) : 0;
    if (message.length !== expected) {
      throw new TacitError('BAD_FRAME', `silent transfers: expected ${expected} bytes, got ${message.length}`);
    }
    const { memory, exports } = this.#module;
    const bits = this.#block.pointer + LABEL_BYTES;
    for await (const { labels: made, first, n: count } of this.#stream.take(n)) {
      if (chosen) {
        memory.bytes.set(message.subarray(first >> 3, correctionBytes(first + count)), bits);
        exports.labelsCorrect(made.pointer, bits, first & 7, this.#block.pointer, count);
      }
      labels.set(memory.view(made), first * LABEL_BYTES);
    }
  }

  dispose(): void {
    this.#stream.dispose();
    this.#module.memory.clear(this.#block);
  }

  #seedOf({ start, seeds }: Iteration, tree: number): SenderSeed {
    const root = seeds.slice(tree * LABEL_BYTES, (tree + 1) * LABEL_BYTES);
    return { key: treeKey(start, tree), root, delta: this.delta };
  }

  /** Of each level the sum of the left nodes under the label of its transfer: the receiver opens that of the side of its choice. */
  async #open(iteration: Iteration): Promise<Uint8Array> {
    const { shape } = this.#stream;
    const message = new Uint8Array(iterationBytes(shape));
    message.set(iteration.start);
    const [paths] = pathOf(shape, 0);
    const seeds = Array.from({ length: treesOf(shape) }, (_, tree) => this.#seedOf(iteration, tree));
    let at = 0;
    for await (const sums of this.#stream.sums(seeds)) {
      for (const byte of sums) {
        message[LABEL_BYTES + at] = byte ^ iteration.base[paths + at]!;
        at++;
      }
    }
    return message;
  }
}
