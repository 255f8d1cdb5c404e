import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromBigInts, type RingBits } from '../../src/core/ring.js';
import { drawAnswer, drawCiphertext, drawKey } from '../../src/he/draws.js';
import { ringLwe } from '../../src/he/lwe.js';
import { heParameters } from '../../src/he/parameters.js';
import { residueBits } from '../../src/he/ring.js';
import type { CiphertextSeeds } from '../../src/he/ring-lwe.js';
import { answerBytes, ciphertextBytes, planesBytes } from '../../src/he/sizes.js';
import { loadKernelModule } from '../../src/kernels/module.js';

const lwe = ringLwe(loadKernelModule(256 << 20));

function randomBelow(bits: number): bigint {
  return BigInt.asUintN(bits, randomBytes(8).readBigUInt64LE());
}

describe('ring LWE', () => {
  const widths: [number, RingBits][] = [
    ...Array.from({ length: 17 }, (_, i): [number, RingBits] => [16 + i, 32]),
    [20, 64],
    [48, 64],
    [64, 64],
  ];
  for (const [m, bits] of widths) {
    it(`computes products of polynomials mod 2^${m} in words of ${bits} bits`, () => {
      const products = 3;
      const places = 6;
      const parameters = heParameters(m, products * places);
      const { n } = parameters.ring;
      const tables = lwe.openRing(parameters.ring);
      const key = lwe.createKey(tables, drawKey());
      const pk = lwe.openCiphertexts(tables, 1);
      lwe.loadCiphertext(pk, 0, lwe.publicKey(key, drawCiphertext()));
      const ciphertexts = lwe.openCiphertexts(tables, products);
      const weights = lwe.openWeights(tables, products);
      const accumulator = lwe.openAccumulator(tables);
      for (let round = 0; round < 2; round++) {
        const expected = new Array<bigint>(n).fill(0n);
        for (let t = 0; t < products; t++) {
          const x = Array.from({ length: n }, () => randomBelow(m));
          const w = new Array<bigint>(n).fill(0n);
          for (let i = 0; i < places; i++) {
            w[(i * 977 + t) % n] = round === 0 ? randomBelow(m) : 1n << BigInt(m - 1);
          }
          for (const [j, v] of w.entries()) {
            if (v === 0n) continue;
            for (let i = 0; i < n; i++) {
              const at = (i + j) % n;
              expected[at] = expected[at]! + (i + j < n ? x[i]! * v : -x[i]! * v);
            }
          }
          const bytes = lwe.encrypt(key, parameters, bits, fromBigInts(bits, x), drawCiphertext());
          expect(bytes.length).toBe(ciphertextBytes(parameters.ring));
          lwe.loadCiphertext(ciphertexts, t, bytes);
          lwe.transformWeights(weights, t, m, bits, fromBigInts(bits, w));
        }
        lwe.accumulate(accumulator, ciphertexts, 0, weights, 0, products);
        const coefficients = Uint32Array.from({ length: 101 }, (_, i) => (i * 31 + 7) % n);
        const mask = Array.from({ length: 101 }, () => randomBelow(m));
        const answer = lwe.answer(
          accumulator,
          parameters,
          pk,
          bits,
          coefficients,
          fromBigInts(bits, mask),
          drawAnswer(),
        );
        expect(answer.length).toBe(answerBytes(parameters, 101));
        const got = lwe.decrypt(key, parameters, bits, coefficients, answer);
        const wanted = mask.map((r, i) => BigInt.asUintN(m, expected[coefficients[i]!]! - r));
        expect([...got]).toEqual([...fromBigInts(bits, wanted)]);
      }
      for (const held of [tables, key, pk, ciphertexts, weights, accumulator]) lwe.dispose(held);
    });
  }

  it('refuses bytes that are no ciphertext, and no answer, of the ring', () => {
    const parameters = heParameters(20, 10);
    const { ring } = parameters;
    const tables = lwe.openRing(ring);
    const key = lwe.createKey(tables, drawKey());
    const bytes = lwe.encrypt(key, parameters, 32, new Uint32Array(ring.n), drawCiphertext());
    const ciphertexts = lwe.openCiphertexts(tables, 1);
    const load = (changed: Uint8Array) => () => lwe.loadCiphertext(ciphertexts, 0, changed);
    const refused = expect.objectContaining({ code: 'BAD_FRAME' });
    expect(load(bytes)).not.toThrow();
    expect(load(bytes.subarray(1))).toThrow(refused);
    expect(load(new Uint8Array([...bytes, 0]))).toThrow(refused);
    let at = 32;
    for (const prime of ring.primes) {
      // the first coefficient becomes the largest number of its bits, which no residue is
      const larger = bytes.slice();
      const width = residueBits(prime);
      for (let bit = 0; bit < width; bit++) larger[at + (bit >> 3)]! |= 1 << (bit & 7);
      expect(load(larger)).toThrow(refused);
      at += planesBytes(ring.n, width);
    }
    const answer = new Uint8Array(answerBytes(parameters, 3));
    const decrypt = (changed: Uint8Array) => () => lwe.decrypt(key, parameters, 32, Uint32Array.of(0, 1, 2), changed);
    expect(decrypt(answer)).not.toThrow();
    expect(decrypt(answer.subarray(1))).toThrow(refused);
    expect(decrypt(new Uint8Array([...answer, 0]))).toThrow(refused);
  });

  it('gives other bytes for the same message, and the same for the same seeds', () => {
    const parameters = heParameters(20, 10);
    const key = lwe.createKey(lwe.openRing(parameters.ring), drawKey());
    const encrypt = (seeds: CiphertextSeeds) =>
      lwe.encrypt(key, parameters, 32, new Uint32Array(parameters.ring.n), seeds);
    const seeds = drawCiphertext();
    expect(seeds.error).not.toEqual(seeds.uniform);
    expect(encrypt(seeds)).toEqual(encrypt(seeds));
    expect(encrypt(seeds)).not.toEqual(encrypt(drawCiphertext()));
    expect(encrypt(seeds)).not.toEqual(encrypt({ ...drawCiphertext(), uniform: seeds.uniform }));
  });
});
