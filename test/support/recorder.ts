/**
 * What a session draws, expands and sends, written down.
 *
 * Fresh randomness is replaced by a fixed stream for each (role, draw, occurrence), so that a session is the same every time whatever the
 * order in which its roles are at work. Every seed is known by where it came from: the draw, or the derivation from another.
 */
import { createHash } from 'node:crypto';
import type * as Prg from '../../src/core/prg.js';
import type * as Random from '../../src/platform/random.js';
import { currentRole } from './roles.js';

/** One drawing or expansion. */
interface Use {
  readonly role: string;
  readonly what: string;
  readonly bytes: number;
}

class Recorder {
  draws: Use[] = [];
  expansions: Use[] = [];
  /** Where bytes that serve as a seed came from, by their hex. */
  readonly origins: Map<string, string> = new Map<string, string>();
  /** Roles that expand or derive from a seed, by its origin. */
  readonly users: Map<string, Set<string>> = new Map<string, Set<string>>();
  readonly #occurrences = new Map<string, number>();

  /** Other randomness in every session of a salt of its own. */
  salt = '';
  /** What a test spoils: the occurrence of a draw, or the indices of an expansion, as the code under test would if it were wrong. */
  spoilDraw: (draw: string, occurrence: number, salt: string) => string = fresh;
  spoilIndices: (label: string, indices: readonly number[]) => readonly number[] = (_, indices) => indices;

  /** What roles expand, where a test wants to look at it: their own randomness. */
  kept: { readonly role: string; readonly bytes: Uint8Array }[] | undefined;

  /** Streams that a test takes for zero. */
  silences: (label: string, indices: readonly number[]) => boolean = () => false;

  /** The stream of a stream, from its beginning: what a test hands to code that would take a piece of it twice. */
  readonly anew: WeakMap<Prg.KeyStream, () => Prg.KeyStream> = new WeakMap<Prg.KeyStream, () => Prg.KeyStream>();

  /** Randomness as it should be again. */
  repair(): void {
    this.spoilDraw = fresh;
    this.spoilIndices = (_, indices) => indices;
    this.silences = () => false;
    this.kept = undefined;
  }

  keep(bytes: Uint8Array): void {
    this.kept?.push({ role: currentRole(), bytes: bytes.slice() });
  }

  begin(salt = ''): void {
    this.salt = salt;
    this.draws = [];
    this.expansions = [];
    this.origins.clear();
    this.users.clear();
    this.#occurrences.clear();
  }

  draw(count: number, draw: string): Uint8Array {
    const role = currentRole();
    const key = `${role}/${draw}`;
    const occurrence = this.#occurrences.get(key) ?? 0;
    this.#occurrences.set(key, occurrence + 1);
    const name = `${key}#${occurrence}`;
    const source = `${role}/${this.spoilDraw(draw, occurrence, this.salt)}`;
    const stream = createHash('shake256', { outputLength: count }).update(`tacit transcript ${source}`);
    const bytes = new Uint8Array(stream.digest());
    this.draws.push({ role, what: `${draw}#${occurrence}`, bytes: count });
    this.origins.set(hex(bytes), name);
    return bytes;
  }

  derived(seed: Uint8Array, of: Uint8Array, what: string): void {
    this.origins.set(hex(seed), `${this.originOf(of)} > ${what}`);
    this.#used(of);
  }

  expand(seed: Uint8Array, what: string, bytes: number): void {
    this.expansions.push({ role: currentRole(), what: `${what} of ${this.originOf(seed)}`, bytes });
    this.#used(seed);
  }

  originOf(seed: Uint8Array): string {
    return this.origins.get(hex(seed)) ?? 'computed';
  }

  #used(seed: Uint8Array): void {
    const origin = this.originOf(seed);
    this.users.set(origin, (this.users.get(origin) ?? new Set()).add(currentRole()));
  }
}

/** A draw as it should be: none like another. */
function fresh(draw: string, occurrence: number, salt: string): string {
  return `${draw}#${occurrence}${salt}`;
}

export const recorder: Recorder = new Recorder();

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** Stands in for src/platform/random.ts. */
export function fixedRandom(real: typeof Random): typeof Random {
  return {
    ...real,
    secretBytes: (count, draw) => recorder.draw(count, draw),
    randomSeed: (draw) => recorder.draw(real.SEED_BYTES, draw),
    randomName: (draw) => hex(recorder.draw(16, draw)),
  };
}

/** Stands in for src/core/prg.ts: the same streams, written down. */
export function recordedPrg(real: typeof Prg): typeof Prg {
  const name = (label: string, indices: readonly number[]): string => [label, ...indices].join(' ');
  return {
    ...real,
    deriveSeed: (master, label, ...indices) => {
      const seed = real.deriveSeed(master, label, ...indices);
      recorder.derived(seed, master, name(label, indices));
      return seed;
    },
    expandInto: (out, seed, label, ...indices) => {
      recorder.expand(seed, name(label, indices), out.length);
      real.expandInto(out, seed, label, ...recorder.spoilIndices(label, indices));
      recorder.keep(out);
    },
    expandWords: (count, seed, label, ...indices) => {
      recorder.expand(seed, name(label, indices), 4 * count);
      const words = real.expandWords(count, seed, label, ...recorder.spoilIndices(label, indices));
      recorder.keep(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
      return words;
    },
    KeyStream: class Recorded extends real.KeyStream {
      readonly #silent: boolean;

      constructor(seed: Uint8Array, label: string, ...indices: number[]) {
        super(seed, label, ...recorder.spoilIndices(label, indices));
        recorder.expand(seed, `stream ${name(label, indices)}`, 0);
        this.#silent = recorder.silences(label, indices);
        recorder.anew.set(this, () => new Recorded(seed, label, ...indices));
      }

      override nextInto(out: Uint8Array): void {
        if (this.#silent) out.fill(0);
        else super.nextInto(out);
        recorder.keep(out);
      }
    },
  };
}
