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
import { clearAccuracies } from '../../bench/report/accuracy.js';
import { compare, comparisonText } from '../../bench/report/compare.js';
import { csvOf } from '../../bench/report/csv.js';
import { Drawing } from '../../bench/report/drawing.js';
import { findingsOf } from '../../bench/report/findings.js';
import { leadOf } from '../../bench/report/lead.js';
import { pageOf } from '../../bench/report/page.js';
import { readResults } from '../../bench/report/saved.js';
import { REPORT_FILES, writeReport } from '../../bench/report/write.js';
import { type AccuracyRow, RESULTS_VERSION, type Results, type Row, type Series } from '../../bench/results.js';
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
    await writeReport(results, await Drawing.load(), folder);
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
    const html = pageOf({ ...results, he: [he] }, await Drawing.load());
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    const section = /<h2>HE in parts<\/h2>.*?<\/section>/s.exec(html)![0];
    for (const text of [
      '<td>8,192</td>',
      '<td>11 · 13</td>',
      '<td>34.0 MB</td>',
      '<td>39 bits</td>',
      '90.0 s* (2 threads)',
    ]) {
      expect(section).toContain(text);
    }
    for (const [, anchor] of html.matchAll(/href="#([^"]+)"/g)) expect(html).toContain(`id="${anchor}"`);
    const others = /<h2>Other systems.*?<\/section>/s.exec(html)![0];
    expect(others).toContain('Not measured here');
    for (const system of ['MiniONN', 'Gazelle', 'CrypTFlow2', 'MP-SPDZ', '59,000 predictions an hour']) {
      expect(others).toContain(system);
    }
  });

  it('folds its rows under headings of network and trust, and lists its sections', async () => {
    const html = pageOf(results, await Drawing.load());
    const nav = /<nav.*?<\/nav>/s.exec(html)![0];
    const sections = [...html.matchAll(/<section id="([^"]+)">/g)].map(([, id]) => id);
    expect([...nav.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)).toEqual(sections);
    const rows = /<summary>All 8 rows of cryptonets<\/summary>.*?<\/details>/s.exec(html)![0];
    const [first] = rows.match(/<tbody>.*?<\/tbody>/s)!;
    expect(first).toMatch(/<tr class="group">.*<b>plain, wasm<\/b> cryptonets · <a href="#trust-1">/);
    expect(rows.match(/<th>(no delay|LAN|WAN) × /g)!.length).toBe(results.rows.length);
    expect(html).not.toMatch(/<details open/);
  });

  it('says which commit was measured, and marks one that files differ from', async () => {
    const drawing = await Drawing.load();
    const page = (commit: string) => pageOf({ ...results, versions: { tacit: '0.1.0', commit } }, drawing);
    expect(page('0123456789ab')).toContain('Tacit at version 0.1.0, commit 0123456789ab.</p>');
    expect(page('0123456789ab-dirty')).toContain('commit 0123456789ab with changes that are in no commit.</p>');
  });

  it('marks what was not measured as a whole wherever its time stands, and nothing else', async () => {
    const html = pageOf(results, await Drawing.load());
    const line = html.match(/<tr>.*?<\/tr>/gs)!.find((one) => one.startsWith('<tr><th>no delay × 8,192</th>'))!;
    for (const text of ['<td>60.0 s*</td>', '<td>7.32 ms*</td>', 'from 10 % of its work']) expect(line).toContain(text);
    expect(html).not.toContain('15.0 ms*');
    expect(rowsText(results.rows)).toMatch(
      /HE, 8,192 at once .*60.0 s\* +7.32 ms\*.*\n\* not measured as a whole: server/,
    );
    const csv = csvOf(results).split('\r\n');
    expect(csv[0]).toMatch(/,passes,note$/);
    expect(csv.find((one) => one.startsWith('h8192'))).toMatch(/,true,.*from 10 % of its work$/);
  });

  it('draws each technique on each network, once', async () => {
    const html = pageOf(results, await Drawing.load());
    const latency = /aria-label="time of one image".*?<\/svg>/s.exec(html)![0];
    for (const label of ['>plaintext<', '>plaintext (relu)<', '>MPC, 3 parties (relu)<', '>HE<']) {
      expect(latency.split(label).length).toBe(2);
    }
  });

  it('draws a series of three points, not one of two', async () => {
    const drawing = await Drawing.load();
    const [one] = results.scaling as [Series];
    const two = { ...one, name: 'threads', slopes: null };
    const html = pageOf({ ...results, scaling: [one, two] }, drawing);
    expect(html).toContain('aria-label="time against ReLUs"');
    expect(html).not.toContain('aria-label="time against threads"');
    expect(html).toContain('<b>threads</b>');
  });

  it('has the same axes in all charts that are compared', async () => {
    const other = row({ key: 'other', network: 'secureml', ms: { offline: 0, online: 0.02 } });
    const html = pageOf({ ...results, rows: [...results.rows, other] }, await Drawing.load());
    const charts = html.match(/aria-label="time of one image".*?<\/svg>/gs)!;
    const axes = charts.map((chart) => /aria-label="x-axis tick label".*?<\/g>/s.exec(chart)![0]);
    const ticks = axes.map((axis) =>
      [...axis.matchAll(/translate\(([\d.]+),[^>]*>([^<]+)</g)].map(([, x, text]) => [x, text]),
    );
    expect(ticks[0]!.map(([, text]) => text)).toContain('10 µs');
    expect(ticks).toEqual([ticks[0], ticks[0]]);
  });

  it('has one number for its chart, its table and its sentences', async () => {
    const html = pageOf(results, await Drawing.load());
    const drawn = [...html.matchAll(/<title>(.+?): (.+?), (.+?)<\/title>/g)].map(([, name, ms, bytes]) => [
      name,
      ms,
      bytes,
    ]);
    const table = /<summary>The figures of the chart<\/summary>.*?<\/details>/s.exec(html)![0];
    const listed = [...table.matchAll(/<tr><th>([^<]*)<\/th><td>(.*?)<\/td><td>(.*?)<\/td><\/tr>/g)];
    expect(listed.map(([, name, ms, bytes]) => [name, ms, bytes || '0 B']).sort()).toEqual(drawn.sort());
    const { standings } = leadOf(results)!;
    const costs = standings.flatMap(({ single, bulk }) => [single, bulk].filter((cost) => cost !== undefined));
    expect(drawn.length).toBe(costs.length);
    const sentences = findingsOf(results).join(' ');
    for (const { ms } of costs) expect(sentences).toContain(msText(ms));
  });

  it('shows the accuracy that was measured of each kind of integers, none of another', async () => {
    const [float] = results.accuracy as [AccuracyRow];
    const ring = { ...float, technique: 'fixed', name: 'fixed point', agreement: 1, accuracy: 0.98 } as const;
    const integers = { ...ring, name: 'integers of HE', images: 8192, accuracy: 0.9895 };
    const mpc = { ...ring, technique: 'mpc', name: 'MPC, 2 + dealer', exactImages: 100 } as const;
    const accuracy = [float, ring, mpc, { ...integers, images: 10, accuracy: 1 }, integers];
    expect(clearAccuracies({ ...results, accuracy })).toEqual([float, ring, integers]);
    const html = pageOf({ ...results, accuracy }, await Drawing.load());
    const section = /<h2>Accuracy<\/h2>.*?<\/section>/s.exec(html)![0];
    expect(section).not.toContain('<svg');
    expect(section).toContain(
      '<th>MPC, 2 + dealer</th><td>98.00 %</td><td>100</td><td>100.00 %</td><td>100 of 100</td>',
    );
  });

  it('gives two points as a quotient, not a fit', async () => {
    const scaling = results.scaling.map((series) => ({ ...series, slopes: null }));
    const html = pageOf({ ...results, scaling }, await Drawing.load());
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

  it('finds what its figures say, in three sentences', () => {
    const sentences = findingsOf(results);
    expect(sentences).toEqual([
      'One image of cryptonets-relu (under HE cryptonets: the same layers, squares for ReLUs) takes 400 µs in plaintext, 15.0 ms to 3.00 s under MPC ' +
        'and 1.50 s under homomorphic encryption (HE), without a network delay; MPC moves 2.10 MB for it, HE 3.10 MB.',
      'Of many at once, an image takes 938 µs under MPC and 7.32 ms (extrapolated) under HE, where 8,192 images wait 60.0 s together.',
      'All 100 private results checked for accuracy are, integer for integer, those of the plain evaluator, as are all that were timed; ' +
        'all name the digit that the float network names.',
    ]);
  });

  it('holds MPC on the very network of HE against it where that was measured', () => {
    const squares = row({ key: 's1', ms: { offline: 20, online: 10 } });
    const [single] = findingsOf({ ...results, rows: [...results.rows, squares] });
    expect(single).toContain('One image of cryptonets takes 500 µs in plaintext, 30.0 ms under MPC and 1.50 s');
  });

  it('leads with what was measured where the network of HE was not', () => {
    const rows = results.rows.slice(0, 1).map((one) => ({ ...one, network: 'secureml' }));
    const [single] = findingsOf({ ...results, rows: [...rows, row({ key: 'm', network: 'secureml' })] });
    expect(single).toMatch(/^One image of secureml takes 500 µs in plaintext and 15.0 ms under MPC/);
  });

  it('does not claim what was not exact', () => {
    const layers = results.layers.map((layer) => ({ ...layer, exact: false }));
    expect(findingsOf({ ...results, layers }).at(-1)).toContain('1 timed configurations gave others');
  });

  it('says nothing of what was not measured', () => {
    const he = results.rows.filter(({ technique }) => technique !== 'he');
    const sentences = findingsOf({ ...results, rows: he });
    expect(sentences.join(' ')).not.toContain('HE');
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

  it('takes small differences of time and memory as noise, none of bytes', () => {
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
    await expect(readResults(join(folder, 'absent.json'))).rejects.toMatchObject({ code: 'USAGE' });
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
    await expect(tacit('bench', 'report', '--compare', '/nowhere/report.json')).rejects.toMatchObject({ code: 2 });
  });

  it('does not measure and draw what was measured before', async () => {
    const words = ['bench', 'report', '--from', join(folder, REPORT_FILES.json), '--quick'];
    await expect(tacit(...words)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--quick') });
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
