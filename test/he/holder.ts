/** What a key holder can compute from answers and from what it knows: transforms by the kernels, the rest in integers mod q. */

import { PrimeKernels, residuesAt } from '../../src/he/polynomials.js';
import { type HeRing, modulusOf } from '../../src/he/ring.js';
import type { HeKey, Polynomials, RingTables } from '../../src/he/ring-lwe.js';
import type { KernelModule } from '../../src/kernels/module.js';
import { composer, mod } from './plain.js';

/** Residues of one polynomial by prime, transformed or not. */
export type Residues = Uint32Array[];

export class Arithmetic {
  readonly #module: KernelModule;
  readonly #primes: PrimeKernels[];
  readonly #compose: (residues: readonly number[]) => bigint;
  readonly ring: HeRing;

  constructor(module: KernelModule, tables: RingTables) {
    this.#module = module;
    this.#primes = PrimeKernels.all(module, tables);
    this.ring = tables.ring;
    this.#compose = composer(tables.ring);
  }

  /** The polynomial in a slot, as it lies there. */
  read(polynomials: Polynomials, slot: number): Residues {
    return this.#primes.map((_, i) =>
      this.#module.memory.copyOut(residuesAt(polynomials, i, slot), polynomials.tables.ring.n),
    );
  }

  /** Slot `slot` of the first or second half of pairs. */
  readPart(pairs: Polynomials, slot: number, part: 'a' | 'b'): Residues {
    const whole = { ...pairs, capacity: 2 * pairs.capacity };
    return this.read(whole, part === 'a' ? slot : pairs.capacity + slot);
  }

  forward(x: readonly bigint[]): Residues {
    return this.#primes.map((prime) => {
      const p = BigInt(prime.constants.prime);
      return this.#within(
        x.map((value) => Number(mod(value, p))),
        (at) => prime.forward(at),
      );
    });
  }

  inverse(x: Residues): bigint[] {
    const parts = this.#primes.map((prime, i) => this.#within(x[i]!, (at) => prime.inverse(at)));
    return Array.from({ length: this.ring.n }, (_, k) => this.#compose(parts.map((part) => part[k]!)));
  }

  times(x: Residues, y: Residues): Residues {
    return this.#combine(x, y, (a, b, p) => (a * b) % p);
  }

  plus(x: Residues, y: Residues): Residues {
    return this.#combine(x, y, (a, b, p) => (a + b) % p);
  }

  minus(x: Residues, y: Residues): Residues {
    return this.#combine(x, y, (a, b, p) => (a + p - b) % p);
  }

  secret(key: HeKey): Residues {
    return this.read(key, 0);
  }

  #combine(x: Residues, y: Residues, by: (a: bigint, b: bigint, p: bigint) => bigint): Residues {
    return x.map((part, i) => {
      const p = BigInt(this.ring.primes[i]!);
      return part.map((value, k) => Number(by(BigInt(value), BigInt(y[i]![k]!), p)));
    });
  }

  #within(words: ArrayLike<number>, work: (pointer: number) => void): Uint32Array {
    const { memory } = this.#module;
    return memory.withScratch(() => {
      const at = memory.scratch(4 * words.length);
      memory.words.set(words, at >>> 2);
      work(at);
      return memory.copyOut(at, words.length);
    });
  }
}

/** What stands apart from the nearest message: noise, where it is below half a unit. */
export function noiseOf(ring: HeRing, m: number, phase: bigint): bigint {
  const q = modulusOf(ring);
  const unit = 1n << BigInt(m);
  const message = (2n * phase * unit + q) / (2n * q);
  return phase - (2n * q * message + unit) / (2n * unit);
}
