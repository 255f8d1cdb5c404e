/** The section of one family of networks: time by link, time by images at once, bytes, and a table of every row. @module */
import { bytesText, countText, msText, rowMsText } from '../format.js';
import { type LinkName, msAnImage, type Results, type Row, totalBytes, totalMs } from '../results.js';
import { type Domain, type Drawing, domainOf } from './drawing.js';
import { escaped, figure, folded, groupedTable, type Section, slug, verdict } from './html.js';
import { linesChart } from './lines-chart.js';
import { type Pair, pairsChart } from './pairs-chart.js';
import { byTechnique, colourOf, familyOf, techniqueLegends, titleOf } from './techniques.js';
import { type Anchors, trustLink } from './trust.js';

const LINK_TITLES: Readonly<Record<LinkName, string>> = { none: 'no delay', lan: 'LAN', wan: 'WAN' };

/** Axes that the charts of all families have, so that one can be held against another. */
export interface Axes {
  readonly latency: Domain;
  readonly traffic: Domain;
  readonly perImage: Domain;
}

export function axesOf({ rows }: Results): Axes {
  const single = rows.filter(({ batch }) => batch === 1);
  return {
    latency: domainOf(single.flatMap((row) => [row.ms.online, totalMs(row)])),
    traffic: domainOf(single.flatMap((row) => [onlineBytes(row), totalBytes(row)])),
    perImage: domainOf(rows.filter(({ link }) => link === 'none').map(msAnImage)),
  };
}

export function familySection(
  results: Results,
  family: string,
  axes: Axes,
  anchors: Anchors,
  drawing: Drawing,
): Section {
  const rows = rowsOf(results, family);
  const variants = [...new Set(rows.map(({ network }) => network))];
  const squares = rows.some(({ technique, network }) => technique === 'mpc' && network === family);
  const note =
    rows.some(({ technique }) => technique === 'he') && (variants.length > 1 || squares)
      ? `<p>BFV adds and multiplies and does nothing else, so HE runs <code>cryptonets</code>, trained with squares for ReLUs; MPC runs ${squares ? 'it' : '<code>cryptonets-relu</code>, the same layers with ReLUs'}.</p>\n`
      : '';
  const charts = [latency(rows, axes, drawing), perImage(rows, axes, drawing), traffic(rows, axes, drawing)];
  const body = `${note}<div class="charts">
${charts.join('\n')}
</div>
${folded(`All ${rows.length} rows of ${family}`, rowsTable(rows, anchors))}`;
  return { id: slug(family), title: family, body };
}

function rowsOf({ rows }: Results, family: string): Row[] {
  return byTechnique(rows.filter(({ network }) => familyOf(network) === family));
}

/** A technique on one network of the family: what a line of a chart is about. */
function labelOf(row: Row): string {
  const family = familyOf(row.network);
  return row.network === family ? titleOf(row) : `${titleOf(row)} (${row.network.slice(family.length + 1)})`;
}

/** The cheapest row for each label, of what several backends measured. */
function cheapestOf(rows: readonly Row[]): Row[] {
  const best = new Map<string, Row>();
  for (const row of rows) {
    const other = best.get(labelOf(row));
    if (other === undefined || msAnImage(row) < msAnImage(other)) best.set(labelOf(row), row);
  }
  return [...best.values()];
}

function latency(rows: readonly Row[], axes: Axes, drawing: Drawing): string {
  const links = (Object.keys(LINK_TITLES) as LinkName[]).filter((link) => rows.some((row) => row.link === link));
  const groups = links.map((link) => ({
    name: LINK_TITLES[link],
    pairs: cheapestOf(rows.filter((row) => row.batch === 1 && row.link === link)).map(
      (row): Pair => ({
        label: labelOf(row),
        colour: colourOf(titleOf(row)),
        online: row.ms.online,
        total: totalMs(row),
        text: rowMsText(row, totalMs(row)),
      }),
    ),
  }));
  const drawn = groups.filter(({ pairs }) => pairs.length > 0);
  if (drawn.length === 0) return '';
  const chart = pairsChart(drawing, 'time of one image', drawn, axes.latency, msText);
  return figure('Time of one image', PHASES, chart);
}

function traffic(rows: readonly Row[], axes: Axes, drawing: Drawing): string {
  const local = rows.filter((row) => row.batch === 1 && row.link === 'none' && onlineBytes(row) > 0);
  const pairs = cheapestOf(local).map(
    (row): Pair => ({
      label: labelOf(row),
      colour: colourOf(titleOf(row)),
      online: onlineBytes(row),
      total: totalBytes(row),
      text: bytesText(totalBytes(row)),
    }),
  );
  if (pairs.length === 0) return '';
  const chart = pairsChart(drawing, 'bytes of one image', [{ name: '', pairs }], axes.traffic, bytesText);
  return figure('Bytes of one image', PHASES, chart);
}

/** What a filled and a hollow dot are. */
export const PHASES: readonly string[] = [
  '<span><b>●</b> once the input is there</span>',
  '<span><b>○</b> and what was made before</span>',
];

function perImage(rows: readonly Row[], axes: Axes, drawing: Drawing): string {
  const local = rows.filter(({ link }) => link === 'none');
  const labels = [...new Set(local.map(labelOf))];
  const lines = labels.flatMap((label) => {
    const own = local.filter((row) => labelOf(row) === label);
    const batches = [...new Set(own.map(({ batch }) => batch))].sort((a, b) => a - b);
    const points = batches.map((batch) => ({
      x: batch,
      ms: Math.min(...own.filter((row) => row.batch === batch).map(msAnImage)),
    }));
    return points.length > 1 ? [{ colour: colourOf(titleOf(own[0]!)), points }] : [];
  });
  if (lines.length === 0) return '';
  const chart = linesChart(drawing, 'time an image', 'images at once', lines, axes.perImage);
  return figure('Time an image, without a delay', techniqueLegends(local.map(titleOf)), chart);
}

/** To and from the client too. */
function onlineBytes({ bytes }: Row): number {
  return bytes.online + bytes.client;
}

/** What the rows of a group have in common stands in its heading. */
function rowsTable(rows: readonly Row[], anchors: Anchors): string {
  const head = [
    'link × images',
    'an image',
    'bytes',
    'offline',
    'online',
    'rounds',
    'peak memory',
    'exact',
    'once a model',
    'passes',
    '',
  ];
  const headings = [...new Set(rows.map((row) => headingOf(row, anchors)))];
  const groups = headings.map((heading) => ({
    heading,
    rows: rows.filter((row) => headingOf(row, anchors) === heading).map(cellsOf),
  }));
  return `${groupedTable(head, groups)}
<p class="meta">Medians after a warm-up; a single pass has none. * not measured as a whole: see the row. On a link, the time includes the client's upload, download and round trip. Exact: every output equals the plain evaluator's, integer for integer. Peak memory is that of the process that held most; of HE, client and server are one process.</p>`;
}

function headingOf(row: Row, anchors: Anchors): string {
  return `<b>${escaped(row.name)}</b> ${escaped(row.network)} · ${trustLink(row, anchors)} · ${escaped(row.detail)}`;
}

function cellsOf(row: Row): string[] {
  return [
    `${LINK_TITLES[row.link]} × ${countText(row.batch)}`,
    rowMsText(row, msAnImage(row)),
    totalBytes(row) > 0 ? bytesText(totalBytes(row)) : '',
    row.ms.offline > 0 ? msText(row.ms.offline) : '',
    rowMsText(row, row.ms.online),
    row.rounds === null ? '' : String(row.rounds),
    bytesText(row.peakMemoryBytes),
    verdict(row.exact),
    row.bytes.setup > 0 ? bytesText(row.bytes.setup) : '',
    countText(row.passes),
    `<small>${escaped(row.note ?? '')}</small>`,
  ];
}
