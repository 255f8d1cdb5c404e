/** The rows of a report as CSV (RFC 4180), one line a configuration. @module */
import { msAnImage, type Results, totalBytes, totalMs } from '../results.js';

const COLUMNS = [
  'key',
  'network',
  'technique',
  'name',
  'link',
  'batch',
  'offline_ms',
  'online_ms',
  'total_ms',
  'ms_per_image',
  'setup_bytes',
  'offline_bytes',
  'online_bytes',
  'client_bytes',
  'total_bytes',
  'rounds',
  'peak_memory_bytes',
  'exact',
  'extrapolated',
  'trust',
  'detail',
  'passes',
  'note',
] as const;

export function csvOf({ rows }: Results): string {
  const lines = rows.map((row) =>
    [
      row.key,
      row.network,
      row.technique,
      row.name,
      row.link,
      row.batch,
      row.ms.offline,
      row.ms.online,
      totalMs(row),
      msAnImage(row),
      row.bytes.setup,
      row.bytes.offline,
      row.bytes.online,
      row.bytes.client,
      totalBytes(row),
      row.rounds,
      row.peakMemoryBytes,
      row.exact,
      row.extrapolated,
      row.trust,
      row.detail,
      row.passes,
      row.note ?? null,
    ]
      .map(field)
      .join(','),
  );
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

function field(value: string | number | boolean | null): string {
  const text = value === null ? '' : typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
