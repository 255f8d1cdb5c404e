/** Two runs held against each other: what got slower, bigger, less accurate or is no longer exact. @module */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { TacitError } from '../../src/core/errors.js';
import { bytesText, msText, percentText, tableText } from '../format.js';
import { type AccuracyRow, type Machine, RESULTS_VERSION, type Row, totalBytes, totalMs } from '../results.js';

/** Below these, a difference is the machine's mood. Bytes have none. */
const NOISE = { ms: 1.25, leastMs: 2, memory: 1.2, bytes: 1.001 } as const;

export interface Change {
  readonly key: string;
  readonly what: 'time' | 'bytes' | 'memory' | 'accuracy' | 'exact';
  readonly before: number;
  readonly after: number;
  readonly worse: boolean;
}

export interface Comparison {
  /** Rows in both runs. */
  readonly compared: number;
  readonly changes: readonly Change[];
  /** Keys in one run alone. */
  readonly missing: readonly string[];
  readonly added: readonly string[];
  /** Whether both ran on the same processor: times of different ones say little. */
  readonly sameMachine: boolean;
}

/** What a comparison reads of a run. */
export interface Comparable {
  readonly version: number;
  readonly machine: Pick<Machine, 'cpu'>;
  readonly rows: readonly (Pick<Row, 'key' | 'ms' | 'peakMemoryBytes' | 'exact'> & {
    readonly bytes: Omit<Row['bytes'], 'setup'>;
  })[];
  readonly accuracy: readonly Pick<AccuracyRow, 'key' | 'accuracy'>[];
}

const schema: z.ZodType<Comparable> = z.object({
  version: z.literal(RESULTS_VERSION),
  machine: z.object({ cpu: z.string() }),
  rows: z.array(
    z.object({
      key: z.string(),
      ms: z.object({ offline: z.number(), online: z.number() }),
      bytes: z.object({ offline: z.number(), online: z.number(), client: z.number() }),
      peakMemoryBytes: z.number(),
      exact: z.boolean().nullable(),
    }),
  ),
  accuracy: z.array(z.object({ key: z.string(), accuracy: z.number() })),
});

/** @throws BAD_INPUT where the file is not a report's JSON of this version */
export async function readResults(path: string): Promise<Comparable> {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new TacitError('BAD_INPUT', `expected a report's JSON at ${path}, found none. Run: tacit bench report`, {
      cause,
    });
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new TacitError(
    'BAD_INPUT',
    `expected a report's JSON of version ${RESULTS_VERSION} at ${path}, got other content. Give a report.json of tacit bench report`,
  );
}

export function compare(old: Comparable, now: Comparable): Comparison {
  const before = new Map(old.rows.map((row) => [row.key, row]));
  const changes: Change[] = [];
  const note = (key: string, what: Change['what'], a: number, b: number, least: number, absolute = 0): void => {
    const changed = (b > a * least || a > b * least) && Math.abs(a - b) > absolute;
    if (changed) changes.push({ key, what, before: a, after: b, worse: b > a });
  };
  let compared = 0;
  for (const row of now.rows) {
    const earlier = before.get(row.key);
    if (earlier === undefined) continue;
    compared++;
    note(row.key, 'time', totalMs(earlier), totalMs(row), NOISE.ms, NOISE.leastMs);
    note(row.key, 'bytes', totalBytes(earlier), totalBytes(row), NOISE.bytes);
    note(row.key, 'memory', earlier.peakMemoryBytes, row.peakMemoryBytes, NOISE.memory);
    if (earlier.exact === true && row.exact === false) {
      changes.push({ key: row.key, what: 'exact', before: 1, after: 0, worse: true });
    }
  }
  const accuracies = new Map(old.accuracy.map((row) => [row.key, row.accuracy]));
  for (const { key, accuracy } of now.accuracy) {
    const earlier = accuracies.get(key);
    if (earlier === undefined || earlier === accuracy) continue;
    changes.push({ key, what: 'accuracy', before: earlier, after: accuracy, worse: accuracy < earlier });
  }
  const keys = new Set(now.rows.map(({ key }) => key));
  return {
    compared,
    changes,
    missing: [...before.keys()].filter((key) => !keys.has(key)),
    added: [...keys].filter((key) => !before.has(key)),
    sameMachine: old.machine.cpu === now.machine.cpu,
  };
}

/** Worst first; what got better after it. */
export function comparisonText({ compared, changes, missing, added, sameMachine }: Comparison): string {
  const size = ({ before, after }: Change): number => Math.abs(Math.log((after + 1e-9) / (before + 1e-9)));
  const sorted = [...changes].sort((a, b) => Number(b.worse) - Number(a.worse) || size(b) - size(a));
  const rows = sorted.map((change) => [
    change.key,
    wordOf(change),
    show(change, change.before),
    show(change, change.after),
    `x ${(change.after / (change.before || 1)).toFixed(2)}`,
  ]);
  const lines = [
    `${compared} configurations in both, ${changes.filter(({ worse }) => worse).length} changes for the worse`,
  ];
  if (!sameMachine) lines.push('the processors differ: times of one machine say little of another');
  if (rows.length > 0) lines.push('', tableText([['configuration', '', 'before', 'after', ''], ...rows]));
  if (missing.length > 0) lines.push('', `only before: ${missing.join(', ')}`);
  if (added.length > 0) lines.push('', `only now: ${added.join(', ')}`);
  return lines.join('\n');
}

function wordOf({ what, worse }: Change): string {
  switch (what) {
    case 'time':
      return worse ? 'slower' : 'faster';
    case 'bytes':
      return worse ? 'more bytes' : 'fewer bytes';
    case 'memory':
      return worse ? 'more memory' : 'less memory';
    case 'accuracy':
      return worse ? 'less accurate' : 'more accurate';
    case 'exact':
      return 'no longer exact';
  }
}

function show({ what }: Change, value: number): string {
  if (what === 'time') return msText(value);
  if (what === 'accuracy') return percentText(value);
  if (what === 'exact') return value === 1 ? 'yes' : 'no';
  return bytesText(value);
}
