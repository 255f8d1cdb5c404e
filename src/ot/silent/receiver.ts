/** The receiver of silent correlated transfers: its choices are random until it corrects them, a bit each. @module */
import { TacitError } from '../../core/errors.js';
import { LABEL_BYTES } from '../../gc/schedule.js';
import type { Block } from '../../kernels/memory.js';
import type { KernelModule } from '../../kernels/module.js';
import type { Pool } from '../../kernels/pool.js';
import { bitOf } from '../extension.js';
import { correctionBytes } from './corrections.js';
import type { SilentJobs } from './jobs.js';
import { treesAtOnce } from './layout.js';
import { iterationBytes, type SilentShape, seedBytes } from './parameters.js';
import { type Iteration, pathOf, SilentStream, treeKey } from './stream.js';
import type { TreeSeed } from './workspace.js';

export class SilentReceiver {
  readonly #module: KernelModule;
  readonly #stream: SilentStream;
  /** The choices of trees that are made at once. */
  readonly #block: Block;

  /**
   * @param session names direction and session, alike on both sides
   * @param base labels of baseTransfers(shape) transfers
   * @param choices of these, random; packed
   * @param pool over the memory of `module`, where there are threads
   */
  constructor(
    module: KernelModule,
    shape: SilentShape,
    session: string,
    base: Uint8Array,
    choices: Uint8Array,
    pool?: Pool<SilentJobs>,
  ) {
    this.#module = module;
    this.#block = module.memory.allocate(correctionBytes(treesAtOnce(shape.set) << shape.set.depth) + 1);
    for (let at = 0; at < base.length; at += LABEL_BYTES) {
      base[at] = (base[at]! & ~1) | bitOf(choices, at / LABEL_BYTES);
    }
    this.#stream = new SilentStream(
      module,
      shape,
      session,
      base,
      (iteration, tree) => seedOf(shape, iteration, tree),
      pool,
    );
  }

  /** Where the next transfers stand among those of the bundle. */
  get state(): { readonly position: number } {
    return { position: this.#stream.position };
  }

  /** Forgets the iterations of the bundle before. */
  begin(): void {
    this.#stream.begin();
  }

  /**
   * Takes the message of the next iteration.
   * @throws TacitError BAD_FRAME where it has another length
   */
  async accept(message: Uint8Array): Promise<void> {
    const { shape } = this.#stream;
    const expected = iterationBytes(shape);
    if (message.length !== expected) {
      throw new TacitError('BAD_FRAME', `silent transfers: expected ${expected} bytes, got ${message.length}`);
    }
    const { base, number } = this.#stream.next();
    const paths = base.subarray(2 ** shape.set.logK * LABEL_BYTES);
    const seeds = new Uint8Array(seedBytes(shape, 'receiver'));
    for (let at = 0; at < seeds.length; at++) seeds[at] = message[LABEL_BYTES + at]! ^ paths[at]!;
    await this.#stream.add({ base, number, seeds, start: message.slice(0, LABEL_BYTES) });
  }

  /**
   * The next n transfers, with random choices or with those given.
   * @param labels where the n labels t go; undefined where `again` will be asked for them
   * @param choices packed; set where they are given, filled in where `chosen` is false
   * @returns the message for the sender: where choices are given, what makes them of the random ones
   */
  async extend(n: number, labels: Uint8Array | undefined, choices: Uint8Array, chosen: boolean): Promise<Uint8Array> {
    const { memory, exports } = this.#module;
    const random = new Uint8Array(correctionBytes(n));
    for await (const { labels: made, first, n: count } of this.#stream.take(n)) {
      labels?.set(memory.view(made), first * LABEL_BYTES);
      memory.zero(this.#block.pointer, this.#block.bytes);
      exports.labelsColours(made.pointer, this.#block.pointer, first & 7, count);
      const bits = memory.bytes.subarray(this.#block.pointer, this.#block.pointer + ((first & 7) + count + 7) / 8);
      for (let i = 0; i < bits.length; i++) random[(first >> 3) + i]! |= bits[i]!;
    }
    if (!chosen) {
      choices.set(random);
      return new Uint8Array();
    }
    for (let i = 0; i < random.length; i++) random[i]! ^= choices[i]!;
    // bits behind the last choice would go out as they are
    if (n % 8 > 0) random[random.length - 1]! &= (1 << (n % 8)) - 1;
    return random;
  }

  /** The labels of n transfers from `position` on, once more. */
  async again(position: number, n: number, labels: Uint8Array, _choices: Uint8Array): Promise<void> {
    const { memory } = this.#module;
    for await (const { labels: made, first } of this.#stream.pieces(position, n)) {
      labels.set(memory.view(made), first * LABEL_BYTES);
    }
  }

  dispose(): void {
    this.#stream.dispose();
    this.#module.memory.clear(this.#block);
  }
}

/** The choice of a level's transfer is the side that the receiver knows: its noise is where all choices are turned. */
function seedOf(shape: SilentShape, { start, base, seeds }: Iteration, tree: number): TreeSeed {
  const { depth } = shape.set;
  const [first] = pathOf(shape, tree);
  return {
    key: treeKey(start, tree),
    sums: seeds.slice(tree * depth * LABEL_BYTES, (tree + 1) * depth * LABEL_BYTES),
    away: Uint8Array.from({ length: depth }, (_, level) => base[first + level * LABEL_BYTES]! & 1),
  };
}
