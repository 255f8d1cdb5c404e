/**
 * The sender of silent correlated transfers. It has Delta, and says what the receiver's trees lack before any choice is there: its messages depend on
 * nothing that it receives.
 * @module
 */
import { TacitError } from '../../core/errors.js';
import { LABEL_BYTES } from '../../gc/schedule.js';
import type { Block } from '../../kernels/memory.js';
import type { KernelModule } from '../../kernels/module.js';
import { secretBytes } from '../../platform/random.js';
import { correctionBytes } from './corrections.js';
import { iterationBytes, type SilentShape, seedBytes, treesOf } from './parameters.js';
import { type Iteration, pathOf, SilentStream, treeKey } from './stream.js';
import type { TreeWorkspace } from './workspace.js';

export class SilentSender {
  /** 16 bytes, bit 0 set. */
  readonly delta: Uint8Array;
  readonly #module: KernelModule;
  readonly #stream: SilentStream;
  /** Delta, and the corrections of a tree. */
  readonly #block: Block;

  /**
   * @param session names direction and session, alike on both sides
   * @param base labels of baseTransfers(shape) transfers with random choices
   */
  constructor(module: KernelModule, shape: SilentShape, session: string, delta: Uint8Array, base: Uint8Array) {
    this.delta = delta;
    this.#module = module;
    this.#block = module.memory.allocate(LABEL_BYTES + correctionBytes(2 ** shape.set.depth) + 1);
    module.memory.bytes.set(delta, this.#block.pointer);
    // bit 0 tells a choice: q has it clear, and Delta has it set
    for (let at = 0; at < base.length; at += LABEL_BYTES) base[at] = base[at]! & ~1;
    this.#stream = new SilentStream(module, shape, session, base, (trees, iteration, tree) =>
      this.#grow(trees, iteration, tree),
    );
  }

  /** The messages of a bundle's iterations, each iterationBytes(shape), one after the other. */
  *provide(): Generator<Uint8Array> {
    const { shape, trees } = this.#stream;
    const rootBytes = seedBytes(shape, 'sender');
    this.#stream.begin();
    for (let i = 0; i < shape.iterations; i++) {
      const iteration: Iteration = {
        ...this.#stream.next(),
        start: secretBytes(LABEL_BYTES, 'silent/start'),
        seeds: secretBytes(rootBytes, 'silent/roots'),
      };
      const message = new Uint8Array(iterationBytes(shape));
      message.set(iteration.start);
      for (let tree = 0; tree < treesOf(shape); tree++) this.#open(trees, iteration, tree, message);
      this.#stream.add(iteration);
      yield message;
    }
  }

  /**
   * The next n transfers.
   * @param labels where the n labels q go
   * @param message the receiver's, of chosen transfers correctionBytes(n), else none
   * @throws TacitError BAD_FRAME where the message has another length
   */
  extend(n: number, labels: Uint8Array, message: Uint8Array, chosen: boolean): void {
    const expected = chosen ? correctionBytes(n) : 0;
    if (message.length !== expected) {
      throw new TacitError('BAD_FRAME', `silent transfers: expected ${expected} bytes, got ${message.length}`);
    }
    const { memory, exports } = this.#module;
    const bits = this.#block.pointer + LABEL_BYTES;
    for (const { labels: made, first, n: count } of this.#stream.take(n)) {
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

  #grow(trees: TreeWorkspace, iteration: Iteration, tree: number): undefined {
    trees.grow(treeKey(iteration.start, tree), rootOf(iteration, tree), this.delta, () => {});
  }

  /** Of each level the sum of the left nodes under the label of its transfer: the receiver opens that of the side of its choice. */
  #open(trees: TreeWorkspace, iteration: Iteration, tree: number, message: Uint8Array): void {
    const { shape } = this.#stream;
    const path = iteration.base.subarray(...pathOf(shape, tree));
    const at = LABEL_BYTES * (1 + tree * shape.set.depth);
    trees.grow(treeKey(iteration.start, tree), rootOf(iteration, tree), this.delta, (sum, level) => {
      for (let b = level * LABEL_BYTES; b < (level + 1) * LABEL_BYTES; b++) {
        message[at + b] = sum[b % LABEL_BYTES]! ^ path[b]!;
      }
    });
  }
}

function rootOf({ seeds }: Iteration, tree: number): Uint8Array {
  return seeds.subarray(tree * LABEL_BYTES, (tree + 1) * LABEL_BYTES);
}
