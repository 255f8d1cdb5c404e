/** Both packings measured as the bench measures them: every decrypted logit is that of integer arithmetic. */
import { describe, expect, it } from 'vitest';
import { layoutOf, rotationsOf } from '../../bench/he/lola.js';
import { type HeFigures, measureHe } from '../../bench/he/measure.js';
import { toIntegers } from '../../bench/he/network.js';
import { heAccuracy } from '../../bench/he/rows.js';
import { imagesFor, networkOf, tiny, windows } from '../support/squares.js';

/** Keys of the larger ring take seconds of a quiet machine. */
const PATIENCE_MS = 180_000;

/** What holds of every measurement whose outputs are right. */
function expectSound(figures: HeFigures, count: number): void {
  const { ms, bytes, serverParts, noiseBudgetBits, images, exactImages, parameters } = figures;
  expect({ images, exactImages }).toEqual({ images: count, exactImages: count });
  expect(noiseBudgetBits).toBeGreaterThan(0);
  expect(parameters.securityBits).toBe(128);
  for (const value of [...Object.values(ms), ...Object.values(bytes), figures.peakMemoryBytes]) {
    expect(value).toBeGreaterThan(0);
  }
  const parts = Object.values(serverParts).reduce((sum, part) => sum + part, 0);
  expect(parts).toBeCloseTo(ms.server, 6);
}

describe('CryptoNets: an image a slot', { timeout: PATIENCE_MS }, () => {
  const images = imagesFor(windows, 20);

  it('decrypts to the integer logits of every image and says how far it is', async () => {
    const told: string[] = [];
    const onProgress = (what: string): void => void told.push(what);
    const [figures] = await measureHe({ network: tiny, images, sample: 1, single: 0, threads: 2, onProgress });
    expectSound(figures!, 20);
    expect(figures).toMatchObject({ packing: 'cryptonets', batch: 20, threads: 2, passes: 1, warmPasses: 0 });
    expect(figures).toMatchObject({ extrapolated: false, integers: { accuracy: figures!.accuracy } });
    expect(told.some((what) => what.startsWith('CryptoNets on the server'))).toBe(true);
  });

  it('decrypts to those of the part of the network that a sample is, on one thread', async () => {
    const [figures] = await measureHe({ network: tiny, images, sample: 0.3, single: 0, threads: 1 });
    expectSound(figures!, 20);
    expect(figures).toMatchObject({ sample: 3 / 8, extrapolated: true, threads: 1, accuracy: null, integers: null });
    expect(heAccuracy(figures!)).toEqual([]);
  });
});

describe('one image packed for latency', { timeout: PATIENCE_MS }, () => {
  it('decrypts to its integer logits where several shifts and rotations make them', async () => {
    const network = networkOf({ side: 18, kernel: 3, stride: 1, pad: 0 }, 2, 40, 3);
    const layout = layoutOf(toIntegers(network), 16384);
    expect(layout).toEqual({ slots: 16384, blocks: 16, block: 1024, units: 64, shifts: 4 });
    expect(rotationsOf(layout)).toEqual([0, 1, 2, 3, 64, 128, 256, 512, 1024, 2048, 4096, 4, 8, 16, 32]);
    const [figures] = await measureHe({ network, images: imagesFor(network.windows, 1), sample: 0, single: 1 });
    expectSound(figures!, 1);
    expect(figures).toMatchObject({ packing: 'lola', batch: 1, passes: 1, warmPasses: 1, extrapolated: false });
  });
});
