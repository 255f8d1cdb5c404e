/** What kernels need to know of the primes of a ring: numbers, the same on every party. @module */
import { RECORD_BYTES } from '../kernels/ntt.js';
import { type HeRing, modulusOf, residueBits } from './ring.js';

const WORD = 1n << 32n;

/** A factor mod p, with its quotient floor(w 2^32 / p). */
export type Factor = readonly [w: number, shoup: number];

export interface PrimeConstants {
  readonly prime: number;
  readonly bits: number;
  /** A 2n-th root of unity. */
  readonly root: number;
  /** 2^32 mod p, its quotient, and the quotient of 1. */
  readonly reduction: readonly [number, number, number];
  /** n^-1, and n^-1 by the last root of the transform back. */
  readonly scale: Factor;
  readonly last: Factor;
}

/** Computed once. What threads get are copies, so that a ring is known by its numbers. */
class Kept<T> {
  readonly #known = new Map<string, T>();

  of(ring: HeRing, more: string | number, make: () => T): T {
    const name = `${ring.n}/${ring.primes}/${more}`;
    let value = this.#known.get(name);
    if (value === undefined) {
      value = make();
      this.#known.set(name, value);
    }
    return value;
  }
}

const keptConstants = new Kept<readonly PrimeConstants[]>();
const keptUnits = new Kept<readonly bigint[]>();
const keptRounding = new Kept<Uint8Array>();
const keptMessages = new Kept<MessageRecords>();

export function constantsOf(ring: HeRing): readonly PrimeConstants[] {
  return keptConstants.of(ring, '', () => ring.primes.map((prime) => primeConstants(ring.n, prime)));
}

/** 2^-m mod each prime. */
export function unitsOf(ring: HeRing, m: number): readonly bigint[] {
  return keptUnits.of(ring, m, () => ring.primes.map((prime) => inverseOf(1n << BigInt(m), prime)));
}

export function factorOf(value: bigint, prime: number): Factor {
  const w = mod(value, BigInt(prime));
  return [Number(w), Number((w * WORD) / BigInt(prime))];
}

export function residueOf(value: bigint, prime: number): number {
  return Number(mod(value, BigInt(prime)));
}

/** value^-1 mod p, by Fermat. */
function inverseOf(value: bigint, prime: number): bigint {
  return power(value, BigInt(prime) - 2n, BigInt(prime));
}

/**
 * Records of the first `count` primes, as kernels read them, each with its number of 128 bits.
 * @param modulus the product of these primes
 */
function records(primes: readonly number[], modulus: bigint, wideOf: (prime: bigint) => bigint): DataView {
  const view = new DataView(new ArrayBuffer((primes.length + 1) * RECORD_BYTES));
  for (const [i, prime] of primes.entries()) {
    const p = BigInt(prime);
    const at = i * RECORD_BYTES;
    const [w, shoup] = factorOf(inverseOf(mod(modulus / p, p), prime), prime);
    for (const [j, word] of [prime, w, shoup].entries()) view.setUint32(at + 4 * j, word, true);
    setWide(view, at, wideOf(p));
    view.setBigUint64(at + 32, (1n << 60n) / p, true);
  }
  return view;
}

function setWide(view: DataView, at: number, wide: bigint): void {
  view.setBigUint64(at + 16, BigInt.asUintN(64, wide), true);
  view.setBigUint64(at + 24, BigInt.asUintN(64, wide >> 64n), true);
}

/** For `roundResidues`. */
export function roundingRecords(ring: HeRing): Uint8Array {
  return keptRounding.of(ring, '', () => {
    const view = records(ring.primes, modulusOf(ring), (p) => (1n << 128n) / p);
    return new Uint8Array(view.buffer, 0, ring.primes.length * RECORD_BYTES);
  });
}

interface MessageRecords {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** For `messages`: of as few primes as hold integers below 2^bits in absolute value, with two bits to spare. */
export function messageRecords(ring: HeRing, bits: number): MessageRecords {
  return keptMessages.of(ring, bits, () => {
    let modulus = 1n;
    let count = 0;
    while (modulus >> BigInt(bits + 2) === 0n) modulus *= BigInt(ring.primes[count++]!);
    const view = records(ring.primes.slice(0, count), modulus, (p) => modulus / p);
    setWide(view, count * RECORD_BYTES, modulus);
    return { count, bytes: new Uint8Array(view.buffer) };
  });
}

function primeConstants(n: number, prime: number): PrimeConstants {
  const p = BigInt(prime);
  const root = rootOf(n, prime);
  const scale = inverseOf(BigInt(n), prime);
  // the root of order 4, to the power of -1
  const last = power(root, (2n * BigInt(n) * 3n) / 4n, p);
  const [w, shoup] = factorOf(WORD, prime);
  return {
    prime,
    bits: residueBits(prime),
    root: Number(root),
    reduction: [w, shoup, Number(WORD / p)],
    scale: factorOf(scale, prime),
    last: factorOf(scale * last, prime),
  };
}

/** A root of order 2n: the first candidate whose n-th power is -1. */
function rootOf(n: number, prime: number): bigint {
  const p = BigInt(prime);
  for (let candidate = 2n; ; candidate++) {
    const root = power(candidate, (p - 1n) / (2n * BigInt(n)), p);
    if (power(root, BigInt(n), p) === p - 1n) return root;
  }
}

function mod(value: bigint, p: bigint): bigint {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  for (let square = mod(base, p); exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % p;
    square = (square * square) % p;
  }
  return result;
}
