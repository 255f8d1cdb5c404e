/**
 * The ring Z_q[X]/(X^n + 1) of ring LWE: q is a product of distinct primes that are 1 mod 2n, so that products of polynomials are number theoretic transforms.
 * @module
 */

/** Bits of a prime, at most: kernels keep values below four times it in 32 bits. */
const PRIME_BITS = 30;

/** The largest log2 q of each degree that has 128 bits of security, secrets ternary, errors of standard deviation 3.2 (Homomorphic Encryption Standard, 2018, table 1). */
export const DEGREES = [
  { n: 4096, mostBits: 109 },
  { n: 8192, mostBits: 218 },
] as const;

export interface HeRing {
  /** Coefficients of a polynomial. */
  readonly n: number;
  /** log2 q, rounded up: what n residues take when each has the bits of its prime. */
  readonly bits: number;
  /** The factors of q, each just below a power of two. */
  readonly primes: readonly number[];
}

/** Bits of the residues of a prime. */
export function residueBits(prime: number): number {
  return 32 - Math.clz32(prime);
}

const rings = new Map<string, HeRing>();

/** The ring of degree n whose q is just below 2^bits. The same arguments give the same ring everywhere. */
export function ringOf(n: number, bits: number): HeRing {
  const name = `${n}/${bits}`;
  const known = rings.get(name);
  if (known) return known;
  const count = Math.ceil(bits / PRIME_BITS);
  const primes: number[] = [];
  for (let i = 0; i < count; i++) primes.push(primeBelow(Math.floor((bits + i) / count), n, primes));
  const ring = { n, bits, primes };
  rings.set(name, ring);
  return ring;
}

/** q itself. */
export function modulusOf(ring: HeRing): bigint {
  return ring.primes.reduce((product, prime) => product * BigInt(prime), 1n);
}

/** The largest prime below 2^bits that is 1 mod 2n and not among `others`. */
function primeBelow(bits: number, n: number, others: readonly number[]): number {
  for (let candidate = 2 ** bits - 2 * n + 1; candidate > 1; candidate -= 2 * n) {
    if (!others.includes(candidate) && isPrime(candidate)) return candidate;
  }
  throw new RangeError(`expected a prime of ${bits} bits that is 1 mod ${2 * n}, found none`);
}

/** By trial division: candidates are below 2^30. */
function isPrime(value: number): boolean {
  for (let divisor = 3; divisor * divisor <= value; divisor += 2) if (value % divisor === 0) return false;
  return true;
}
