/** The section of one family of networks: charts of latency, throughput and bytes, and a table of every row. @module */
import { bytesText, countText, msText } from '../format.js';
import { msAnImage, type Results, type Row, totalBytes, totalMs } from '../results.js';
import { type Charts, rowsOf } from './charts.js';
import { escaped, figure, legend, table, verdict } from './html.js';
import { PHASES, techniques } from './legends.js';
import { type Anchors, trustLink } from './trust.js';

export function familySection(results: Results, family: string, anchors: Anchors, charts: Charts): string {
  const rows = rowsOf(results, family);
  const single = rows.filter(({ batch }) => batch === 1);
  const bulk = bulkOf(rows);
  const local = single.filter(({ link }) => link === 'none');
  const squares = rows.some(({ technique, network }) => technique === 'mpc' && network === family);
  const variants = [...new Set(rows.map(({ network }) => network))];
  const note =
    variants.length > 1
      ? `<p>BFV adds and multiplies and can do nothing else, so HE runs <code>cryptonets</code>, trained with x²; MPC runs ${squares ? 'it too, and ' : ''}<code>cryptonets-relu</code>, the same layers with ReLU.</p>`
      : '';
  const soft = single.some(({ extrapolated }) => extrapolated)
    ? [legend('var(--online-soft)', 'online, partly computed*')]
    : [];
  return `<section>
<h2>${escaped(family)}</h2>
${note}
<div class="charts">
${figure('One image: latency', [...PHASES, ...soft], charts.latency(single))}
${figure('Many images: time an image', techniques(bulk), charts.perImage(bulk))}
${local.some(movesBytes) ? figure('One image: bytes', PHASES, charts.traffic(local)) : ''}
${bulk.some(movesBytes) ? figure('Many images: bytes an image', PHASES, charts.traffic(bulk)) : ''}
</div>
${rowsTable(rows, anchors)}
<p class="meta">Medians after a warm-up; of a single pass, which has none. * not measured as a whole: see the row. On a link, the time includes the client's upload, download and round trip. Exact: every output equals the plain evaluator's, integer for integer. Peak memory is that of the process that held most; of HE, client and server are one process.</p>
</section>`;
}

function rowsTable(rows: readonly Row[], anchors: Anchors): string {
  const head = [
    '',
    'link',
    'images at once',
    'offline',
    'online',
    'in all',
    'an image',
    'bytes',
    'once a model',
    'rounds',
    'peak memory',
    'exact',
    'passes',
  ];
  return table(
    head,
    rows.map((row) => {
      const mark = row.extrapolated ? '*' : '';
      return [
        `<b>${escaped(row.name)}</b><br><small>${escaped(row.network)} · ${trustLink(row, anchors)} · ${escaped([row.detail, row.note ?? ''].filter(Boolean).join(' · '))}</small>`,
        row.link,
        countText(row.batch),
        row.ms.offline > 0 ? msText(row.ms.offline) : '',
        `${msText(row.ms.online)}${mark}`,
        `${msText(totalMs(row))}${mark}`,
        `${msText(msAnImage(row))}${mark}`,
        movesBytes(row) ? bytesText(totalBytes(row)) : '',
        row.bytes.setup > 0 ? bytesText(row.bytes.setup) : '',
        row.rounds === null ? '' : String(row.rounds),
        bytesText(row.peakMemoryBytes),
        verdict(row.exact),
        countText(row.passes),
      ];
    }),
  );
}

/** Without a delay, the largest batch of each technique; of plaintext the fastest backend of each network. */
function bulkOf(rows: readonly Row[]): Row[] {
  const largest = new Map<string, Row>();
  const fastest = new Map<string, Row>();
  for (const row of rows) {
    if (row.link !== 'none' || row.batch === 1) continue;
    const key = `${row.network} ${row.name}`;
    if (row.batch > (largest.get(key)?.batch ?? 0)) largest.set(key, row);
  }
  for (const row of largest.values()) {
    const best = fastest.get(row.network);
    if (row.technique === 'plain' && (best === undefined || msAnImage(row) < msAnImage(best)))
      fastest.set(row.network, row);
  }
  return [...largest.values()].filter((row) => row.technique !== 'plain' || row === fastest.get(row.network));
}

function movesBytes(row: Row): boolean {
  return totalBytes(row) > 0;
}
