/** What two processes send each other is counted, and is what the formula says. */
import { afterEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { benchCommand } from '../../bench/cli.js';

const PATIENCE_MS = 180_000;
const rate = z.number().int().positive();

afterEach(() => {
  vi.restoreAllMocks();
});

it('counts the bytes of correlated transfers by parameter: within 5 % of the formula; silent ones take half a bit', {
  timeout: PATIENCE_MS,
}, async () => {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
  const words = ['micro', '--only', 'cots,silentCots', '--seconds', '0.05', '--json'];
  await benchCommand().parseAsync(words, { from: 'user' });
  const { details, silentCots, parameters } = JSON.parse(written.join(''));
  expect(silentCots).toBeGreaterThan(0);
  expect(parameters.silentCots.bitsPerCot).toBeLessThan(0.5);
  const figures = z.strictObject({ median: rate, best: rate, bitsPerCot: z.number(), formulaBits: z.number() });
  const byParameter = z.strictObject({ k2: figures, k4: figures, k8: figures }).parse(details.cots.byParameter);
  expect(Object.values(byParameter).map(({ formulaBits }) => formulaBits)).toEqual([63, 31, 15]);
  for (const { bitsPerCot, formulaBits } of Object.values(byParameter)) {
    // a frame's header is counted too
    expect(bitsPerCot).toBeGreaterThan(formulaBits);
    expect(bitsPerCot).toBeLessThan(1.05 * formulaBits);
  }
});
