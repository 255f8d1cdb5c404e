/** What both sides of silent transfers keep: the iterations of a bundle, and how far they are spent. @module */
import { LABEL_BYTES } from '../../gc/schedule.js';
import type { Block, KernelMemory } from '../../kernels/memory.js';
import type { KernelModule } from '../../kernels/module.js';
import { inOrder, type Pool } from '../../kernels/pool.js';
import { type SilentJobs, silentJobs } from './jobs.js';
import { jobBytes, treesAtOnce } from './layout.js';
import { baseTransfers, ownTransfers, type SilentShape } from './parameters.js';
import { codeKey, type SenderSeed, type TreeSeed } from './workspace.js';

/** One iteration, as one side knows it: what its labels can be made of at any time. */
export interface Iteration {
  /** Where the hash keys of its trees start; public. */
  readonly start: Uint8Array;
  /** Labels of what it spends, colour bits clear but those of choices: the secret of LPN, then `depth` a tree. */
  readonly base: Uint8Array;
  /** Names its code. */
  readonly number: number;
  /** The roots of the sender's trees, or of the receiver's the sums away from its paths. */
  readonly seeds: Uint8Array;
}

/** Labels that lie in kernel memory until the next are made, and where they begin among those that were asked for. */
export interface Piece {
  readonly labels: Block;
  readonly first: number;
  readonly n: number;
}

/** What a tree of an iteration grows from, on one side. */
export type SeedOf = (iteration: Iteration, tree: number) => TreeSeed;

/** Trees of one iteration of the bundle, one after another. */
interface Run {
  readonly number: number;
  readonly first: number;
  readonly count: number;
}

interface Made {
  readonly run: Run;
  readonly labels: Block;
}

export class SilentStream {
  readonly shape: SilentShape;
  readonly #module: KernelModule;
  readonly #pool: Pool<SilentJobs> | undefined;
  readonly #session: string;
  readonly #seedOf: SeedOf;
  /** The secret of LPN of the iteration that is loaded. */
  readonly #secret: Block;
  /** Of jobs under way: one, or one more than threads. */
  readonly #slots: Block[];
  /** Of the bundle that is made. */
  #iterations: Iteration[] = [];
  /** The base of the next iteration. */
  #base: Uint8Array;
  #number = 0;
  #position = 0;
  #loaded: Iteration | undefined;
  /** What was made last: where a call ends in the middle of a tree, the next begins. */
  #kept: Made | undefined;

  /**
   * @param base labels of the first iteration's transfers; taken over
   * @param pool over the memory of `module`, where there are threads
   */
  constructor(
    module: KernelModule,
    shape: SilentShape,
    session: string,
    base: Uint8Array,
    seedOf: SeedOf,
    pool?: Pool<SilentJobs>,
  ) {
    if (base.length !== baseTransfers(shape) * LABEL_BYTES) {
      throw new RangeError(`silent transfers: expected ${baseTransfers(shape)} to begin with`);
    }
    this.shape = shape;
    this.#module = module;
    this.#pool = pool;
    this.#session = session;
    this.#seedOf = seedOf;
    this.#base = base;
    this.#secret = this.memory.allocate(this.#secretBytes);
    this.#slots = Array.from({ length: 1 + (pool?.threads ?? 0) }, () => this.memory.allocate(jobBytes(shape.set)));
  }

  get memory(): KernelMemory {
    return this.#module.memory;
  }

  get position(): number {
    return this.#position;
  }

  /** Forgets the iterations of the bundle before: what it did not spend of them is never spent. */
  begin(): void {
    for (const { base, seeds } of this.#iterations) for (const secret of [base, seeds]) secret.fill(0);
    this.#iterations = [];
    this.#kept = undefined;
    this.#position = 0;
  }

  /** The labels of the next iteration's transfers, once, and its number. */
  next(): Pick<Iteration, 'base' | 'number'> {
    const base = this.#base;
    if (base.length === 0)
      throw new RangeError('silent transfers: expected the base of another iteration, it is spent');
    this.#base = new Uint8Array();
    return { base, number: this.#number++ };
  }

  /** Adds an iteration to the bundle: its first trees make the base of the one after it. */
  async add(iteration: Iteration): Promise<void> {
    const { refill, set } = this.shape;
    const next = new Uint8Array(iteration.base.length);
    const whole = { number: this.#iterations.push(iteration) - 1, first: 0, count: refill };
    for await (const { run, labels } of this.#make(iteration, whole)) {
      const first = run.first * (LABEL_BYTES << set.depth);
      next.set(this.memory.view(labels).subarray(0, next.length - first), first);
    }
    this.#base = next;
  }

  /** The sums of all trees' levels, on the sender's side, in the trees' order. */
  async *sums(seeds: readonly SenderSeed[]): AsyncGenerator<Uint8Array> {
    const { set } = this.shape;
    const each = treesAtOnce(set);
    const jobs = Array.from({ length: Math.ceil(seeds.length / each) }, (_, i) =>
      seeds.slice(i * each, (i + 1) * each),
    );
    this.#kept = undefined;
    yield* inOrder(jobs, this.#slots.length, (some, slot) => this.#run('silentSums', slot, { set, seeds: some }));
  }

  /** The next n transfers, once. */
  take(n: number): AsyncGenerator<Piece> {
    const position = this.#position;
    if (position + n > this.shape.iterations * ownTransfers(this.shape)) {
      throw new RangeError(`silent transfers: expected at most those of the plan, got ${n} more`);
    }
    this.#position += n;
    return this.pieces(position, n);
  }

  /** The labels from `position` on, some trees at a time. */
  async *pieces(position: number, n: number): AsyncGenerator<Piece> {
    const { set, own, refill } = this.shape;
    const size = 2 ** set.depth;
    const end = position + n;
    /** What of a run was asked for. */
    const pieceOf = ({ run, labels }: Made): Piece => {
      const start = (run.number * own + run.first - refill) * size;
      const from = Math.max(position, start);
      const to = Math.min(end, start + run.count * size);
      const block = { pointer: labels.pointer + (from - start) * LABEL_BYTES, bytes: (to - from) * LABEL_BYTES };
      return { labels: block, first: from - position, n: to - from };
    };
    for (let at = position; at < end; ) {
      const tree = Math.floor(at / size);
      const number = Math.floor(tree / own);
      const first = refill + (tree % own);
      const kept = this.#kept;
      if (kept && kept.run.number === number && kept.run.first <= first && first < kept.run.first + kept.run.count) {
        const piece = pieceOf(kept);
        yield piece;
        at = position + piece.first + piece.n;
        continue;
      }
      // the secret of one iteration is there at a time
      const to = Math.min(end, (number + 1) * own * size);
      const count = Math.ceil(to / size) - tree;
      for await (const made of this.#make(this.#iterations[number]!, { number, first, count })) yield pieceOf(made);
      at = to;
    }
  }

  dispose(): void {
    this.begin();
    this.#base.fill(0);
    for (const block of [this.#secret, ...this.#slots.splice(0)]) this.memory.clear(block);
  }

  /** The labels of trees, some at a time; each valid until the next is asked for, the last until others are made. */
  async *#make(iteration: Iteration, { number, first, count }: Run): AsyncGenerator<Made> {
    const { set } = this.shape;
    this.#kept = undefined;
    if (this.#loaded !== iteration) {
      this.memory.bytes.set(iteration.base.subarray(0, this.#secretBytes), this.#secret.pointer);
      this.#loaded = iteration;
    }
    const each = treesAtOnce(set);
    const runs = Array.from({ length: Math.ceil(count / each) }, (_, i) => ({
      number,
      first: first + i * each,
      count: Math.min(each, count - i * each),
    }));
    const common = { set, codeKey: codeKey(this.#session, iteration.number), secret: this.#secret.pointer };
    yield* inOrder(runs, this.#slots.length, async (run, slot) => {
      const seeds = Array.from({ length: run.count }, (_, i) => this.#seedOf(iteration, run.first + i));
      const labels = await this.#run('silentLabels', slot, { ...common, first: run.first, seeds });
      const made = { run, labels };
      if (run === runs.at(-1)) this.#kept = made;
      return made;
    });
  }

  get #secretBytes(): number {
    return 2 ** this.shape.set.logK * LABEL_BYTES;
  }

  /** On a thread, or here. */
  #run<Name extends keyof SilentJobs>(
    job: Name,
    slot: number,
    args: Omit<Parameters<SilentJobs[Name]>[1], 'block'>,
  ): Promise<ReturnType<SilentJobs[Name]>> {
    const block = this.#slots[slot]!;
    const whole = { ...args, block } as Parameters<SilentJobs[Name]>[1];
    if (this.#pool) return this.#pool.run(job, block, whole);
    const here: (module: KernelModule, args: Parameters<SilentJobs[Name]>[1]) => ReturnType<SilentJobs[Name]> =
      silentJobs[job] as never;
    return Promise.resolve(here(this.#module, whole));
  }
}

/** The key of a tree's hashes. */
export function treeKey(start: Uint8Array, tree: number): Uint8Array {
  const key = start.slice();
  const view = new DataView(key.buffer);
  view.setUint32(0, view.getUint32(0) ^ tree);
  return key;
}

/** The labels of an iteration's transfers along the path of a tree, and bytes of as many. */
export function pathOf({ set }: SilentShape, tree: number): readonly [number, number] {
  const first = 2 ** set.logK + tree * set.depth;
  return [first * LABEL_BYTES, (first + set.depth) * LABEL_BYTES];
}
