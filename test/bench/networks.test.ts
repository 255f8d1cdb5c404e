/** Private runs of the benches are checked, layer by layer and as a whole; commands refuse what they do not know. */
import { describe, expect, it, vi } from 'vitest';
import { benchCommand } from '../../bench/cli.js';
import { firstImages, realsOf } from '../../bench/images.js';
import { measureLayers } from '../../bench/layers.js';
import { MODES } from '../../bench/modes.js';
import { loadSubject } from '../../bench/networks.js';
import { labelsOf, runPrivate } from '../../bench/private.js';
import type { LinkCheck } from '../../bench/results.js';
import { checkLink } from '../../bench/shaping.js';

const PATIENCE_MS = 180_000;

describe('private runs', { timeout: PATIENCE_MS }, () => {
  it.each(MODES)('by $name give the plain evaluator and the digits', async (mode) => {
    const { model } = await loadSubject('secureml');
    const inputs = realsOf(firstImages(2));
    const figures = await runPrivate({ model, mode, inputs, count: 2, batch: 2, passes: 1, warmPasses: 0 });
    expect(figures.exactInputs).toBe(2);
    expect(labelsOf(model, figures.outputs)).toEqual([7, 2]);
    for (const value of [figures.ms.online, figures.bytes.online, figures.rounds, figures.peakMemoryBytes]) {
      expect(value).toBeGreaterThan(0);
    }
  });

  it('take a network apart into its layers', async () => {
    const { model, name } = await loadSubject('secureml');
    const rows = await measureLayers({ name, model, modes: MODES.slice(0, 1), batch: 1 });
    expect(rows.map(({ kind }) => kind)).toEqual(['linear', 'relu', 'linear', 'relu', 'linear']);
    expect(rows.map(({ work }) => work)).toEqual([784 * 128, 128, 128 * 128, 128, 1280]);
  });
});

describe('a shaped link', () => {
  const STEP_MS = 0.25;

  it('has the latency and the rate that it is asked for', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    try {
      let check: LinkCheck | undefined;
      void checkLink({ name: 'test', roundTripMs: 40, megabits: 40 }, 100).then((value) => {
        check = value;
      });
      while (!check) {
        vi.advanceTimersByTime(STEP_MS);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(check.nominal).toEqual({ roundTripMs: 40, megabits: 40 });
      expect(check.measured.roundTripMs).toBeGreaterThanOrEqual(40);
      expect(check.measured.roundTripMs).toBeLessThan(42);
      expect(check.measured.megabits).toBeLessThanOrEqual(40);
      expect(check.measured.megabits).toBeGreaterThan(38);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('tacit bench refuses', () => {
  const run = (...words: string[]) => benchCommand().exitOverride().parseAsync(words, { from: 'user' });

  it.each([
    ['networks', '--images', '0'],
    ['networks', '--links', 'moon'],
    ['networks', '--models', ''],
    ['he', '--sample', '2'],
    ['he', '--threads', '3'],
    ['he', '--sample', '0', '--single', '0'],
    ['layers', '--batch', 'many'],
  ])('%s %s %s', async (...words) => {
    await expect(run(...words)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('a model that is not there', async () => {
    await expect(run('layers', 'alexnet')).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' });
  });

  it.each([
    ['--compare', '/nowhere/report.json'],
    ['report', '--compare', '/nowhere/report.json'],
  ])('to compare with a file that is not there: %s %s', async (...words) => {
    await expect(run(...words)).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
