/** Homomorphic encryption equals integer arithmetic: real parameters, a network small enough for seconds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combiner } from '../../bench/he/crt.js';
import { CRYPTONETS_DEGREE, extrapolated, sampled } from '../../bench/he/cryptonets.js';
import { verdictOf } from '../../bench/he/figures.js';
import { layoutOf } from '../../bench/he/lola.js';
import { type HeFigures, measureHe } from '../../bench/he/measure.js';
import { evaluate, LEVELS, levelsOf, loadCryptonets, outSide, pixelAt, toIntegers } from '../../bench/he/network.js';
import { heAccuracy, heRow, nameOf } from '../../bench/he/rows.js';
import { BfvClient, loadSeal, moduliFor } from '../../bench/he/seal.js';
import { lanesOf, runServers } from '../../bench/he/workers.js';
import { loadMnistTest } from '../../models/mnist.js';
import { imagesFor, tiny, windows } from '../support/squares.js';

/** Keys of the larger ring take seconds of a quiet machine. */
const PATIENCE_MS = 180_000;

describe('the integer network', () => {
  it('takes the window of a convolution with padding above and to the left', () => {
    expect(outSide(windows)).toBe(2);
    expect(pixelAt(windows, 0, 0, 0)).toBe(-1);
    expect(pixelAt(windows, 0, 0, 4)).toBe(0);
    expect(pixelAt(windows, 1, 1, 0)).toBe(5 * 1 + 1);
    expect(outSide({ side: 28, kernel: 5, stride: 2, pad: 1 })).toBe(13);
  });

  it('never exceeds its bound', () => {
    const network = toIntegers(tiny);
    const pixel = fc.integer({ min: 0, max: LEVELS });
    const image = fc.array(pixel, { minLength: 25, maxLength: 25 });
    fc.assert(
      fc.property(image, (pixels) => {
        for (const logit of evaluate(network, Float64Array.from(pixels))) {
          expect(Math.abs(logit)).toBeLessThanOrEqual(network.bound);
        }
      }),
    );
  });

  it('recognises digits as the trained network does', async () => {
    const float = await loadCryptonets();
    const integers = toIntegers(float);
    const { images: bytes, labels } = loadMnistTest();
    const best = (values: Float64Array): number => values.indexOf(Math.max(...values));
    let [right, agreeing] = [0, 0];
    for (let i = 0; i < 200; i++) {
      const image = bytes.subarray(i * 784, (i + 1) * 784);
      const label = best(evaluate(integers, levelsOf(image)));
      if (label === labels[i]) right++;
      if (
        label ===
        best(
          evaluate(
            float,
            Float64Array.from(image, (byte) => byte / 255),
          ),
        )
      )
        agreeing++;
    }
    expect(right).toBeGreaterThanOrEqual(195);
    expect(agreeing).toBeGreaterThanOrEqual(196);
  });
});

describe('residues', () => {
  it('give the integer back', () => {
    const moduli = [67043329n, 66994177n];
    const half = (moduli[0]! * moduli[1]!) / 2n;
    fc.assert(
      fc.property(fc.bigInt({ min: -half, max: half }), (x) => {
        const residues = moduli.map((t) => ((x % t) + t) % t);
        expect(combiner(moduli)(residues)).toBe(x);
      }),
    );
  });

  it('of moduli large enough for the bound', () => {
    for (const count of [1, 2, 3]) {
      const moduli = moduliFor(2 ** 50, 8192, count);
      expect(new Set(moduli).size).toBe(count);
      expect(moduli.every((t) => t % 16384n === 1n)).toBe(true);
      expect(moduli.reduce((product, t) => product * t, 1n)).toBeGreaterThan(2n ** 51n);
    }
  });
});

describe('a sample of the network', () => {
  const integers = toIntegers(tiny);
  const parts = { loadMs: 1, featuresMs: 10, sumsMs: 100, unitsMs: 2, squaresMs: 3, logitsMs: 4 };

  it('has features of the whole image', () => {
    const { weights, outputs, inputs } = sampled(integers, 0.3).hidden;
    const kept = Array.from({ length: inputs }, (_, i) => i).filter((i) =>
      weights.subarray(outputs * i, outputs * (i + 1)).some((weight) => weight !== 0),
    );
    expect(kept).toEqual([2, 5, 7]);
    expect(sampled(integers, 1)).toEqual(integers);
  });

  it('scales what grows with it and nothing else', () => {
    const whole = extrapolated(parts, { features: 2, weights: 10 }, { features: 8, weights: 35 });
    expect(whole).toEqual({ ...parts, featuresMs: 40, sumsMs: 350 });
  });

  it('is refused where a unit would see nothing, before any work, with one that will do', async () => {
    const network = await loadCryptonets();
    const refused = measureHe({ network, images: imagesFor(network.windows, 1), single: 0, sample: 0.001 });
    await expect(refused).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('got 0.001') });
    const advised = await refused.catch((error: Error) => /--sample (0\.0\d)$/.exec(error.message)?.[1]);
    expect(() => sampled(toIntegers(network), Number(advised))).not.toThrow();
  });
});

describe('threads', () => {
  it('share the plaintext moduli', () => {
    expect(lanesOf(2, 1)).toEqual([[0, 1]]);
    expect(lanesOf(2, 2)).toEqual([[0], [1]]);
    expect(lanesOf(2, 3)).toEqual([[0], [1]]);
    expect(lanesOf(5, 2)).toEqual([
      [0, 2, 4],
      [1, 3],
    ]);
  });

  it('end with a code where one cannot read its keys', { timeout: PATIENCE_MS }, async () => {
    const network = toIntegers(tiny);
    const parameters = { degree: CRYPTONETS_DEGREE, plainModulus: moduliFor(network.bound, CRYPTONETS_DEGREE, 1)[0]! };
    const job = { parameters, network, relinearisationKeys: new Uint8Array(100), pixels: [] };
    await expect(runServers([job], 1)).rejects.toMatchObject({ code: 'PARTY_DIED' });
  });
});

describe('one image packed for latency', () => {
  it('lays out the trained network in one ciphertext', async () => {
    const network = toIntegers(await loadCryptonets());
    expect(layoutOf(network, 16384)).toEqual({ slots: 16384, blocks: 16, block: 1024, units: 128, shifts: 8 });
    expect(() => layoutOf(network, 1024)).toThrow(/slots/);
  });
});

describe('decryption', { timeout: PATIENCE_MS }, () => {
  it('is refused where the noise has eaten the budget', async () => {
    const client = new BfvClient(await loadSeal(), { degree: 4096, plainModulus: moduliFor(2 ** 20, 4096, 1)[0]! });
    const bytes = client.encrypt(BigInt64Array.of(3n));
    expect(client.noiseBudgetBits(bytes)).toBeGreaterThan(0);
    expect(client.decrypt(bytes)[0]).toBe(3n);
    const x = client.load(bytes);
    for (let i = 0; i < 3; i++) client.evaluator.multiply(x, client.load(bytes), x);
    expect(() => client.noiseBudgetBits(x.saveArray())).toThrow(/noise budget/);
  });
});

describe('what was decrypted', () => {
  const images = imagesFor(windows, 4);
  const integers = toIntegers(tiny);
  const right = Array.from({ length: 4 }, (_, i) => {
    const pixels = windows.side ** 2;
    return [...evaluate(integers, levelsOf(images.images.subarray(i * pixels, (i + 1) * pixels)))].map(BigInt);
  });

  it('is held against the integer network, and both against the float network on the same images', () => {
    const verdict = verdictOf(tiny, integers, images, right, true);
    const { accuracy, agreement } = verdict;
    expect(verdict).toMatchObject({ images: 4, exactImages: 4, integers: { accuracy, agreement } });
    expect(verdict.floatAccuracy).not.toBeNull();
  });

  it('is not exact where one logit of one image is off by one', () => {
    const wrong = right.map((logits, i) => (i === 2 ? [logits[0]!, logits[1]! + 1n, logits[2]!] : logits));
    expect(verdictOf(tiny, integers, images, wrong, true).exactImages).toBe(3);
  });

  it('is counted by its own labels, not by those that it should have', () => {
    const best = (logits: readonly bigint[]): number => logits.indexOf(logits.reduce((a, b) => (b > a ? b : a)));
    const labelled = { ...images, labels: Uint8Array.from(right, best) };
    const negated = right.map((logits) => logits.map((value) => -value));
    const verdict = verdictOf(tiny, integers, labelled, negated, true);
    expect(verdict).toMatchObject({ exactImages: 0, accuracy: 0, integers: { accuracy: 1 } });
  });

  it('has no labels worth counting where it is a sample', () => {
    const nothing = { accuracy: null, agreement: null, integers: null, floatAccuracy: null };
    expect(verdictOf(tiny, integers, images, right, false)).toEqual({ images: 4, exactImages: 4, ...nothing });
  });
});

describe('rows of the report', () => {
  const figures: HeFigures = {
    packing: 'cryptonets',
    library: 'node-seal 4.1.2, BFV',
    parameters: { degree: 8192, coefficientBits: 218, freshBits: 174, plainModuli: ['65537'], securityBits: 128 },
    batch: 8192,
    threads: 2,
    passes: 1,
    warmPasses: 0,
    ms: { keys: 5, serverSetup: 7, encrypt: 10, server: 100, decrypt: 2 },
    serverParts: { loadMs: 40, featuresMs: 60 },
    sample: 0.1,
    extrapolated: true,
    bytes: { keys: 1000, upload: 2_000_000, download: 500_000 },
    noiseBudgetBits: 39,
    images: 8192,
    exactImages: 8192,
    accuracy: 0.98,
    agreement: 0.99,
    integers: { accuracy: 0.98, agreement: 0.99 },
    floatAccuracy: 0.985,
    peakMemoryBytes: 1e9,
  };

  it('say what was measured, how often, and what was computed', () => {
    expect(nameOf(figures)).toBe('HE, 8,192 at once');
    const row = heRow(figures, 'none');
    expect(row).toMatchObject({ ms: { offline: 0, online: 112 }, bytes: { setup: 1000, client: 2_500_000 } });
    expect(row).toMatchObject({ passes: 1, warmPasses: 0, exact: true, extrapolated: true });
    expect(row.note).toBe('server extrapolated from 10 % of its work; one pass, no warm-up');
    expect(row.detail).toContain('39 bits of noise budget left');
  });

  it('add the transfer over a link at its nominal rate', () => {
    const whole = { ...figures, extrapolated: false, sample: 1 };
    // 80 ms, and 20 megabits at 200 a second
    expect(heRow(whole, 'wan').ms.online).toBeCloseTo(112 + 80 + 100, 6);
    expect(heRow(whole, 'wan')).toMatchObject({
      extrapolated: true,
      note: expect.stringContaining('transfer computed'),
    });
    expect(heRow(whole, 'none').extrapolated).toBe(false);
  });

  it('are not exact where one image is not', () => {
    expect(heRow({ ...figures, exactImages: 8191 }, 'none').exact).toBe(false);
  });

  it('hold the accuracy of HE against the integers in the clear, on the same images', () => {
    const [integers, he] = heAccuracy(figures);
    expect(integers).toMatchObject({ technique: 'fixed', images: 8192, accuracy: 0.98, exactImages: null });
    expect(he).toMatchObject({ technique: 'he', images: 8192, accuracy: 0.98, agreement: 0.99, exactImages: 8192 });
    expect(integers!.key).not.toBe(he!.key);
  });
});
