/** Numbers and tables for a person. @module */
import { printable } from '../../src/core/text.js';

/** Lines for a terminal fit in this many. */
export const COLUMNS = 100;

/** 1 MB is 10^6 bytes. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(2)} MB`;
  if (bytes >= 1e3) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${Math.round(bytes)} B`;
}

export function formatMs(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;
}

/** 7840 as 7,840. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** 12,300,000 as 12.3 M. */
export function formatLarge(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} G`;
  return count >= 1e6 ? `${(count / 1e6).toFixed(1)} M` : formatCount(count);
}

/** At most four significant digits, without an exponent where it is short. */
export function formatReal(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e6 || magnitude < 1e-3)) return value.toExponential(1);
  return String(Number(value.toPrecision(4)));
}

export function formatPercent(part: number): string {
  return `${Number((100 * part).toFixed(2))}%`;
}

/** What something is off by, as a part. */
export function formatError(part: number): string {
  return part > 0 && part < 5e-5 ? '<0.01%' : formatPercent(part);
}

/** Rows in columns as wide as their widest cell; the columns in `left` are flush left, the others flush right. */
export function table(raw: readonly (readonly string[])[], left: readonly number[] = [0], gap = 2): string[] {
  const rows = raw.map((row) => row.map((cell) => printable(cell, COLUMNS)));
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, i) => (left.includes(i) ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}

const TITLE_COLUMNS = 13;

/** A line of a summary: a title in a column of its own, the text wrapped beside it. */
export function line(title: string, text: string): string {
  const lines = [''];
  for (const word of printable(text).split(' ')) {
    const last = lines.length - 1;
    const longer = lines[last] === '' ? word : `${lines[last]} ${word}`;
    if (longer.length <= COLUMNS - TITLE_COLUMNS) lines[last] = longer;
    else lines.push(word);
  }
  return lines.map((part, i) => (i === 0 ? title : '').padEnd(TITLE_COLUMNS) + part).join('\n');
}

/** Cuts a name to `length` characters. */
export function shorten(name: string, length: number): string {
  return name.length <= length ? name : `${name.slice(0, length - 1)}…`;
}
