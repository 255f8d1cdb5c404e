/** How costs grow with the work, and in which layers they lie. @module */
import { bytesText, countText, msText } from '../format.js';
import type { Results, Series } from '../results.js';
import type { Charts } from './charts.js';
import { escaped, figure, table, verdict } from './html.js';
import { PHASES, techniques } from './legends.js';

/** Above it a cost grows faster than the work, not by the machine's mood. */
const STEEP = 1.1;

function scalingFigures(name: string, all: readonly Series[], charts: Charts): string {
  const series = all.filter((one) => one.name === name);
  const modes = techniques(series.map(({ mode }) => ({ technique: 'mpc', name: mode })));
  return [
    figure(`Time against ${name}`, modes, charts.scaling(series, 'ms')),
    figure(`Bytes against ${name}`, modes, charts.scaling(series, 'bytes')),
  ].join('\n');
}

export function scalingSection(scaling: readonly Series[], charts: Charts): string {
  if (scaling.length === 0) return '';
  const names = [...new Set(scaling.map(({ name }) => name))];
  return `<section>
<h2>Scaling</h2>
<div class="charts">
${names.map((name) => scalingFigures(name, scaling, charts)).join('\n')}
</div>
${table(
  ['', 'mode', 'from', 'to', 'time grows as', 'bytes grow as', 'exact'],
  names
    .flatMap((one) => scaling.filter(({ name }) => name === one))
    .map(({ name, unit, mode, points, slopes, exact }) => [
      `<b>${escaped(name)}</b>`,
      escaped(mode),
      `${countText(points[0]!.x)} ${escaped(unit)}`,
      countText(points.at(-1)!.x),
      growth(points, slopes, 'ms'),
      growth(points, slopes, 'bytes'),
      verdict(exact),
    ]),
)}
<p class="meta">Exponents by least squares on logarithms; of two points, which any line fits, the second over the first. Small inputs are dominated by fixed costs, which makes exponents small; one above ${STEEP} is set bold: that cost grows faster than the work.</p>
</section>`;
}

/** The fitted exponent; of two points, which any line fits, how many times more the second is. */
function growth(points: Series['points'], slopes: Series['slopes'], what: 'ms' | 'bytes'): string {
  if (slopes === null) return `× ${(points.at(-1)![what] / points[0]![what]).toFixed(2)}`;
  const slope = slopes[what].toFixed(2);
  return slopes[what] > STEEP ? `<strong>x^${slope}</strong>` : `x^${slope}`;
}

export function layersSection({ layers }: Results, charts: Charts): string {
  const first = layers[0];
  if (first === undefined) return '';
  const modes = [...new Set(layers.map(({ mode }) => mode))];
  return `<section>
<h2>Layers of ${escaped(first.network)}</h2>
<div class="charts">
${modes.map((mode) => figure(`${mode}`, PHASES, charts.layers(layers.filter((row) => row.mode === mode)))).join('\n')}
</div>
${table(
  ['', 'mode', 'kind', 'work', 'offline', 'online', 'bytes offline', 'bytes online', 'exact', 'passes'],
  layers.map(({ layer, mode, kind, work, ms, bytes, exact, passes }) => [
    `<b>${escaped(layer)}</b>`,
    escaped(mode),
    escaped(kind),
    `${countText(work)} ${kind === 'linear' ? 'MACs' : 'values'}`,
    msText(ms.offline),
    msText(ms.online),
    bytesText(bytes.offline),
    bytesText(bytes.online),
    verdict(exact),
    String(passes),
  ]),
)}
<p class="meta">Each layer alone, with messages and start of its own, ${first.batch} at once: parts of a whole, not a sum to it.</p>
</section>`;
}
