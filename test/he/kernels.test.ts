import { describe, expect, it } from 'vitest';
import { expandWords, KeyStream } from '../../src/core/prg.js';
import { fromBigInts } from '../../src/core/ring.js';
import { ringLwe } from '../../src/he/lwe.js';
import type { HeParameters } from '../../src/he/parameters.js';
import { PrimeKernels } from '../../src/he/polynomials.js';
import { type HeRing, modulusOf, ringOf } from '../../src/he/ring.js';
import { answerBytes, ciphertextBytes, planesBytes } from '../../src/he/sizes.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import * as plain from './plain.js';

const module = loadKernelModule(64 << 20);
const lwe = ringLwe(module);
const seedOf = (name: number): Uint8Array => new Uint8Array(32).fill(name);
const seedsOf = (name: number) => ({ uniform: seedOf(name), error: seedOf(name + 100) });

/** Small rings, for tests alone. */
function small(n: number, bits: number): HeRing {
  return { ...ringOf(4096, bits), n };
}

/** x y mod X^n + 1 and p, in doubles. */
function schoolbook(x: Uint32Array, y: Uint32Array, p: number): Uint32Array {
  const n = x.length;
  const out = new Uint32Array(n);
  const times = (a: number, b: number): number => (((a * (b >>> 15)) % p) * 32768 + a * (b & 32767)) % p;
  for (let i = 0; i < n; i++) {
    const a = x[i]!;
    if (a === 0) continue;
    for (let j = 0; j < n; j++) {
      const at = (i + j) % n;
      const term = times(a, y[j]!);
      out[at] = (out[at]! + (i + j < n ? term : p - term)) % p;
    }
  }
  return out;
}

describe('transforms', () => {
  for (const n of [64, 128, 256, 4096, 8192]) {
    it(`multiply polynomials of ${n} coefficients, and come back`, () => {
      const ring = n < 4096 ? small(n, 89) : ringOf(n, 119);
      const tables = lwe.openRing(ring);
      for (const [i, prime] of PrimeKernels.all(module, tables).entries()) {
        const p = prime.constants.prime;
        const take = (label: string): Uint32Array => expandWords(n, seedOf(1), label, i).map((word) => word % p);
        const x = take('x');
        // of many coefficients schoolbook takes few
        const y = take('y').map((value, at) => (n < 4096 || at % 1021 === 0 ? value : 0));
        x.set([p - 1, p - 1, 0, 1]);
        const [px, py, sum] = [x, y, new Uint32Array(n)].map((words) => {
          const { pointer } = module.memory.allocate(4 * n);
          module.memory.words.set(words, pointer >>> 2);
          return pointer;
        }) as [number, number, number];
        prime.forward(px);
        prime.forward(py);
        if (n === 64) {
          const expected = plain.transformed(ring, i, [...x].map(BigInt));
          expect([...module.memory.copyOut(px, n)].map(BigInt)).toEqual(expected);
        }
        prime.addProduct(px, py, sum);
        prime.inverse(sum);
        prime.inverse(px);
        expect(module.memory.copyOut(px, n)).toEqual(x);
        expect(module.memory.copyOut(sum, n)).toEqual(schoolbook(y, x, p));
      }
    });
  }

  it('sum up sixteen of the largest products, and subtract one', () => {
    const ring = ringOf(4096, 60);
    const n = 64;
    for (const prime of PrimeKernels.all(module, lwe.openRing({ ...ring, n }))) {
      const p = prime.constants.prime;
      const stride = 4 * n + 64;
      const { pointer } = module.memory.allocate(16 * stride);
      const sums = module.memory.allocate(8 * n).pointer;
      module.memory.words.fill(p - 1, pointer >>> 2, (pointer + 16 * stride) >>> 2);
      module.memory.words.fill(p - 1, sums >>> 2, (sums >>> 2) + 2 * n);
      prime.accumulate([pointer, pointer], pointer, stride, 16, [sums, sums + 4 * n]);
      expect(new Set(module.memory.copyOut(sums, 2 * n))).toEqual(new Set([15]));
      prime.addProduct(pointer, pointer, sums, 1);
      prime.addProduct(pointer, pointer, sums + 4 * n);
      expect(new Set(module.memory.copyOut(sums, n))).toEqual(new Set([14]));
      expect(new Set(module.memory.copyOut(sums + 4 * n, n))).toEqual(new Set([16]));
    }
  });
});

/** Everything that is sent, of both kinds and any width, against integers mod q. */
describe('ciphertexts and answers are those of the plain integers, to the bit', () => {
  for (const [bits, m, qBits, aBits, floodBits] of [
    [32, 16, 81, 27, 61],
    [32, 28, 108, 39, 76],
    [32, 32, 115, 43, 77],
    [64, 20, 89, 31, 63],
    [64, 45, 140, 56, 91],
    [64, 64, 180, 75, 96],
    // nothing is rounded away
    [32, 16, 81, 90, 61],
  ] as const) {
    it(`m = ${m}, q of ${qBits} bits, a of ${aBits}, in words of ${bits}`, () => {
      const ring = small(64, qBits);
      const { n } = ring;
      const q = modulusOf(ring);
      const compose = plain.composer(ring);
      const parameters: HeParameters = { ring, m, aBits, bBits: aBits - 7, floodBits, floodDigit: 11 };
      const tables = lwe.openRing(ring);

      const key = lwe.createKey(tables, seedOf(1));
      const s = plain.ternary(new KeyStream(seedOf(1), 'he/secret'), n);
      const a = (name: number): bigint[][] => plain.uniform(new KeyStream(seedOf(name), 'he/uniform'), ring);
      const error = (name: number): bigint[] => plain.binomial(new KeyStream(seedOf(name + 100), 'he/error'), n);
      const message = (x: readonly bigint[]): bigint[] => x.map((value) => plain.scaled(value, q, 1n << BigInt(m)));
      const x = [3, 4].map((name) => {
        const drawn = plain.words(new KeyStream(seedOf(name), 'x'), 2 * n);
        const values = Array.from({ length: n }, (_, i) =>
          BigInt.asUintN(m, (BigInt(drawn[2 * i]!) << 32n) | BigInt(drawn[2 * i + 1]!)),
        );
        values.splice(0, 3, 0n, (1n << BigInt(m)) - 1n, 1n << BigInt(m - 1));
        return values;
      });
      const zero = new Array<bigint>(n).fill(0n);

      const ciphertexts = lwe.openCiphertexts(tables, 2);
      const publicKey = lwe.openCiphertexts(tables, 1);
      const sent = [
        lwe.publicKey(key, seedsOf(2)),
        ...x.map((values, i) => lwe.encrypt(key, parameters, bits, fromBigInts(bits, values), seedsOf(3 + i))),
      ];
      for (const [i, bytes] of sent.entries()) {
        const name = 2 + i;
        const wanted = error(name).map((e, j) => e + message(i === 0 ? zero : x[i - 1]!)[j]!);
        expect(bytes.length).toBe(ciphertextBytes(ring));
        expect(bytes.subarray(0, 32)).toEqual(seedOf(name));
        let at = 32;
        for (const [j, prime] of ring.primes.entries()) {
          const p = BigInt(prime);
          const secret = plain.transformed(ring, j, s);
          const expected = plain
            .transformed(ring, j, wanted)
            .map((value, k) => plain.mod(value - a(name)[j]![k]! * secret[k]!, p));
          const width = 32 - Math.clz32(prime);
          expect(plain.unpacked(bytes, at, n, width)).toEqual(expected);
          at += planesBytes(n, width);
        }
        if (i === 0) lwe.loadCiphertext(publicKey, 0, bytes);
        else lwe.loadCiphertext(ciphertexts, i - 1, bytes);
      }

      // as integers mod q: a from its values by the transform back, b from its definition
      const coefficientsOf = (name: number): bigint[] => {
        const parts = PrimeKernels.all(module, tables).map((prime, j) => {
          const { pointer } = module.memory.allocate(4 * n);
          module.memory.words.set(a(name)[j]!.map(Number), pointer >>> 2);
          prime.inverse(pointer);
          return module.memory.copyOut(pointer, n);
        });
        return Array.from({ length: n }, (_, k) => compose(parts.map((part) => part[k]!)));
      };
      const pair = (name: number, extra: readonly bigint[]) => {
        const first = coefficientsOf(name);
        const phase = plain.product(first, s);
        return { a: first, b: phase.map((value, k) => error(name)[k]! + extra[k]! - value) };
      };
      const [zeroPair, ...pairs] = [pair(2, zero), pair(3, message(x[0]!)), pair(4, message(x[1]!))];

      const weights = lwe.openWeights(tables, 2);
      const w = [5, 6].map((name) => {
        const drawn = plain.words(new KeyStream(seedOf(name), 'w'), 2 * n);
        return Array.from({ length: n }, (_, i) =>
          BigInt.asIntN(m, (BigInt(drawn[2 * i]!) << 32n) | BigInt(drawn[2 * i + 1]!)),
        );
      });
      for (const [t, values] of w.entries()) lwe.transformWeights(weights, t, m, bits, fromBigInts(bits, values));
      const accumulator = lwe.openAccumulator(tables);
      lwe.accumulate(accumulator, ciphertexts, 0, weights, 0, 2);

      const coefficients = Uint32Array.of(0, 1, 2, 7, 63);
      const mask = [0n, 1n, (1n << BigInt(m)) - 1n, 1n << BigInt(m - 1), 5n];
      const answer = lwe.answer(
        accumulator,
        parameters,
        publicKey,
        bits,
        coefficients,
        fromBigInts(bits, mask),
        seedOf(7),
      );
      const stream = new KeyStream(seedOf(7), 'he/answer');
      const u = plain.ternary(stream, n);
      const f1 = plain.binomial(stream, n);
      const flood = plain.flooding(stream, parameters, coefficients.length);
      const summed = (part: 'a' | 'b'): bigint[] =>
        plain
          .product(u, zeroPair[part])
          .map((value, k) => w.reduce((sum, values, t) => sum + plain.product(values, pairs[t]![part])[k]!, value));
      const round = (value: bigint, width: number): bigint =>
        plain.mod(plain.scaled(plain.mod(value, q), 1n << BigInt(width), q), 1n << BigInt(width));
      const answerA = summed('a').map((value, k) => round(value + f1[k]!, aBits));
      const allB = summed('b');
      const answerB = [...coefficients].map((k, i) =>
        round(allB[k]! + flood[i]! - plain.scaled(mask[i]!, q, 1n << BigInt(m)), aBits - 7),
      );
      expect(answer.length).toBe(answerBytes(parameters, 5));
      expect(plain.unpacked(answer, 0, n, aBits)).toEqual(answerA);
      expect(plain.unpacked(answer, planesBytes(n, aBits), 5, aBits - 7)).toEqual(answerB);

      if (aBits > qBits) return;
      const phase = plain.product(answerA, s);
      const drop = BigInt(aBits - m);
      const messages = [...coefficients].map((k, i) =>
        BigInt.asUintN(m, (phase[k]! + (answerB[i]! << 7n) + (1n << (drop - 1n))) >> drop),
      );
      expect([...lwe.decrypt(key, parameters, bits, coefficients, answer)]).toEqual([...fromBigInts(bits, messages)]);
    });
  }
});
