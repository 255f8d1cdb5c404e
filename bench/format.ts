/** Figures for a person: three digits and a unit. @module */

function scaled(value: number, step: number, units: readonly string[]): string {
  let at = 0;
  let rest = value;
  for (; rest >= step && at + 1 < units.length; at++) rest /= step;
  const digits = rest >= 100 || rest === 0 ? 0 : rest >= 10 ? 1 : 2;
  return `${rest.toFixed(digits)} ${units[at]}`;
}

/** 1 MB is 10^6 bytes. */
export function bytesText(bytes: number): string {
  return bytes < 1000 ? `${Math.round(bytes)} B` : scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB']);
}

export function msText(ms: number): string {
  return ms < 1 ? scaled(1000 * ms, 1000, ['µs']) : scaled(ms, 1000, ['ms', 's']);
}

/** With a star where some of it was not measured. */
export function rowMsText({ extrapolated }: { readonly extrapolated: boolean }, ms: number): string {
  return `${msText(ms)}${extrapolated ? '*' : ''}`;
}

/** 12,345 or, below a hundred, with digits after the point. */
export function countText(count: number): string {
  return count < 100 ? String(Number(count.toPrecision(3))) : Math.round(count).toLocaleString('en-US');
}

/** 12_345_678 as "12.3 M". */
export function short(value: number): string {
  const prefixes = ['', ' k', ' M', ' G', ' T'];
  let at = 0;
  let scaled = value;
  for (; scaled >= 1000 && at + 1 < prefixes.length; at++) scaled /= 1000;
  return `${scaled.toPrecision(3)}${prefixes[at]}`;
}

export function percentText(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}

/** Rows in columns: those of `words` flush left, figures flush right. */
export function tableText(rows: readonly (readonly string[])[], words: readonly number[] = [0]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number): string =>
    words.includes(column) ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
