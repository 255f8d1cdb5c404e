import { describe, expect, it } from 'vitest';
import { expandWords } from '../../src/core/prg.js';
import { fromBigInts } from '../../src/core/ring.js';
import { ringLwe } from '../../src/he/lwe.js';
import { ETA, heParameters, likelyNoise, worstNoise } from '../../src/he/parameters.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { Arithmetic, noiseOf } from './holder.js';

const module = loadKernelModule(64 << 20);
const lwe = ringLwe(module);
const seedOf = (name: number): Uint8Array => new Uint8Array(32).fill(name);

/** Noise of all coefficients of a sum of products, before it is answered. */
function measured(
  m: number,
  weightsOf: (t: number, n: number) => readonly bigint[],
): { noise: number[]; terms: number; n: number } {
  const products = 3;
  const parameters = heParameters(m, 4096 * products);
  const { ring } = parameters;
  const tables = lwe.openRing(ring);
  const key = lwe.createKey(tables, seedOf(1));
  const ciphertexts = lwe.openCiphertexts(tables, products);
  const weights = lwe.openWeights(tables, products);
  const accumulator = lwe.openAccumulator(tables);
  let terms = 0;
  for (let t = 0; t < products; t++) {
    const x = expandWords(2 * ring.n, seedOf(t), 'x');
    const seeds = { uniform: seedOf(10 + t), error: seedOf(20 + t) };
    lwe.loadCiphertext(ciphertexts, t, lwe.encrypt(key, parameters, 64, x, seeds));
    const w = weightsOf(t, ring.n);
    terms += w.filter((value) => value !== 0n).length;
    lwe.transformWeights(weights, t, m, 64, fromBigInts(64, w));
  }
  lwe.accumulate(accumulator, ciphertexts, 0, weights, 0, products);
  const arithmetic = new Arithmetic(module, tables);
  const a = arithmetic.readPart(accumulator, 0, 'a');
  const b = arithmetic.readPart(accumulator, 0, 'b');
  const phase = arithmetic.inverse(arithmetic.plus(b, arithmetic.times(a, arithmetic.secret(key))));
  for (const held of [tables, key, ciphertexts, weights, accumulator]) lwe.dispose(held);
  return { noise: phase.map((value) => Number(noiseOf(ring, m, value))), terms, n: ring.n };
}

describe('noise', () => {
  for (const m of [16, 26, 28, 32, 48]) {
    it(`of products with weights of ${m} bits has the variance that parameters count on`, () => {
      const { noise, terms } = measured(m, (t, n) => {
        const words = expandWords(2 * n, seedOf(40 + t), 'w');
        return Array.from({ length: n }, (_, i) =>
          i % 2 === 0 ? 0n : BigInt.asIntN(m, (BigInt(words[2 * i]!) << 32n) | BigInt(words[2 * i + 1]!)),
        );
      });
      // w uniform of 2^m values, e binomial, the rounding of messages uniform
      const expected = 2 ** m * Math.sqrt((terms / 12) * (ETA / 2 + 1 / 12));
      const deviation = Math.sqrt(noise.reduce((sum, value) => sum + value * value, 0) / noise.length);
      expect(deviation / expected).toBeGreaterThan(0.95);
      expect(deviation / expected).toBeLessThan(1.05);
    });

    it(`of the largest weights of ${m} bits keeps the bounds`, () => {
      const { noise, terms, n } = measured(m, (_, size) => new Array<bigint>(size).fill(-(1n << BigInt(m - 1))));
      const { ring } = heParameters(m, terms);
      const worst = Math.max(...noise.map(Math.abs));
      expect(worst).toBeLessThan(Number(likelyNoise({ ...ring, n }, m, terms)));
      expect(worst).toBeLessThan(Number(worstNoise({ ...ring, n }, m, terms)));
      // and the bound says something: 12 standard deviations, of which a few are met
      expect(worst).toBeGreaterThan(Number(likelyNoise({ ...ring, n }, m, terms)) / 12);
    });
  }
});
