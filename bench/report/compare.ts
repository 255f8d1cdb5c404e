/** Two runs held against each other: what got slower, bigger, steeper, less accurate or is no longer exact. @module */
import { bytesText, msText, percentText, tableText } from '../format.js';
import type { LayerRow, Results } from '../results.js';

type Kind = 'ms' | 'bytes' | 'memory' | 'count' | 'exponent' | 'share' | 'verdict';

/** What is compared of a configuration. */
export type Figure =
  | 'offline time'
  | 'online time'
  | 'set-up bytes'
  | 'offline bytes'
  | 'online bytes'
  | 'client bytes'
  | 'rounds'
  | 'memory'
  | 'accuracy'
  | 'exponent of time'
  | 'exponent of bytes'
  | 'exact';

const FIGURES: Readonly<Record<Figure, Kind>> = {
  'offline time': 'ms',
  'online time': 'ms',
  'set-up bytes': 'bytes',
  'offline bytes': 'bytes',
  'online bytes': 'bytes',
  'client bytes': 'bytes',
  rounds: 'count',
  memory: 'memory',
  accuracy: 'share',
  'exponent of time': 'exponent',
  'exponent of bytes': 'exponent',
  exact: 'verdict',
};

/** Figures closer than by this factor, or by this much, count as noise of the machine. What is counted has no noise. */
const NOISE: Readonly<Record<Kind, { readonly factor: number; readonly least: number }>> = {
  ms: { factor: 1.25, least: 2 },
  bytes: { factor: 1.001, least: 0 },
  memory: { factor: 1.2, least: 0 },
  count: { factor: 1, least: 0 },
  exponent: { factor: 1, least: 0.15 },
  share: { factor: 1, least: 0 },
  verdict: { factor: 1, least: 0 },
};

export interface Change {
  readonly key: string;
  readonly what: Figure;
  /** Exact: 1, not: 0. */
  readonly before: number;
  readonly after: number;
  readonly worse: boolean;
}

export interface Comparison {
  /** Rows, accuracies, layers and series in both runs. */
  readonly compared: number;
  readonly changes: readonly Change[];
  /** Compared but for time or accuracy: one run computed from a sample what the other measured, or had other images. */
  readonly unlike: readonly { readonly key: string; readonly before: string; readonly after: string }[];
  /** Keys in one run alone. */
  readonly missing: readonly string[];
  readonly added: readonly string[];
  /** Whether both ran on the same processor: times of different ones say little. */
  readonly sameMachine: boolean;
}

/** What a comparison reads of a run. */
export type Comparable = Pick<Results, 'machine' | 'rows' | 'accuracy' | 'layers' | 'scaling'>;

/** One configuration of a run. */
interface Entry {
  readonly figures: Partial<Record<Figure, number>>;
  /** How time and accuracy were found: those found in different ways are not held against each other. */
  readonly way: string;
}

const MEASURED = 'measured';

function entriesOf({ rows, accuracy, layers, scaling }: Comparable): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { key, ms, bytes, rounds, peakMemoryBytes, exact, extrapolated, note } of rows) {
    const figures = {
      ...phaseFigures(ms, bytes),
      'set-up bytes': bytes.setup,
      'client bytes': bytes.client,
      ...(rounds === null ? {} : { rounds }),
      memory: peakMemoryBytes,
      ...(exact === null ? {} : { exact: Number(exact) }),
    };
    entries.set(key, { figures, way: extrapolated ? (note ?? 'extrapolated') : MEASURED });
  }
  for (const { key, images, accuracy: share } of accuracy) {
    entries.set(`accuracy of ${key}`, { figures: { accuracy: share }, way: `${images} images` });
  }
  for (const { network, layer, mode, batch, ms, bytes, exact } of layers) {
    const figures = { ...phaseFigures(ms, bytes), exact: Number(exact) };
    entries.set(`${layer} of ${network} by ${mode}, ${batch} at once`, { figures, way: MEASURED });
  }
  for (const { key, slopes, exact } of scaling) {
    const exponents = slopes === null ? {} : { 'exponent of time': slopes.ms, 'exponent of bytes': slopes.bytes };
    entries.set(`scaling by ${key}`, { figures: { ...exponents, exact: Number(exact) }, way: MEASURED });
  }
  return entries;
}

function phaseFigures(ms: LayerRow['ms'], bytes: LayerRow['bytes']): Entry['figures'] {
  return {
    'offline time': ms.offline,
    'online time': ms.online,
    'offline bytes': bytes.offline,
    'online bytes': bytes.online,
  };
}

export function compare(old: Comparable, now: Comparable): Comparison {
  const [before, after] = [entriesOf(old), entriesOf(now)];
  const both = [...after.keys()].filter((key) => before.has(key));
  const changes: Change[] = [];
  const unlike: Comparison['unlike'][0][] = [];
  for (const key of both) {
    const [earlier, later] = [before.get(key)!, after.get(key)!];
    const alike = earlier.way === later.way;
    if (!alike) unlike.push({ key, before: earlier.way, after: later.way });
    changes.push(...changesOf(key, earlier.figures, later.figures, alike));
  }
  return {
    compared: both.length,
    changes,
    unlike,
    missing: [...before.keys()].filter((key) => !after.has(key)),
    added: [...after.keys()].filter((key) => !before.has(key)),
    sameMachine: old.machine.cpu === now.machine.cpu,
  };
}

function changesOf(key: string, earlier: Entry['figures'], later: Entry['figures'], alike: boolean): Change[] {
  return (Object.keys(FIGURES) as Figure[]).flatMap((what) => {
    const [before, after] = [earlier[what], later[what]];
    if (before === undefined || after === undefined) return [];
    const kind = FIGURES[what];
    if (!alike && (kind === 'ms' || kind === 'share')) return [];
    const { factor, least } = NOISE[kind];
    const [low, high] = [Math.min(before, after), Math.max(before, after)];
    if (high <= low * factor || high - low <= least) return [];
    const moreIsBetter = kind === 'share' || kind === 'verdict';
    return [{ key, what, before, after, worse: moreIsBetter ? after < before : after > before }];
  });
}

/** Worst first; what got better after it. */
export function comparisonText({ compared, changes, unlike, missing, added, sameMachine }: Comparison): string {
  const size = ({ before, after }: Change): number => Math.abs(Math.log((after + 1e-9) / (before + 1e-9)));
  const sorted = [...changes].sort((a, b) => Number(b.worse) - Number(a.worse) || size(b) - size(a));
  const rows = sorted.map((change) => [
    change.key,
    wordOf(change),
    show(change, change.before),
    show(change, change.after),
    FIGURES[change.what] === 'verdict' || change.before === 0 ? '' : `x ${(change.after / change.before).toFixed(2)}`,
  ]);
  const lines = [
    `${compared} configurations in both, ${changes.filter(({ worse }) => worse).length} changes for the worse`,
  ];
  if (!sameMachine) lines.push('the processors differ: times of one machine say little of another');
  if (rows.length > 0) lines.push('', tableText([['configuration', '', 'before', 'after', ''], ...rows]));
  if (unlike.length > 0) lines.push('', 'not found in the same way, so that time or accuracy are not compared:');
  lines.push(...unlike.map(({ key, before, after }) => `  ${key}: ${before} -> ${after}`));
  if (missing.length > 0) lines.push('', `only before: ${missing.join(', ')}`);
  if (added.length > 0) lines.push('', `only now: ${added.join(', ')}`);
  return lines.join('\n');
}

function wordOf({ what, worse }: Change): string {
  switch (FIGURES[what]) {
    case 'ms':
      return `${worse ? 'slower' : 'faster'}: ${what}`;
    case 'share':
      return worse ? 'less accurate' : 'more accurate';
    case 'verdict':
      return worse ? 'no longer exact' : 'exact now';
    default:
      return `${worse ? 'more' : 'less'}: ${what}`;
  }
}

function show({ what }: Change, value: number): string {
  switch (FIGURES[what]) {
    case 'ms':
      return msText(value);
    case 'share':
      return percentText(value);
    case 'verdict':
      return value === 1 ? 'yes' : 'no';
    case 'exponent':
      return value.toFixed(2);
    case 'count':
      return String(value);
    default:
      return bytesText(value);
  }
}
