/** Benches verify what they time: wrong outputs are written down and end the command with exit code 1. No process is started. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { benchCommand } from '../../bench/cli.js';
import { inexactOf } from '../../bench/results.js';
import type * as Launch from '../../parties/launch.js';
import { planOf } from '../../src/plan/any.js';

/** Parties whose every output is the same wrong word. */
vi.mock('../../parties/launch.js', () => ({
  launch: async ({ plan, count, repeat = 1 }: Launch.LaunchOptions) => {
    const compiled = planOf(plan);
    const cost = { ms: 1, bytes: compiled.predicted.online, rounds: 1 };
    const pass = { offline: cost, online: cost, uploadBytes: 1, downloadBytes: 1 };
    const words = (compiled.outputShape.reduce((a, b) => a * b, 1) * count) / plan.batch;
    return {
      setup: cost,
      passes: Array.from({ length: repeat }, () => pass),
      outputs: new Uint32Array(words).fill(12345),
      peakMemoryBytes: { party0: 1, party1: 1 },
      repeatable: true,
    };
  },
}));
vi.mock('../../bench/plaintext.js', async (original) => ({
  ...(await original<object>()),
  runPlain: async ({ backend, batches }: { backend: string; batches: number[] }) =>
    backend === 'wasm'
      ? {
          version: 'tfjs',
          adapter: null,
          timings: batches.map((batch) => ({ batch, ms: 1, passes: 1 })),
          labels: [7, 2],
          peakMemoryBytes: 1,
        }
      : { absent: 'not asked for' },
}));

const written: string[] = [];
const complaints: string[] = [];

beforeEach(() => {
  written.length = 0;
  complaints.length = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => complaints.push(String(chunk)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const run = (...words: string[]) => benchCommand().parseAsync(words, { from: 'user' });

describe('wrong outputs', () => {
  it('of layers are shown and end with exit code 1', async () => {
    await run('layers', 'secureml', '--modes', 'dealer', '--batch', '1', '--json');
    const { layers, machine, versions } = JSON.parse(written.join(''));
    expect(layers.map(({ exact }: { exact: boolean }) => exact)).toEqual([false, false, false, false, false]);
    expect(machine.cores).toBeGreaterThan(0);
    expect(versions.tacit).toMatch(/^\d/);
    expect(complaints.join('')).toMatch(/^tacit: expected .+ of secureml by MPC, 2 \+ dealer.+\n$/);
    expect(process.exitCode).toBe(1);
  });

  it('of networks are shown and end with exit code 1', async () => {
    await run('networks', '--models', 'secureml', '--modes', '3pc', '--links', 'none', '--images', '2', '--json');
    const { rows, accuracy, absent } = JSON.parse(written.join(''));
    expect(rows.map(({ key, exact }: { key: string; exact: boolean | null }) => [key, exact])).toEqual([
      ['secureml/plain/wasm/none/1', null],
      ['secureml/mpc/3pc/none/1', false],
      ['secureml/mpc/3pc/none/2', false],
    ]);
    expect(accuracy.at(-1)).toMatchObject({ key: 'secureml/mpc/3pc', images: 2, exactImages: 0 });
    expect(absent).toContainEqual({ what: 'plaintext on tfjs cpu', why: 'not asked for' });
    expect(complaints.join('')).toContain('secureml/mpc/3pc/none/2; accuracy of secureml/mpc/3pc');
    expect(process.exitCode).toBe(1);
  });

  it('are found wherever a report has them', () => {
    const series = { key: 'relus/ot', unit: 'ReLUs', name: 'ReLUs', mode: 'MPC', points: [], slopes: null };
    expect(inexactOf({ scaling: [{ ...series, exact: true }] })).toEqual([]);
    expect(inexactOf({ scaling: [{ ...series, exact: false }] })).toEqual(['scaling by relus/ot']);
  });
});
