/** How costs grow with the work, and in which layers they lie. @module */
import { bytesText, countText, msText } from '../format.js';
import type { LayerRow, Results, Series } from '../results.js';
import { type Drawing, domainOf } from './drawing.js';
import { PHASES } from './family.js';
import { escaped, figure, folded, groupedTable, type Section, verdict } from './html.js';
import { linesChart } from './lines-chart.js';
import { pairsChart } from './pairs-chart.js';
import { colourOf, techniqueLegends } from './techniques.js';

/** Above it a cost grows faster than the work, beyond the noise of timings. */
const STEEP = 1.1;

/** Charts of what was varied over three points at least; of two, the table says all. Bytes are in step with the work: a number each, no chart. */
export function scalingSection({ scaling }: Results, drawing: Drawing): Section | undefined {
  if (scaling.length === 0) return undefined;
  const names = [...new Set(scaling.map(({ name }) => name))];
  const drawn = names.filter((name) => scaling.some((one) => one.name === name && one.slopes !== null));
  const fitted = scaling.filter(({ name }) => drawn.includes(name));
  const domain = domainOf(fitted.flatMap(({ points }) => points.map(({ ms }) => ms)));
  const charts = drawn.map((name) => {
    const series = fitted.filter((one) => one.name === name);
    const lines = series.map(({ mode, points }) => ({ colour: colourOf(mode), points }));
    const chart = linesChart(drawing, `time against ${name}`, series[0]!.unit, lines, domain);
    return figure(`Time against ${name}`, techniqueLegends(series.map(({ mode }) => mode)), chart);
  });
  const groups = names.map((name) => ({
    heading: `<b>${escaped(name)}</b>`,
    rows: scaling.filter((one) => one.name === name).map(cellsOf),
  }));
  // a report of before has no memory
  const memory = scaling.every(({ points }) => hasMemory(points)) ? ['memory grows as'] : [];
  const head = ['mode', 'time grows as', 'bytes grow as', ...memory, 'from', 'to', 'bytes at most', 'exact'];
  const body = `${charts.length > 0 ? `<div class="charts">\n${charts.join('\n')}\n</div>` : ''}
${folded(`All ${scaling.length} series, with exponents`, groupedTable(head, groups))}
<p class="meta">Exponents by least squares on logarithms; of two points, which any line fits, the second over the first. Small inputs are dominated by fixed costs, which makes exponents small; one above ${STEEP} is set bold: that cost grows faster than the work.</p>`;
  return { id: 'scaling', title: 'Scaling', body };
}

function cellsOf({ unit, mode, points, slopes, exact }: Series): string[] {
  const last = points.at(-1)!;
  return [
    escaped(mode),
    growth(points, slopes, 'ms'),
    growth(points, slopes, 'bytes'),
    ...(hasMemory(points) ? [growth(points, slopes, 'memoryBytes')] : []),
    `${countText(points[0]!.x)} ${escaped(unit)}`,
    countText(last.x),
    bytesText(last.bytes),
    verdict(exact),
  ];
}

function hasMemory(points: Series['points']): boolean {
  return points.every(({ memoryBytes }) => memoryBytes !== undefined);
}

/** The fitted exponent; of two points, which any line fits, how many times more the second is. */
function growth(points: Series['points'], slopes: Series['slopes'], what: 'ms' | 'bytes' | 'memoryBytes'): string {
  const [first, last] = [points[0]![what], points.at(-1)![what]];
  if (first === undefined || last === undefined) return '';
  if (slopes === null) return `× ${(last / first).toFixed(2)}`;
  const slope = slopes[what];
  if (slope === undefined) return '';
  return slope > STEEP ? `<strong>x^${slope.toFixed(2)}</strong>` : `x^${slope.toFixed(2)}`;
}

export function layersSection({ layers }: Results, drawing: Drawing): Section | undefined {
  const first = layers[0];
  if (first === undefined) return undefined;
  const names = [...new Set(layers.map(({ layer }) => layer))];
  const groups = names.map((name) => ({
    name: titleOf(layers.find(({ layer }) => layer === name)!),
    pairs: layers
      .filter(({ layer }) => layer === name)
      .map(({ mode, ms }) => ({
        label: mode,
        colour: colourOf(mode),
        online: ms.online,
        total: ms.online + ms.offline,
        text: msText(ms.online + ms.offline),
      })),
  }));
  const half = Math.ceil(groups.length / 2);
  const domain = domainOf(groups.flatMap(({ pairs }) => pairs.flatMap(({ online, total }) => [online, total])));
  const charts = [groups.slice(0, half), groups.slice(half)]
    .filter((some) => some.length > 0)
    .map((some) =>
      figure('Time of each layer', PHASES, pairsChart(drawing, 'time of each layer', some, domain, msText)),
    );
  const head = ['mode', 'offline', 'online', 'bytes offline', 'bytes online', 'exact', 'passes'];
  const tables = names.map((name) => {
    const own = layers.filter(({ layer }) => layer === name);
    const { kind, work } = own[0]!;
    const heading = `<b>${escaped(titleOf(own[0]!))}</b> ${countText(work)} ${kind === 'linear' ? 'MACs' : 'values'}`;
    return { heading, rows: own.map(layerCells) };
  });
  const body = `<div class="charts">
${charts.join('\n')}
</div>
${folded(`All ${layers.length} rows`, groupedTable(head, tables))}
<p class="meta">Each layer alone, with messages and start of its own, ${first.batch} inputs at once: parts of a whole, not a sum to it.</p>`;
  return { id: 'layers', title: `Layers of ${first.network}`, body };
}

function titleOf({ layer, kind }: LayerRow): string {
  return layer.includes(kind) ? layer : `${layer}, ${kind}`;
}

function layerCells({ mode, ms, bytes, exact, passes }: LayerRow): string[] {
  return [
    escaped(mode),
    msText(ms.offline),
    msText(ms.online),
    bytesText(bytes.offline),
    bytesText(bytes.online),
    verdict(exact),
    String(passes),
  ];
}
