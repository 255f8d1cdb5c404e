/**
 * A bundle: one party's correlated randomness for one inference. The offline phase fills it, the online phase spends it.
 *
 * It is bound to the plan, the party and its number. What a step needs is taken, not read: the second take throws. Arrays go to a spool as they are
 * made, and come from it a few ahead of their use: in a spool that is a file, a bundle takes no memory but for these.
 * @module
 */
import { TacitError } from '../core/errors.js';
import { bytesOf, wordsOf } from '../core/ring.js';
import type { Seed } from '../platform/random.js';
import type { Party } from '../steps/two.js';
import { MemorySpool, type Spool } from './spool.js';

export interface BundleId {
  readonly planDigest: string;
  readonly party: Party;
  readonly number: number;
}

/** What one step may have in store, by kind. What a party expands from its seed is not here. */
export interface Arrays {
  /** A linear step's D_i; the share corrections of a garbled step's chunks. */
  readonly words: Uint32Array;
  /** Table segments of a garbled step. */
  readonly segments: Uint8Array;
  /** Party 1's r and the active labels of its bits by chunk, where they come from oblivious transfer and not from the seed. */
  readonly masks: Uint32Array;
  readonly labels: Uint8Array;
}

export type Kind = keyof Arrays;
export const KINDS: readonly ['words', 'segments', 'masks', 'labels'] = ['words', 'segments', 'masks', 'labels'];

/** Arrays of one kind, each given out once, in the order in which they were put. */
export interface Supply<T> {
  /** How many are left. */
  readonly left: number;
  /** @throws TacitError BUNDLE_MISMATCH where none is left; STORE_CORRUPT where it does not read as it was written */
  next(): Promise<T>;
}

/** What one step has in store. */
export type Material = { readonly [K in Kind]: Supply<Arrays[K]> };

/** What one step is given, array by array. */
export interface Filling {
  /** Takes the array over. Resolves when the next may come. */
  put<K extends Kind>(kind: K, array: Arrays[K]): Promise<void>;
}

/** The parts of the spool that a step's arrays are. */
export type Layout = Readonly<Record<Kind, readonly number[]>>;

/** Arrays that are read before they are asked for. */
const AHEAD = 4;

export class Bundle {
  readonly id: BundleId;
  /** What this party expands instead of storing; 32 secret bytes. */
  readonly seed: Seed;
  /** The offset of party 0's label pairs; party 1 has none. */
  readonly delta: Uint8Array | undefined;
  readonly spool: Spool;
  readonly #layouts: Map<number, Layout>;
  /** The step that comes next, whose first arrays are read already. */
  #ready: { readonly step: number; readonly material: Material } | undefined;

  constructor(
    id: BundleId,
    seed: Seed,
    delta?: Uint8Array,
    spool: Spool = new MemorySpool(),
    layouts: Iterable<readonly [number, Layout]> = [],
  ) {
    this.id = id;
    this.seed = seed;
    this.delta = delta;
    this.spool = spool;
    this.#layouts = new Map(layouts);
  }

  /** Begins to fill a step. @throws Error the second time */
  fill(step: number): Filling {
    if (this.#layouts.has(step)) throw new Error(`bundle ${this.id.number}: step ${step} is filled already`);
    const parts: Record<Kind, number[]> = { words: [], segments: [], masks: [], labels: [] };
    this.#layouts.set(step, parts);
    return {
      put: async (kind, array) => {
        parts[kind].push(await this.spool.append(array instanceof Uint32Array ? bytesOf(array) : array));
      },
    };
  }

  /** Fills a step with arrays that are there. */
  async put(step: number, arrays: { readonly [K in Kind]?: readonly Arrays[K][] }): Promise<void> {
    const filling = this.fill(step);
    for (const kind of KINDS) for (const array of arrays[kind] ?? []) await filling.put(kind, array);
  }

  /** What is in store, by step. */
  get layouts(): ReadonlyMap<number, Layout> {
    return this.#layouts;
  }

  /** @throws TacitError BUNDLE_MISMATCH where the step has nothing, or had its material taken */
  take(step: number): Material {
    const ready = this.#ready?.step === step ? this.#ready.material : undefined;
    const material = ready ?? this.#open(step);
    if (material === undefined) throw gone(this.id.number, `material for step ${step}`);
    this.#layouts.delete(step);
    const next = Math.min(...[...this.#layouts.keys()].filter((other) => other > step));
    const opened = this.#open(next);
    this.#ready = opened && { step: next, material: opened };
    return material;
  }

  #open(step: number): Material | undefined {
    const layout = this.#layouts.get(step);
    if (layout === undefined) return undefined;
    const supply = <T>(kind: Kind, convert: (bytes: Uint8Array) => T): Supply<T> =>
      new Reading(this.id.number, this.spool, layout[kind], convert);
    return {
      words: supply('words', wordsOf),
      segments: supply('segments', (bytes) => bytes),
      masks: supply('masks', wordsOf),
      labels: supply('labels', (bytes) => bytes),
    };
  }
}

function gone(number: number, what: string): TacitError {
  return new TacitError('BUNDLE_MISMATCH', `bundle ${number}: expected ${what}, it is gone`);
}

/** Reads parts of a spool a few ahead. */
class Reading<T> implements Supply<T> {
  readonly #number: number;
  readonly #spool: Spool;
  readonly #parts: readonly number[];
  readonly #convert: (bytes: Uint8Array) => T;
  readonly #ahead: Promise<Uint8Array>[] = [];
  /** Parts that are read, or being read. */
  #read = 0;

  constructor(number: number, spool: Spool, parts: readonly number[], convert: (bytes: Uint8Array) => T) {
    this.#number = number;
    this.#spool = spool;
    this.#parts = parts;
    this.#convert = convert;
    this.#readAhead();
  }

  get left(): number {
    return this.#parts.length - this.#read + this.#ahead.length;
  }

  async next(): Promise<T> {
    const first = this.#ahead.shift();
    if (first === undefined) throw gone(this.#number, 'another array of a step');
    this.#readAhead();
    return this.#convert(await first);
  }

  #readAhead(): void {
    while (this.#ahead.length < AHEAD && this.#read < this.#parts.length) {
      const reading = this.#spool.take(this.#parts[this.#read++]!);
      // who asks for it is told
      reading.catch(() => {});
      this.#ahead.push(reading);
    }
  }
}
