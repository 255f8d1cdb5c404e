/** Random numbers of an audit: streams by label from one seed, so that two runs give the same rows. Nothing secret is drawn from them. @module */
import { KeyStream } from '../src/core/prg.js';
import { SEED_BYTES } from '../src/platform/random.js';

const WORDS = 1024;

export class Random {
  readonly #seed: Uint8Array;
  readonly #label: string;
  readonly #stream: KeyStream;
  readonly #words = new Uint32Array(WORDS);
  #at = WORDS;

  constructor(seed: number, label: string) {
    this.#seed = new Uint8Array(SEED_BYTES);
    new DataView(this.#seed.buffer).setFloat64(0, seed);
    this.#label = label;
    this.#stream = new KeyStream(this.#seed, `audit/${label}`);
  }

  /** Another stream of the same seed. */
  fork(label: string): Random {
    return new Random(new DataView(this.#seed.buffer).getFloat64(0), `${this.#label}/${label}`);
  }

  word(): number {
    if (this.#at === WORDS) {
      this.#stream.nextInto(new Uint8Array(this.#words.buffer));
      this.#at = 0;
    }
    return this.#words[this.#at++]!;
  }

  /** From 0 up to but not including 1. */
  uniform(): number {
    return (this.word() >>> 8) / 2 ** 24;
  }

  /** A whole number from 0 up to but not including n. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  sign(): 1 | -1 {
    return this.word() & 1 ? 1 : -1;
  }

  /** Of mean 0 and deviation 1, by Box and Muller. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** The numbers from 0 to n - 1 in any order (Fisher and Yates). */
  order(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
