/** What both sides of silent transfers keep: the iterations of a bundle, and how far they are spent. @module */
import { LABEL_BYTES } from '../../gc/schedule.js';
import type { Block, KernelMemory } from '../../kernels/memory.js';
import type { KernelModule } from '../../kernels/module.js';
import { baseTransfers, ownTransfers, type SilentShape } from './parameters.js';
import { codeKey, TreeWorkspace } from './workspace.js';

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

/** Grows a tree of an iteration; its noise, on the receiver's side. */
export type Grow = (trees: TreeWorkspace, iteration: Iteration, tree: number) => number | undefined;

export class SilentStream {
  readonly shape: SilentShape;
  readonly memory: KernelMemory;
  readonly trees: TreeWorkspace;
  readonly #session: string;
  readonly #grow: Grow;
  /** Of the bundle that is made. */
  #iterations: Iteration[] = [];
  /** The base of the next iteration. */
  #base: Uint8Array;
  #number = 0;
  #position = 0;
  /** What lies in kernel memory: an iteration's secret, and a tree's labels. */
  #loaded: Iteration | undefined;
  #encoded: { readonly iteration: Iteration; readonly tree: number; readonly labels: Block } | undefined;

  /** @param base labels of the first iteration's transfers; taken over */
  constructor(module: KernelModule, shape: SilentShape, session: string, base: Uint8Array, grow: Grow) {
    if (base.length !== baseTransfers(shape) * LABEL_BYTES) {
      throw new RangeError(`silent transfers: expected ${baseTransfers(shape)} to begin with`);
    }
    this.shape = shape;
    this.memory = module.memory;
    this.trees = new TreeWorkspace(module, shape.set);
    this.#session = session;
    this.#grow = grow;
    this.#base = base;
  }

  get position(): number {
    return this.#position;
  }

  /** Forgets the iterations of the bundle before: what it did not spend of them is never spent. */
  begin(): void {
    for (const { base, seeds } of this.#iterations) for (const secret of [base, seeds]) secret.fill(0);
    this.#iterations = [];
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
  add(iteration: Iteration): void {
    const { refill, set } = this.shape;
    const next = new Uint8Array(iteration.base.length);
    const whole = new Uint8Array((refill << set.depth) * LABEL_BYTES);
    for (let tree = 0; tree < refill; tree++) {
      whole.set(this.memory.view(this.#labels(iteration, tree)), (tree << set.depth) * LABEL_BYTES);
    }
    next.set(whole.subarray(0, next.length));
    whole.fill(0);
    this.#base = next;
    this.#iterations.push(iteration);
  }

  /** The next n transfers, once. */
  take(n: number): Generator<Piece> {
    const position = this.#position;
    if (position + n > this.shape.iterations * ownTransfers(this.shape)) {
      throw new RangeError(`silent transfers: expected at most those of the plan, got ${n} more`);
    }
    this.#position += n;
    return this.pieces(position, n);
  }

  /** The labels from `position` on, by tree. */
  *pieces(position: number, n: number): Generator<Piece> {
    const { set, own, refill } = this.shape;
    const size = 1 << set.depth;
    for (let first = 0; first < n; ) {
      const at = position + first;
      const tree = Math.floor(at / size);
      const offset = at % size;
      const count = Math.min(size - offset, n - first);
      const labels = this.#labels(this.#iterations[Math.floor(tree / own)]!, refill + (tree % own));
      yield {
        labels: { pointer: labels.pointer + offset * LABEL_BYTES, bytes: count * LABEL_BYTES },
        first,
        n: count,
      };
      first += count;
    }
  }

  dispose(): void {
    this.begin();
    this.#base.fill(0);
    this.trees.dispose();
  }

  #labels(iteration: Iteration, tree: number): Block {
    const encoded = this.#encoded;
    if (encoded?.iteration === iteration && encoded.tree === tree) return encoded.labels;
    if (this.#loaded !== iteration) {
      this.trees.loadBase(iteration.base.subarray(0, 2 ** this.shape.set.logK * LABEL_BYTES));
      this.#loaded = iteration;
    }
    const noise = this.#grow(this.trees, iteration, tree);
    const labels = this.trees.encode(codeKey(this.#session, iteration.number), tree, noise);
    this.#encoded = { iteration, tree, labels };
    return labels;
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
