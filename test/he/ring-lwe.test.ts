import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromBigInts } from '../../src/core/ring.js';
import { drawAnswer, drawCiphertext, drawKey } from '../../src/he/draws.js';
import { ringLwe } from '../../src/he/lwe.js';
import { heParameters } from '../../src/he/parameters.js';
import { answerBytes, ciphertextBytes } from '../../src/he/sizes.js';
import { loadKernelModule } from '../../src/kernels/module.js';

const lwe = ringLwe(loadKernelModule(256 << 20));

function randomBelow(bits: number): bigint {
  return BigInt.asUintN(bits, randomBytes(8).readBigUInt64LE());
}

describe('ring LWE', () => {
  for (const [m, bits] of [
    [16, 32],
    [21, 32],
    [26, 32],
    [28, 32],
    [29, 32],
    [32, 32],
    [20, 64],
    [48, 64],
    [64, 64],
  ] as const) {
    it(`computes products of polynomials mod 2^${m} in words of ${bits} bits`, () => {
      const products = 3;
      const places = 20;
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
});
