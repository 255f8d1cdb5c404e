/** The report is one file that loads nothing, says what it rests on, and two of them can be held against each other. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesText, countText, msText } from '../../bench/format.js';
import type { HeFigures } from '../../bench/he/measure.js';
import { Charts } from '../../bench/report/charts.js';
import { compare, comparisonText, readResults } from '../../bench/report/compare.js';
import { csvOf } from '../../bench/report/csv.js';
import { findingsOf } from '../../bench/report/findings.js';
import { pageOf } from '../../bench/report/page.js';
import { REPORT_FILES, writeReport } from '../../bench/report/write.js';
import { RESULTS_VERSION, type Results, type Row } from '../../bench/results.js';
import { slopeOf, slopesOf } from '../../bench/scaling.js';
import { rowsText } from '../../bench/text.js';

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
    row({ key: 'r1', network: 'cryptonets-relu', name: 'plain, wasm', ms: { offline: 0, online: 0.4 }, ...plain }),
    row({ key: 'm1', network: 'cryptonets-relu' }),
    row({ key: 't1', network: 'cryptonets-relu', name: 'MPC, 3 parties', ms: { offline: 0, online: 3000 } }),
    row({ key: 'm16', network: 'cryptonets-relu', batch: 16 }),
    row({
      key: 'h1',
      technique: 'he',
      name: 'HE, one image',
      ms: { offline: 0, online: 1500 },
      bytes: { setup: 1000, offline: 0, online: 0, client: 3.1e6 },
    }),
    row({
      key: 'h8192',
      technique: 'he',
      name: 'HE, 8,192 at once',
      batch: 8192,
      ms: { offline: 0, online: 60_000 },
      extrapolated: true,
      note: 'server extrapolated from 10 % of its work',
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
      batch: 1,
      work: 100,
      ms: { offline: 3, online: 1 },
      bytes: { offline: 10, online: 20 },
      passes: 5,
      exact: true,
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
      exact: true,
    },
  ],
  links: [{ name: 'wan', nominal: { roundTripMs: 80, megabits: 200 }, measured: { roundTripMs: 80.1, megabits: 199 } }],
  he: [],
  absent: [{ what: 'plaintext on tfjs webgpu', why: 'no WebGPU adapter' }],
};

const he: HeFigures = {
  packing: 'cryptonets',
  library: 'node-seal 4.1, BFV',
  parameters: { degree: 8192, coefficientBits: 218, freshBits: 174, plainModuli: ['11', '13'], securityBits: 128 },
  batch: 8192,
  threads: 2,
  ms: { keys: 100, serverSetup: 0, encrypt: 5000, server: 90_000, decrypt: 300 },
  serverParts: {},
  sample: 0.1,
  extrapolated: true,
  bytes: { keys: 3.4e7, upload: 3e8, download: 4e6 },
  noiseBudgetBits: 39,
  images: 8192,
  exactImages: 8192,
  accuracy: null,
  agreement: null,
  integers: null,
  floatAccuracy: null,
  passes: 1,
  warmPasses: 0,
  peakMemoryBytes: 4e9,
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
      '<strong>x^1.30</strong>',
      'prefers-color-scheme: dark',
    ]) {
      expect(html).toContain(text);
    }
    expect(html).not.toContain('"proven", <b>');
    expect(JSON.parse(readFileSync(join(folder, REPORT_FILES.json), 'utf8'))).toEqual(results);
    expect(readFileSync(join(folder, REPORT_FILES.csv), 'utf8')).toContain('"32-bit ring, ""proven"", <b>"');
  });

  it('is made for phones and says what HE rests on, row by row who is trusted, and what others published', async () => {
    const html = pageOf({ ...results, he: [he] }, await Charts.load());
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    const section = /<h2>Homomorphic encryption, apart<\/h2>.*?<\/section>/s.exec(html)![0];
    for (const text of [
      'N = 8,192, log q = 218, t = 11 · 13, 128 bits',
      '<td>34.0 MB</td>',
      '<td>39 bits</td>',
      '90.0 s* (2 threads)',
    ]) {
      expect(section).toContain(text);
    }
    for (const [, anchor] of html.matchAll(/href="#([^"]+)"/g)) expect(html).toContain(`id="${anchor}"`);
    const rows = html.match(/<tr>.*?<\/tr>/gs)!.filter((line) => line.includes('href="#trust-'));
    expect(rows.length).toBe(results.rows.length);
    const published = /<h2>For reference.*?<\/section>/s.exec(html)![0];
    expect(published).toContain('Not measured here');
    for (const system of ['MiniONN', 'Gazelle', 'CrypTFlow2', 'Cheetah', '59,000 predictions an hour']) {
      expect(published).toContain(system);
    }
  });

  it('marks what was not measured as a whole wherever its time stands, and nothing else', async () => {
    const html = pageOf(results, await Charts.load());
    const line = html
      .match(/<tr>.*?<\/tr>/gs)!
      .find((one) => one.includes('HE, 8,192 at once') && one.includes('8,192</td>'))!;
    for (const text of ['<td>60.0 s*</td>', '<td>7.32 ms*</td>', 'from 10 % of its work']) expect(line).toContain(text);
    expect(html).toContain('>7.32 ms*</text>');
    expect(html).not.toContain('15.0 ms*');
    expect(rowsText(results.rows)).toMatch(
      /HE, 8,192 at once .*60.0 s\* +7.32 ms\*.*\n\* not measured as a whole: server/,
    );
    const csv = csvOf(results).split('\r\n');
    expect(csv[0]).toMatch(/,passes,note$/);
    expect(csv.find((one) => one.startsWith('h8192'))).toMatch(/,true,.*from 10 % of its work$/);
  });

  it('draws time and bytes of every series, and each plaintext network', async () => {
    const html = pageOf(results, await Charts.load());
    for (const label of ['time against ReLUs', 'bytes against ReLUs']) expect(html).toContain(`aria-label="${label}"`);
    const latency = /aria-label="time of one evaluation".*?<\/svg>/s.exec(html)![0];
    for (const label of ['plain, wasm<', 'plain, wasm (relu)<', 'MPC, 3 parties (relu)<'])
      expect(latency).toContain(label);
    const scaling = /aria-label="bytes against ReLUs".*?<\/svg>/s.exec(html)![0];
    for (const tick of ['>10 B<', '>100 B<', '>10<', '>100<']) expect(scaling).toContain(tick);
  });

  it('gives two points as a quotient, not a fit', async () => {
    const scaling = results.scaling.map((series) => ({ ...series, slopes: null }));
    const html = pageOf({ ...results, scaling }, await Charts.load());
    expect(html).toContain('<td>× 20.00</td><td>× 10.00</td>');
    expect(
      slopesOf([
        { x: 1, ms: 1, bytes: 1 },
        { x: 2, ms: 2, bytes: 2 },
      ]),
    ).toBeNull();
  });

  it('has a line of CSV for each configuration', () => {
    expect(csvOf(results).trimEnd().split('\r\n').length).toBe(1 + results.rows.length);
  });

  it('finds what its figures say', () => {
    const [single, bulk, exact] = findingsOf(results);
    expect(single).toContain(
      'takes 1.50 s and 3.10 MB under homomorphic encryption (HE) and 400 µs in plaintext (plain, wasm). ' +
        'MPC, 2 + dealer: 15.0 ms and 2.10 MB (5.00 ms after the input is there), ' +
        '100 times cheaper than HE in time and 1.5 times cheaper in bytes, 38 times dearer than plaintext. ' +
        'MPC, 3 parties: 3.00 s',
    );
    expect(single).toContain('2 times dearer than HE in time');
    expect(single).toContain(
      'MPC and plaintext ran cryptonets-relu, HE cryptonets: the same layers with squares for ReLUs.',
    );
    expect(bulk).toContain('7.32 ms (extrapolated) and 257 B under HE (8,192 at once, which all wait 60.0 s)');
    expect(bulk).toContain('MPC, 2 + dealer, 16 at once: 938 µs and 131 kB, 7.8 times cheaper than HE in time');
    expect(exact).toContain('100 of 100');
    expect(exact).toContain('so are all that were timed');
  });

  it('holds MPC on the very network of HE against it where that was measured', () => {
    const squares = row({ key: 's1', ms: { offline: 20, online: 10 } });
    const [single] = findingsOf({ ...results, rows: [...results.rows, squares] });
    expect(single).toContain('MPC, 2 + dealer: 30.0 ms');
    expect(single).toContain('50 times cheaper than HE in time');
    expect(single).toContain('60 times dearer than plaintext. All ran cryptonets.');
    expect(single).not.toContain('15.0 ms');
  });

  it('does not claim what was not exact', () => {
    const layers = results.layers.map((layer) => ({ ...layer, exact: false }));
    expect(findingsOf({ ...results, layers }).at(-1)).toContain('1 timed configurations gave others');
  });

  it('says nothing of what was not measured', () => {
    const he = results.rows.filter(({ technique }) => technique !== 'he');
    const sentences = findingsOf({ ...results, rows: he });
    expect(sentences.join(' ')).not.toContain('HE');
    expect(sentences[0]).toContain('38 times dearer than plaintext');
    expect(findingsOf({ ...results, rows: [], accuracy: [] })).toEqual([]);
  });
});

describe('a comparison', () => {
  const change = (key: string, partial: Partial<Row>): Results => ({
    ...results,
    rows: results.rows.map((one) => (one.key === key ? { ...one, ...partial } : one)),
  });

  it('of a run with itself finds nothing', () => {
    const all = results.rows.length + results.accuracy.length + results.layers.length + results.scaling.length;
    expect(compare(results, results)).toMatchObject({ compared: all, changes: [], unlike: [], missing: [], added: [] });
  });

  const costs = { setup: 1000, offline: 2e6, online: 1e5, client: 3000 };
  it.each([
    ['offline time', 10, 30, { ms: { offline: 30, online: 5 } }],
    ['online time', 5, 8, { ms: { offline: 10, online: 8 } }],
    ['set-up bytes', 1000, 1002, { bytes: { ...costs, setup: 1002 } }],
    ['offline bytes', 2e6, 3e6, { bytes: { ...costs, offline: 3e6 } }],
    ['online bytes', 1e5, 2e5, { bytes: { ...costs, online: 2e5 } }],
    ['client bytes', 3000, 3100, { bytes: { ...costs, client: 3100 } }],
    ['rounds', 6, 7, { rounds: 7 }],
    ['memory', 1e8, 2e8, { peakMemoryBytes: 2e8 }],
    ['exact', 1, 0, { exact: false }],
  ] as const)('finds more of %s', (what, before, after, partial) => {
    const changed = change('m1', partial);
    expect(compare(results, changed).changes).toEqual([{ key: 'm1', what, before, after, worse: true }]);
    expect(compare(changed, results).changes).toMatchObject([{ what, worse: false }]);
  });

  it('forgives the mood of the machine, and no byte', () => {
    expect(compare(results, change('m1', { ms: { offline: 12, online: 6 }, peakMemoryBytes: 1.1e8 })).changes).toEqual(
      [],
    );
  });

  it('holds layers, slopes and accuracy against each other', () => {
    const layers = results.layers.map((layer) => ({ ...layer, bytes: { offline: 10, online: 40 } }));
    expect(compare(results, { ...results, layers }).changes).toMatchObject([
      { key: 'fc1 of x by MPC, 2 + dealer, 1 at once', what: 'online bytes', worse: true },
    ]);
    const scaling = results.scaling.map((series) => ({ ...series, slopes: { ms: 1.6, bytes: 1 } }));
    expect(compare(results, { ...results, scaling }).changes).toMatchObject([
      { key: 'scaling by relus/dealer', what: 'exponent of time', before: 1.3, after: 1.6, worse: true },
    ]);
    const accuracy = results.accuracy.map((one) => ({ ...one, accuracy: 0.9 }));
    expect(compare(results, { ...results, accuracy }).changes).toMatchObject([
      { what: 'accuracy', worse: true },
      { what: 'accuracy', worse: true },
    ]);
  });

  it('does not hold a sample against a measurement, nor other images against these', () => {
    const sampled = change('h8192', { note: 'from 2 % of its work', ms: { offline: 0, online: 90_000 } });
    const measured = change('h8192', { extrapolated: false });
    const { changes, unlike } = compare(sampled, measured);
    expect(changes).toEqual([]);
    expect(unlike).toEqual([{ key: 'h8192', before: 'from 2 % of its work', after: 'measured' }]);
    expect(comparisonText(compare(sampled, measured))).toContain('h8192: from 2 % of its work -> measured');
    const fewer = results.accuracy.map((one) => ({ ...one, images: 40, accuracy: 0.9 }));
    expect(compare(results, { ...results, accuracy: fewer })).toMatchObject({
      changes: [],
      unlike: [{ before: '100 images', after: '40 images' }, {}],
    });
  });

  it('is a table for a person, the worst first', () => {
    const worse = change('m1', { ms: { offline: 30, online: 5 }, rounds: 5 });
    const text = comparisonText(compare(results, { ...worse, machine: { ...results.machine, cpu: 'C' } }));
    expect(text).toMatch(/12 configurations in both, 1 changes for the worse\n.*processors differ/);
    expect(text).toMatch(/m1 +slower: offline time +10.0 ms +30.0 ms +x 3.00\n *m1 +less: rounds +6 +5/);
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
    expect(JSON.parse(stdout)).toMatchObject({ changes: [], missing: [] });
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
