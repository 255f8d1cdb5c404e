/** tacit audit: the contract of its JSON, its files, and its refusals. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratchFolder, tacit } from '../parties/support/tacit.js';

const folder = scratchFolder();
const QUICK = ['audit', 'secureml', '--quick', '--data', 'mnist:0-200'];

interface Row {
  readonly attack: string;
  readonly policy: string;
  readonly queries: number;
  readonly seconds: number;
  readonly bytes: number;
}

interface Report {
  readonly model: { readonly name: string };
  readonly query: { readonly seconds: number; readonly bytes: number };
  readonly rows: readonly Row[];
  readonly skipped: readonly { readonly attack: string }[];
}

async function audit(...args: string[]): Promise<Report> {
  const { code, stdout } = await tacit([...QUICK, ...args, '--json']);
  expect(code).toBe(0);
  return JSON.parse(stdout) as Report;
}

describe('audit', () => {
  test('has a row an attack and policy, with what its queries cost, and the same rows again', async () => {
    const out = join(folder, 'out');
    const args = ['--attacks', 'evasion/fgsm,evasion/square,membership', '--policies', 'logits,logits:2,label'];
    const report = await audit(...args, '--out', out);
    expect(report.model.name).toBe('secureml');
    const squares = report.rows.filter(({ attack }) => attack === 'evasion/square');
    expect(squares.map(({ policy }) => policy)).toEqual(['logits', 'logits:2']);
    for (const { queries, seconds, bytes } of squares) {
      expect(queries).toBeGreaterThan(0);
      expect(seconds).toBeCloseTo(queries * report.query.seconds, 6);
      expect(bytes).toBeCloseTo(queries * report.query.bytes, 0);
    }
    // without what the network has learnt there is no membership to infer
    expect(report.skipped.map(({ attack }) => attack)).toEqual([
      'membership/loss',
      'membership/label-only',
      'membership/lira',
    ]);
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page).toContain('evasion/square');
    expect(page).not.toMatch(/<script|src="http|href="http/);
    const saved = JSON.parse(readFileSync(join(out, 'audit.json'), 'utf8')) as Report;
    expect(saved.rows).toEqual(report.rows);
    const again = await audit(...args);
    const values = ({ rows }: Report): unknown[] => rows.map(({ seconds, bytes, ...row }) => row);
    expect(values(again)).toEqual(values(report));
  });

  test('rounds logits inside the computation, in every mode', async () => {
    for (const mode of [
      ['--nonlinear', 'gc'],
      ['--nonlinear', 'bits'],
      ['--parties', '3'],
    ]) {
      const { code, stdout } = await tacit([
        'infer',
        'secureml',
        '--input',
        'mnist:0-2',
        '--round-logits',
        '2',
        ...mode,
        '--json',
      ]);
      expect(code).toBe(0);
      const { outputs, check } = JSON.parse(stdout) as {
        readonly outputs: readonly { readonly data: readonly number[] }[];
        readonly check: { readonly bitIdentical: boolean; readonly withinTolerance: boolean | null };
      };
      expect(check.bitIdentical).toBe(true);
      expect(check.withinTolerance).toBe(null);
      expect(outputs[0]!.data.every((value) => Number.isInteger(4 * value))).toBe(true);
      expect(outputs[0]!.data.some((value) => !Number.isInteger(value))).toBe(true);
    }
  });

  test.each([
    [['--attacks', 'spells'], 2, /expected attacks of evasion\/fgsm, .*, got spells/],
    [['--policies', 'logits:99'], 2, /logits:B with B from 0 to 16, top:K or label, got logits:99/],
    [['--policies', 'nothing'], 2, /expected policies logits, logits:B with .*, top:K or label, got nothing/],
    [['--train', 'mnist-train:5-2'], 2, /mnist-train:FROM-TO with FROM < TO/],
    [['--data', 'random:4'], 2, /expected the classes of random:4, got none/],
  ])('refuses %j in one line', async (args, expected, message) => {
    const { code, stderr } = await tacit(['audit', 'secureml', '--quick', ...args]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(expected);
  });

  test('refuses classes that are none', async () => {
    const path = join(folder, 'classes.json');
    writeFileSync(path, '[0, 1, 2, 10]');
    const { code, stderr } = await tacit(['audit', 'secureml', '--data', 'random:4', '--data-labels', path]);
    expect(stderr).toMatch(/expected 4 classes from 0 to 9 in .*classes.json, got others/);
    expect(code).toBe(1);
  });
});
