/** The report is one file that loads nothing, says what it rests on, and two of them can be held against each other. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesText, countText, msText } from '../../bench/format.js';
import { Charts } from '../../bench/report/charts.js';
import { compare, comparisonText, readResults } from '../../bench/report/compare.js';
import { csvOf } from '../../bench/report/csv.js';
import { findingsOf } from '../../bench/report/findings.js';
import { REPORT_FILES, writeReport } from '../../bench/report/write.js';
import { RESULTS_VERSION, type Results, type Row } from '../../bench/results.js';
import { slopeOf } from '../../bench/scaling.js';

function row(partial: Partial<Row> & Pick<Row, 'key'>): Row {
  return {
    network: 'cryptonets',
    technique: 'mpc',
    name: 'MPC, 2 + dealer',
    detail: '32-bit ring, "proven", <b>',
    trust: '2 parties and a dealer',
    link: 'none',
    batch: 1,
    ms: { offline: 10, online: 5 },
    bytes: { setup: 1000, offline: 2e6, online: 1e5, client: 3000 },
    rounds: 6,
    peakMemoryBytes: 1e8,
    exact: true,
    passes: 5,
    warmPasses: 1,
    extrapolated: false,
    ...partial,
  };
}

const plain = {
  technique: 'plain',
  exact: null,
  rounds: null,
  bytes: { setup: 0, offline: 0, online: 0, client: 0 },
} as const;
const results: Results = {
  version: RESULTS_VERSION,
  made: '2026-01-02T03:04:05.000Z',
  seconds: 600,
  command: 'npx tacit bench report',
  machine: { cpu: 'A & B', cores: 2, memoryBytes: 2e10, node: 'v20', platform: 'linux x64', gpu: 'none (no adapter)' },
  versions: { tacit: '0.1.0' },
  rows: [
    row({ key: 'p1', name: 'plain, wasm', ms: { offline: 0, online: 0.5 }, ...plain }),
    row({ key: 'p128', name: 'plain, wasm', batch: 128, ms: { offline: 0, online: 20 }, ...plain }),
    row({ key: 'm1', network: 'cryptonets-relu' }),
    row({ key: 'm16', network: 'cryptonets-relu', batch: 16 }),
    row({ key: 'h1', technique: 'he', name: 'HE, one image', ms: { offline: 0, online: 1500 } }),
    row({
      key: 'h8192',
      technique: 'he',
      name: 'HE, 8,192 at once',
      batch: 8192,
      ms: { offline: 0, online: 60_000 },
      extrapolated: true,
    }),
  ],
  accuracy: [
    {
      key: 'a0',
      network: 'cryptonets',
      technique: 'plain',
      name: 'float32, tfjs',
      images: 100,
      accuracy: 0.99,
      agreement: null,
      exactImages: null,
    },
    {
      key: 'a1',
      network: 'cryptonets-relu',
      technique: 'mpc',
      name: 'MPC, 2 + dealer',
      images: 100,
      accuracy: 0.99,
      agreement: 1,
      exactImages: 100,
    },
  ],
  layers: [
    {
      network: 'x',
      mode: 'MPC, 2 + dealer',
      layer: 'fc1',
      kind: 'linear',
      work: 100,
      ms: { offline: 3, online: 1 },
      bytes: { offline: 10, online: 20 },
    },
  ],
  scaling: [
    {
      key: 'relus/dealer',
      unit: 'ReLUs',
      name: 'ReLUs',
      mode: 'MPC, 2 + dealer',
      points: [
        { x: 10, ms: 1, bytes: 10 },
        { x: 100, ms: 20, bytes: 100 },
      ],
      slopes: { ms: 1.3, bytes: 1 },
    },
  ],
  links: [{ name: 'wan', nominal: { roundTripMs: 80, megabits: 200 }, measured: { roundTripMs: 80.1, megabits: 199 } }],
  he: [],
  absent: [{ what: 'plaintext on tfjs webgpu', why: 'no WebGPU adapter' }],
};

const folder = mkdtempSync(join(tmpdir(), 'tacit-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a report', () => {
  it('is one HTML file that loads nothing, with JSON and CSV beside it', async () => {
    await writeReport(results, await Charts.load(), folder);
    const html = readFileSync(join(folder, REPORT_FILES.page), 'utf8');
    expect(html).not.toMatch(/<(script|link|img|iframe)\b|@import|url\(/i);
    expect(html.match(/<svg/g)!.length).toBeGreaterThan(5);
    for (const text of [
      'A &amp; B',
      'none (no adapter)',
      'no WebGPU adapter',
      'npx tacit bench report',
      '<strong>1.30</strong>',
      'prefers-color-scheme: dark',
    ]) {
      expect(html).toContain(text);
    }
    expect(html).not.toContain('"proven", <b>');
    expect(JSON.parse(readFileSync(join(folder, REPORT_FILES.json), 'utf8'))).toEqual(results);
    expect(readFileSync(join(folder, REPORT_FILES.csv), 'utf8')).toContain('"32-bit ring, ""proven"", <b>"');
  });

  it('has a line of CSV for each configuration', () => {
    expect(csvOf(results).trimEnd().split('\r\n').length).toBe(1 + results.rows.length);
  });

  it('finds what its figures say', () => {
    const [single, bulk, exact] = findingsOf(results);
    expect(single).toContain('homomorphic encryption takes 1.50 s');
    expect(single).toContain('100 times as long');
    expect(bulk).toContain('8,192 images at once, extrapolated');
    expect(exact).toContain('100 of 100');
  });

  it('says nothing of what was not measured', () => {
    const he = results.rows.filter(({ technique }) => technique !== 'he');
    expect(findingsOf({ ...results, rows: he }).length).toBe(1);
  });
});

describe('a comparison', () => {
  const change = (key: string, partial: Partial<Row>): Results => ({
    ...results,
    rows: results.rows.map((one) => (one.key === key ? { ...one, ...partial } : one)),
  });

  it('of a run with itself finds nothing', () => {
    expect(compare(results, results)).toMatchObject({ compared: 6, changes: [], missing: [], added: [] });
  });

  it('finds what got slower, bigger or wrong', () => {
    const slower = change('m1', { ms: { offline: 30, online: 5 } });
    expect(compare(results, slower).changes).toEqual([{ key: 'm1', what: 'time', before: 15, after: 35, worse: true }]);
    const bigger = change('m1', { bytes: { setup: 0, offline: 3e6, online: 1e5, client: 3000 } });
    expect(compare(results, bigger).changes).toMatchObject([{ what: 'bytes', worse: true }]);
    expect(compare(results, change('m1', { exact: false })).changes).toMatchObject([{ what: 'exact', worse: true }]);
    expect(comparisonText(compare(results, slower))).toMatch(/m1 +slower +15.0 ms +35.0 ms/);
  });

  it('tells what is in one run alone', () => {
    const fewer = { ...results, rows: results.rows.slice(1) };
    expect(compare(results, fewer)).toMatchObject({ missing: ['p1'], added: [] });
    expect(compare(fewer, results)).toMatchObject({ missing: [], added: ['p1'] });
  });

  it('refuses a file that is no report', async () => {
    const path = join(folder, 'other.json');
    writeFileSync(path, '{"version":0}');
    await expect(readResults(path)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(readResults(join(folder, 'absent.json'))).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});

describe('the command line', () => {
  const tacit = (...words: string[]) =>
    promisify(execFile)(process.execPath, [
      fileURLToPath(new URL('../../dist/parties/main.js', import.meta.url)),
      ...words,
    ]);

  it('gives the flags of a subcommand to the subcommand', async () => {
    const { stdout } = await tacit('bench', 'micro', '--only', 'aesBlocks', '--seconds', '0.05', '--json');
    expect(JSON.parse(stdout)).toHaveProperty('aesBlocks');
    await expect(tacit('bench', 'report', '--compare', '/nowhere/report.json')).rejects.toMatchObject({ code: 1 });
  });

  it('compares two saved reports', async () => {
    const path = join(folder, REPORT_FILES.json);
    const { stdout } = await tacit('bench', '--compare', path, '--with', path, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ compared: results.rows.length, changes: [] });
  });
});

describe('figures', () => {
  it('fits the exponent of a power law', () => {
    const points = [1, 2, 4, 8].map((x) => ({ x, y: 3 * x ** 1.5 }));
    expect(slopeOf(points)).toBeCloseTo(1.5, 10);
  });

  it('have three digits and a unit', () => {
    expect([0.25, 1.5, 12.34, 1500].map(msText)).toEqual(['250 µs', '1.50 ms', '12.3 ms', '1.50 s']);
    expect([12, 1234, 2_345_678].map(bytesText)).toEqual(['12 B', '1.23 kB', '2.35 MB']);
    expect([0.5, 12, 8192].map(countText)).toEqual(['0.5', '12', '8,192']);
  });
});
