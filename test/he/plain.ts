/** Ring LWE in plain integers mod q, from the same streams: what the kernels have to give, to the bit. */
import type { KeyStream } from '../../src/core/prg.js';
import { constantsOf } from '../../src/he/constants.js';
import { ETA, floodBound, type HeParameters } from '../../src/he/parameters.js';
import { type HeRing, modulusOf } from '../../src/he/ring.js';

export function mod(value: bigint, q: bigint): bigint {
  const rest = value % q;
  return rest < 0n ? rest + q : rest;
}

export function centred(value: bigint, q: bigint): bigint {
  const rest = mod(value, q);
  return 2n * rest >= q ? rest - q : rest;
}

/** round(value * to / from), half up. */
export function scaled(value: bigint, to: bigint, from: bigint): bigint {
  const twice = 2n * value * to + from;
  const whole = twice / (2n * from);
  return twice < 0n && whole * 2n * from !== twice ? whole - 1n : whole;
}

/** x y mod X^n + 1, over the integers. */
export function product(x: readonly bigint[], y: readonly bigint[]): bigint[] {
  const n = x.length;
  const out = new Array<bigint>(n).fill(0n);
  for (const [i, a] of x.entries()) {
    if (a === 0n) continue;
    for (const [j, b] of y.entries()) {
      const at = (i + j) % n;
      out[at] = i + j < n ? out[at]! + a * b : out[at]! - a * b;
    }
  }
  return out;
}

/** How a value mod q comes from its residues. */
export function composer(ring: HeRing): (residues: readonly number[]) => bigint {
  const q = modulusOf(ring);
  const units = ring.primes.map((prime) => {
    const p = BigInt(prime);
    return (q / p) * power((q / p) % p, p - 2n, p);
  });
  return (residues) => units.reduce((sum, unit, i) => sum + unit * BigInt(residues[i]!), 0n) % q;
}

export function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  for (let square = base % p, left = exponent; left > 0n; left >>= 1n, square = (square * square) % p) {
    if (left & 1n) result = (result * square) % p;
  }
  return result;
}

function reversed(i: number, bits: number): number {
  let out = 0;
  for (let b = 0; b < bits; b++) out |= ((i >> b) & 1) << (bits - 1 - b);
  return out;
}

/** The exponent e of which a transform has the value at root^e, by position. */
export function exponents(n: number): number[] {
  const bits = Math.log2(n);
  return Array.from({ length: n }, (_, at) => {
    const [block, column, row] = [at & ~15, (at >> 2) & 3, at & 3];
    return 2 * reversed(block + 4 * row + column, bits) + 1;
  });
}

/** Values of a polynomial at the roots of one prime, in the kernels' order. */
export function transformed(ring: HeRing, prime: number, x: readonly bigint[]): bigint[] {
  const p = BigInt(ring.primes[prime]!);
  const root = BigInt(constantsOf(ring)[prime]!.root);
  const powers: bigint[] = [1n];
  for (let i = 1; i < 2 * ring.n; i++) powers.push((powers[i - 1]! * root) % p);
  return exponents(ring.n).map((e) =>
    mod(
      x.reduce((sum, c, i) => sum + c * powers[(e * i) % (2 * ring.n)]!, 0n),
      p,
    ),
  );
}

export function words(stream: KeyStream, count: number): Uint32Array {
  const out = new Uint32Array(count);
  stream.nextInto(new Uint8Array(out.buffer));
  return out;
}

export function ternary(stream: KeyStream, n: number): bigint[] {
  return [...words(stream, n)].map((word) => ((BigInt(word) * 3n) >> 32n) - 1n);
}

const ones = (word: number): bigint => BigInt([...(word & (2 ** ETA - 1)).toString(2)].filter((b) => b === '1').length);

export function binomial(stream: KeyStream, n: number): bigint[] {
  const drawn = words(stream, 2 * n);
  return Array.from({ length: n }, (_, i) => ones(drawn[2 * i]!) + ones(drawn[2 * i + 1]!) - BigInt(ETA));
}

/** Of a ciphertext's a, transformed: residues by prime. */
export function uniform(stream: KeyStream, ring: HeRing): bigint[][] {
  return constantsOf(ring).map(({ bits, prime }) => {
    const out: bigint[] = [];
    for (let count = ring.n; out.length < ring.n; count = 64) {
      for (const word of words(stream, count)) {
        const value = word % 2 ** bits;
        if (value < prime && out.length < ring.n) out.push(BigInt(value));
      }
    }
    return out;
  });
}

export function flooding(stream: KeyStream, parameters: HeParameters, count: number): bigint[] {
  const { floodBits, floodDigit } = parameters;
  const rows = Math.ceil(floodBits / 32);
  const stride = 4 * Math.ceil(count / 4);
  const low = words(stream, rows * stride);
  const top = words(stream, 2 * count);
  return Array.from({ length: count }, (_, i) => {
    let value = 0n;
    for (let j = 0; j < rows; j++) value |= BigInt(low[j * stride + i]!) << BigInt(32 * j);
    value = BigInt.asUintN(floodBits, value);
    const digit = (((BigInt(top[2 * i + 1]!) << 32n) | BigInt(top[2 * i]!)) * BigInt(floodDigit)) >> 64n;
    return value + (digit << BigInt(floodBits)) - floodBound(parameters);
  });
}

/** Values from planes of words: packed bits, words of one significance after another. */
export function unpacked(bytes: Uint8Array, offset: number, count: number, width: number): bigint[] {
  const out = new Array<bigint>(count).fill(0n);
  let at = offset;
  for (let j = 0; 32 * j < width; j++) {
    const bits = Math.min(32, width - 32 * j);
    const size = Math.ceil((count * bits) / 8);
    let packed = 0n;
    for (let i = size - 1; i >= 0; i--) packed = (packed << 8n) | BigInt(bytes[at + i]!);
    for (let i = 0; i < count; i++) {
      out[i] = out[i]! | (BigInt.asUintN(bits, packed >> BigInt(i * bits)) << BigInt(32 * j));
    }
    at += size;
  }
  return out;
}
