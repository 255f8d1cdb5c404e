import { describe, expect, it } from 'vitest';
import { floodBound, heParameters, likelyNoise, worstNoise } from '../../src/he/parameters.js';
import { DEGREES, modulusOf, residueBits, ringOf } from '../../src/he/ring.js';

describe('rings', () => {
  it('have q below 2^bits, of distinct primes that are 1 mod 2n and fit 30 bits', () => {
    for (const { n, mostBits } of DEGREES) {
      for (let bits = 60; bits <= mostBits; bits++) {
        const ring = ringOf(n, bits);
        const q = modulusOf(ring);
        expect(q < 1n << BigInt(bits)).toBe(true);
        expect(q > 1n << BigInt(bits - 1)).toBe(true);
        expect(new Set(ring.primes).size).toBe(ring.primes.length);
        expect(ring.primes.every((prime) => prime % (2 * n) === 1 && prime < 2 ** 30)).toBe(true);
        expect(ring.primes.reduce((sum, prime) => sum + residueBits(prime), 0)).toBe(bits);
      }
    }
  });
});

describe('parameters', () => {
  it('leave room for the worst noise and hide it by 40 bits', () => {
    for (let m = 2; m <= 64; m++) {
      for (const terms of [1, 9, 576, 4096, 100_000, 2 ** 24]) {
        const parameters = heParameters(m, terms);
        const { ring, aBits, bBits } = parameters;
        const half = floodBound(parameters);
        expect(half >= likelyNoise(ring, m, terms) << 40n).toBe(true);
        // in units of 2^-aBits of q: flooding, noise, the rounding of b, and 12 standard deviations of that of a
        const units =
          Number(((half + worstNoise(ring, m, terms)) << BigInt(aBits + 20)) / modulusOf(ring)) / 2 ** 20 +
          2 ** (aBits - bBits - 1) +
          12 * Math.sqrt(ring.n / 12);
        expect(units).toBeLessThan(2 ** (aBits - m - 1));
      }
    }
  });

  it('count noise at 12 standard deviations of all terms', () => {
    const { ring } = heParameters(26, 1728);
    expect(Number(likelyNoise(ring, 26, 1728)) / (12 * Math.sqrt(10.75 * 1728) * 2 ** 25)).toBeCloseTo(1, 5);
    expect(Number(worstNoise(ring, 26, 1728)) / (21.5 * 1728 * 2 ** 25)).toBeCloseTo(1, 5);
  });

  it('never have a modulus beyond 128 bits of security', () => {
    for (let m = 2; m <= 64; m++) {
      for (const terms of [1, 400, 30_000]) {
        const { n, bits } = heParameters(m, terms).ring;
        expect(bits).toBeLessThanOrEqual({ 4096: 109, 8192: 218 }[n]!);
      }
    }
  });

  it('are those of a larger ring where one is asked for', () => {
    expect(heParameters(20, 100).ring.bits).toBeLessThan(100);
    expect(heParameters(20, 100, 100).ring).toBe(ringOf(4096, 100));
  });

  it('have 4,096 coefficients for 28 bits and 24,000 terms', () => {
    expect(heParameters(28, 20_000).ring.n).toBe(4096);
    expect(heParameters(29, 20_000).ring.n).toBe(8192);
  });

  it('are refused below 128 bits of security', () => {
    expect(() => heParameters(100, 1000)).toThrow(expect.objectContaining({ code: 'HE_PARAMETERS' }));
  });
});
