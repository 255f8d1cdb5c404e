/**
 * What an answer tells the key holder. It knows s, what it encrypted and with which errors; here it may try any weights it likes.
 *
 * Answers are looked at with nothing rounded away (aBits, bBits beyond q), so that hiding is re-randomisation's and flooding's alone.
 */
import { describe, expect, it } from 'vitest';
import { heParameters } from '../../src/he/parameters.js';
import { modulusOf } from '../../src/he/ring.js';
import { Arithmetic } from './holder.js';
import { centred, mod, scaled, unpacked } from './plain.js';
import { lwe, M, module, SEEN, seedOf, tellNothing, View } from './view.js';

describe('an answer', () => {
  // of 10^5 coefficients: secrecy.slow.test.ts
  tellNothing(5);

  it('is caught without flooding: its noise is that of W', () => {
    const spoilt = new View(1, { flood: { floodDigit: 1, floodBits: 1 } });
    expect(spoilt.correlation('W')).toBeGreaterThan(60);
    expect(Math.abs(spoilt.correlation("W'"))).toBeLessThan(30);
  });

  it('is caught with flooding of the size of the noise', () => {
    const noise = new View(1).predicted.W;
    const noiseBits = Math.ceil(Math.log2(Math.max(...noise.map(Math.abs))));
    const spoilt = new View(4, { flood: { floodDigit: 1, floodBits: noiseBits + 2 } });
    expect(spoilt.correlation('W')).toBeGreaterThan(SEEN);
  });

  it('is caught where it is not re-randomised: a is what W gives, but for an error', () => {
    const spoilt = new View(1, { rerandomised: false });
    expect(spoilt.unexplained.W!.every((value) => value >= -21n && value <= 21n)).toBe(true);
    expect(spoilt.unexplained["W'"]!.some((value) => value < -21n || value > 21n)).toBe(true);
  });
});

describe('an answer as it is sent', () => {
  /** The weight that explains a' best, of one product with one weight: by trying all, over a few coefficients. */
  function recovered(rerandomised: boolean): { readonly found: number[]; readonly weight: number } {
    const parameters = heParameters(M, 1);
    const { ring, aBits } = parameters;
    const { n } = ring;
    const tables = lwe.openRing(ring);
    const key = lwe.createKey(tables, seedOf(1));
    const publicKey = lwe.openCiphertexts(tables, 1);
    lwe.loadCiphertext(publicKey, 0, lwe.publicKey(key, { uniform: seedOf(2), error: seedOf(3) }));
    if (!rerandomised) module.memory.zero(publicKey.block.pointer, publicKey.block.bytes);
    const ciphertexts = lwe.openCiphertexts(tables, 1);
    const x = new Uint32Array(n);
    lwe.loadCiphertext(ciphertexts, 0, lwe.encrypt(key, parameters, 32, x, { uniform: seedOf(4), error: seedOf(5) }));
    const weights = lwe.openWeights(tables, 1);
    const weight = -12_345;
    const w = new Uint32Array(n);
    w[0] = weight;
    lwe.transformWeights(weights, 0, M, 32, w);
    const accumulator = lwe.openAccumulator(tables);
    lwe.accumulate(accumulator, ciphertexts, 0, weights, 0, 1);
    const arithmetic = new Arithmetic(module, tables);
    const a = arithmetic.inverse(arithmetic.readPart(ciphertexts, 0, 'a'));
    const answer = lwe.answer(accumulator, parameters, publicKey, 32, Uint32Array.of(0), Uint32Array.of(7), seedOf(6));
    const sent = unpacked(answer, 0, n, aBits);
    const q = modulusOf(ring);
    const whole = 1n << BigInt(aBits);
    const found: number[] = [];
    for (let candidate = -(2 ** (M - 1)); candidate < 2 ** (M - 1); candidate++) {
      const explains = [0, 1, 2, 3].every((k) => {
        const rounded = scaled(mod(BigInt(candidate) * a[k]!, q), whole, q);
        const apart = centred(rounded - sent[k]!, whole);
        return apart >= -1n && apart <= 1n;
      });
      if (explains) found.push(candidate);
    }
    for (const held of [tables, key, publicKey, ciphertexts, weights, accumulator]) lwe.dispose(held);
    return { found, weight };
  }

  it('gives no weight away', () => {
    expect(recovered(true).found).toEqual([]);
  });

  it('would give it away were it not re-randomised: rounding does not hide it', () => {
    const { found, weight } = recovered(false);
    expect(found).toEqual([weight]);
  });
});
