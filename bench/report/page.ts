/** The report as one HTML file that loads nothing: text, tables and charts. @module */
import { bytesText, countText, msText, percentText } from '../format.js';
import type { HeFigures } from '../he/measure.js';
import { nameOf } from '../he/rows.js';
import { type Results, type Row, type Series, totalBytes, totalMs } from '../results.js';
import type { Charts } from './charts.js';
import { MODE_COLOURS, movesBytes, rowsOf } from './charts.js';
import { familyOf, findingsOf } from './findings.js';
import { PUBLISHED } from './published.js';
import { STYLE } from './style.js';

/** Above it a cost grows faster than the work, not by the machine's mood. */
const STEEP = 1.1;

export function pageOf(results: Results, charts: Charts): string {
  const families = [...new Set(results.rows.map(({ network }) => familyOf(network)))];
  const body = [
    header(results),
    ...families.map((family) => familySection(results, family, charts)),
    accuracySection(results, charts),
    scalingSection(results.scaling, charts),
    layersSection(results, charts),
    heSection(results.he),
    trustSection(results.rows),
    publishedSection(),
    machineSection(results),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What does privacy cost?</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body.join('\n')}
</main>
</body>
</html>
`;
}

function header(results: Results): string {
  const { machine, made } = results;
  const findings = findingsOf(results).map((sentence) => `<p>${escaped(sentence)}</p>`);
  return `<header>
<h1>What does privacy cost?</h1>
<p class="lead">Neural networks on handwritten digits in plaintext, under secure multi-party computation (MPC) and under homomorphic encryption (HE): time, bytes, memory, accuracy.</p>
<p class="meta">${escaped(machine.cpu)}, ${machine.cores} cores, Node ${escaped(machine.node)} · ${escaped(made.slice(0, 10))} · GPU: ${escaped(machine.gpu)}</p>
</header>
<section class="findings">${findings.join('')}</section>`;
}

function familySection(results: Results, family: string, charts: Charts): string {
  const rows = rowsOf(results, family);
  const single = rows.filter(({ batch }) => batch === 1);
  const bulk = bulkOf(rows);
  const local = single.filter(({ link }) => link === 'none');
  const variants = [...new Set(rows.map(({ network }) => network))];
  const note =
    variants.length > 1
      ? `<p>BFV adds and multiplies and can do nothing else, so HE runs <code>cryptonets</code>, trained with x²; MPC runs <code>cryptonets-relu</code>, the same layers with ReLU.</p>`
      : '';
  return `<section>
<h2>${escaped(family)}</h2>
${note}
<div class="charts">
${figure('One image: latency', [legend('var(--online)', 'after the input is there'), legend('var(--offline)', 'before it (offline)'), ...softLegend(single)], charts.latency(single))}
${figure('Many images: time an image', techniques(), charts.perImage(bulk))}
${figure('One image: bytes', [legend('var(--online)', 'online and client'), legend('var(--offline)', 'offline')], charts.traffic(local))}
${figure('Many images: bytes an image', [legend('var(--online)', 'online and client'), legend('var(--offline)', 'offline')], charts.traffic(bulk.filter(movesBytes)))}
</div>
${table(
  [
    '',
    'link',
    'images at once',
    'offline',
    'online',
    'an image',
    'bytes',
    'once a model',
    'rounds',
    'peak memory',
    'exact',
  ],
  rows.map((row) => [
    `<b>${escaped(row.name)}</b><br><small>${escaped([row.network, row.detail, row.note ?? ''].filter(Boolean).join(' · '))}</small>`,
    row.link,
    countText(row.batch),
    row.ms.offline > 0 ? msText(row.ms.offline) : '',
    `${msText(row.ms.online)}${row.extrapolated ? '*' : ''}`,
    msText(totalMs(row) / row.batch),
    totalBytes(row) > 0 ? bytesText(totalBytes(row)) : '',
    row.bytes.setup > 0 ? bytesText(row.bytes.setup) : '',
    row.rounds === null ? '' : String(row.rounds),
    bytesText(row.peakMemoryBytes),
    row.exact === null ? '' : row.exact ? 'yes' : '<strong>no</strong>',
  ]),
)}
<p class="meta">Medians after a warm-up. * not measured as a whole: see the row. Exact: every output equals the plain evaluator's, integer for integer. Peak memory is that of the process that held most; of HE, client and server are one process.</p>
</section>`;
}

/** Without a delay, the largest batch of each technique. */
function bulkOf(rows: readonly Row[]): Row[] {
  const largest = new Map<string, Row>();
  for (const row of rows) {
    if (row.link !== 'none' || row.batch === 1) continue;
    const key = `${row.network} ${row.name}`;
    if (row.batch > (largest.get(key)?.batch ?? 0)) largest.set(key, row);
  }
  const plain = [...largest.values()].filter(({ technique }) => technique === 'plain');
  const fastest = [...plain].sort((a, b) => totalMs(a) / a.batch - totalMs(b) / b.batch)[0];
  return [...largest.values()].filter((row) => row.technique !== 'plain' || row === fastest);
}

function softLegend(rows: readonly Row[]): string[] {
  return rows.some(({ extrapolated }) => extrapolated) ? [legend('var(--online-soft)', 'partly computed')] : [];
}

function techniques(): string[] {
  return [legend('var(--s4)', 'plaintext'), legend('var(--s1)', 'MPC'), legend('var(--s3)', 'HE')];
}

function accuracySection(results: Results, charts: Charts): string {
  return `<section>
<h2>Accuracy</h2>
<div class="charts">${figure('Accuracy against the time of one image', techniques(), charts.accuracy(results))}</div>
${table(
  ['', 'network', 'images', 'accuracy', 'agrees with float', 'equal to the plain evaluator'],
  results.accuracy.map(({ name, network, images, accuracy, agreement, exactImages }) => [
    `<b>${escaped(name)}</b>`,
    escaped(network),
    countText(images),
    percentText(accuracy),
    agreement === null ? '' : percentText(agreement),
    exactImages === null ? '' : `${countText(exactImages)} of ${countText(images)}`,
  ]),
)}
<p class="meta">The first images of MNIST's test set, in their order. Rows with other numbers of images have other images: compare agreement, not accuracy. In the chart, results that equal their plain evaluator's on fewer images stand at its accuracy on the most.</p>
</section>`;
}

function scalingSection(scaling: readonly Series[], charts: Charts): string {
  if (scaling.length === 0) return '';
  const names = [...new Set(scaling.map(({ name }) => name))];
  return `<section>
<h2>Scaling</h2>
<div class="charts">
${names
  .map((name) =>
    figure(
      `Time against ${name}`,
      scaling.filter((series) => series.name === name).map(({ mode }, i) => legend(MODE_COLOURS[i]!, mode)),
      charts.scaling(scaling.filter((series) => series.name === name)),
    ),
  )
  .join('\n')}
</div>
${table(
  ['', 'mode', 'from', 'to', 'time grows as x to the', 'bytes grow as x to the'],
  scaling.map(({ name, unit, mode, points, slopes }) => [
    `<b>${escaped(name)}</b>`,
    escaped(mode),
    `${countText(points[0]!.x)} ${escaped(unit)}`,
    countText(points.at(-1)!.x),
    exponent(slopes.ms),
    exponent(slopes.bytes),
  ]),
)}
<p class="meta">Least squares on logarithms. Small inputs are dominated by fixed costs, which makes exponents small; one above ${STEEP} is set bold: that cost grows faster than the work.</p>
</section>`;
}

function exponent(slope: number): string {
  return slope > STEEP ? `<strong>${slope.toFixed(2)}</strong>` : slope.toFixed(2);
}

function layersSection({ layers }: Results, charts: Charts): string {
  const first = layers[0];
  if (first === undefined) return '';
  const modes = [...new Set(layers.map(({ mode }) => mode))];
  return `<section>
<h2>Layers of ${escaped(first.network)}</h2>
<div class="charts">
${modes
  .map((mode) =>
    figure(
      `${mode}`,
      [legend('var(--online)', 'online'), legend('var(--offline)', 'offline')],
      charts.layers(layers.filter((row) => row.mode === mode)),
    ),
  )
  .join('\n')}
</div>
${table(
  ['', 'mode', 'kind', 'work', 'offline', 'online', 'bytes offline', 'bytes online'],
  layers.map(({ layer, mode, kind, work, ms, bytes }) => [
    `<b>${escaped(layer)}</b>`,
    escaped(mode),
    escaped(kind),
    `${countText(work)} ${kind === 'linear' ? 'MACs' : 'values'}`,
    msText(ms.offline),
    msText(ms.online),
    bytesText(bytes.offline),
    bytesText(bytes.online),
  ]),
)}
<p class="meta">Each layer alone, with messages and start of its own, several images at once: parts of a whole, not a sum to it.</p>
</section>`;
}

function heSection(he: readonly HeFigures[]): string {
  if (he.length === 0) return '';
  return `<section>
<h2>Homomorphic encryption, apart</h2>
${table(
  [
    '',
    'parameters',
    'keys',
    'server set-up',
    'encrypt',
    'server',
    'decrypt',
    'keys sent once',
    'upload',
    'download',
    'noise budget left',
  ],
  he.map((figures) => {
    const { parameters, ms, bytes, noiseBudgetBits, extrapolated, threads } = figures;
    const moduli = parameters.plainModuli.join(' · ');
    return [
      `<b>${escaped(nameOf(figures))}</b><br><small>${escaped(figures.library)}</small>`,
      `N = ${countText(parameters.degree)}, log q = ${parameters.coefficientBits}, t = ${escaped(moduli)}, ${parameters.securityBits} bits`,
      msText(ms.keys),
      msText(ms.serverSetup),
      msText(ms.encrypt),
      `${msText(ms.server)}${extrapolated ? '*' : ''}${threads > 1 ? ` (${threads} threads)` : ''}`,
      msText(ms.decrypt),
      bytesText(bytes.keys),
      bytesText(bytes.upload),
      bytesText(bytes.download),
      `${noiseBudgetBits} bits`,
    ];
  }),
)}
<p class="meta">Pixels are 3-bit greys, weights 4 and 5 bits; the product of the plaintext moduli holds the largest logit that any image can give. Figures on a link add one upload and one download at its nominal rate.</p>
</section>`;
}

function trustSection(rows: readonly Row[]): string {
  const trusts = new Map(rows.map(({ name, trust, technique }) => [technique === 'plain' ? 'plaintext' : name, trust]));
  return `<section>
<h2>Who is trusted with what</h2>
${table(
  ['', 'trust model'],
  [...trusts].map(([name, trust]) => [`<b>${escaped(name)}</b>`, `<span class="text">${escaped(trust)}</span>`]),
)}
</section>`;
}

function publishedSection(): string {
  return `<section class="published">
<h2>For reference: what others published</h2>
<p>Not measured here: other machines, other years, networks of the same shape with other weights. Total / online seconds.</p>
${table(
  ['', 'network', 'technique', 'seconds', 'MB'],
  PUBLISHED.map(({ system, network, technique, seconds, megabytes, source }) => [
    `<b>${escaped(system)}</b> <small>${escaped(source.replace(/^https:\/\//, ''))}</small>`,
    escaped(network),
    escaped(technique),
    escaped(seconds),
    escaped(megabytes),
  ]),
)}
</section>`;
}

function machineSection({ machine, versions, command, seconds, links, absent, made }: Results): string {
  const facts: [string, string][] = [
    ['processor', `${machine.cpu}, ${machine.cores} cores, ${bytesText(machine.memoryBytes)} memory`],
    ['GPU', machine.gpu],
    ['system', `${machine.platform}, Node ${machine.node}`],
    [
      'versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['measured', `${made}, ${seconds} s in all, every party a process of its own on this machine`],
    ...links.map(({ name, nominal, measured }): [string, string] => [
      `link ${name}`,
      `shaped in Tacit's own transport: nominal ${nominal.roundTripMs} ms and ${countText(nominal.megabits)} Mbit/s, measured ${measured.roundTripMs.toFixed(2)} ms and ${countText(measured.megabits)} Mbit/s`,
    ]),
    ...absent.map(({ what, why }): [string, string] => ['not measured', `${what}: ${why}`]),
  ];
  return `<section>
<h2>Machine and method</h2>
${table(
  ['', ''],
  facts.map(([name, fact]) => [`<b>${escaped(name)}</b>`, `<span class="text">${escaped(fact)}</span>`]),
)}
<p>To reproduce, in a checkout after <code>npm ci</code>:</p>
<pre>${escaped(command)}</pre>
<p>The parts alone: <code>npx tacit bench networks</code>, <code>npx tacit bench he</code>, <code>npx tacit bench layers minionn-mnist</code>. Two runs compared: <code>npx tacit bench --compare OLD.json --with NEW.json</code>.</p>
</section>`;
}

function figure(title: string, legends: readonly string[], svg: string): string {
  const key = legends.length > 0 ? `<div class="legend">${legends.join('')}</div>` : '';
  return `<figure><figcaption>${escaped(title)}</figcaption>${key}${svg}</figure>`;
}

function legend(colour: string, text: string): string {
  return `<span><i style="background:${colour}"></i>${escaped(text)}</span>`;
}

/** Cells are HTML already. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  const top = head.some((cell) => cell !== '') ? `<thead>${line('th', head)}</thead>` : '';
  return `<div class="scroll"><table>${top}<tbody>${rows.map((row) => line('td', row)).join('\n')}</tbody></table></div>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
