/** The report as one HTML file that loads nothing: text, tables and charts. @module */
import { bytesText, countText, msText, percentText } from '../format.js';
import type { HeFigures } from '../he/measure.js';
import { nameOf } from '../he/rows.js';
import { msAnImage, type Results, type Row, type Series, totalBytes, totalMs } from '../results.js';
import type { Charts } from './charts.js';
import { colourOf, rowsOf, signsOf } from './charts.js';
import { familyOf, findingsOf } from './findings.js';
import { escaped, figure, legend, table } from './html.js';
import { PUBLISHED } from './published.js';
import { STYLE } from './style.js';

/** Above it a cost grows faster than the work, not by the machine's mood. */
const STEEP = 1.1;

export function pageOf(results: Results, charts: Charts): string {
  const families = [...new Set(results.rows.map(({ network }) => familyOf(network)))];
  const anchors = anchorsOf(results.rows);
  const body = [
    header(results),
    ...families.map((family) => familySection(results, family, anchors, charts)),
    accuracySection(results, charts),
    scalingSection(results.scaling, charts),
    layersSection(results, charts),
    heSection(results.he),
    trustSection(results.rows, anchors),
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

/** By trust model: where the page explains it. */
type Anchors = ReadonlyMap<string, string>;

function anchorsOf(rows: readonly Row[]): Anchors {
  return new Map([...new Set(rows.map(({ trust }) => trust))].map((trust, i) => [trust, `trust-${i + 1}`]));
}

/** Who takes part, with a link to what they are trusted with. */
function trustLink({ trust }: Row, anchors: Anchors): string {
  return `<a href="#${anchors.get(trust)!}">${escaped(trust.split(/[,:;]/)[0]!)}</a>`;
}

const PHASES = [
  legend('var(--online)', 'online, and the client'),
  legend('var(--offline)', 'offline: before the input'),
];

function familySection(results: Results, family: string, anchors: Anchors, charts: Charts): string {
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

function verdict(exact: boolean | null): string {
  if (exact === null) return '';
  return exact ? 'yes' : '<strong>no</strong>';
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

/** A colour for each technique and mode among the rows. */
function techniques(rows: readonly Pick<Row, 'technique' | 'name'>[]): string[] {
  const names = rows.map(({ technique, name }) => [
    colourOf(technique, name),
    technique === 'plain' ? 'plaintext' : technique === 'he' ? 'HE' : name,
  ]);
  return [...new Map(names as [string, string][])].map(([colour, name]) => legend(colour, name));
}

function accuracySection(results: Results, charts: Charts): string {
  if (results.accuracy.length === 0) return '';
  const signs = signsOf(results).map(([family, sign]) => `<span><b>${sign}</b>${escaped(family)}</span>`);
  return `<section>
<h2>Accuracy</h2>
<div class="charts">${figure('Accuracy against the time of one image', [...techniques(results.rows), ...signs], charts.accuracy(results))}</div>
${table(
  ['', 'network', 'images', 'accuracy', 'agrees with float', 'equal to the plain evaluator'],
  results.accuracy.map(({ name, network, images, accuracy, agreement, exactImages, note }) => [
    `<b>${escaped(name)}</b>${note === undefined ? '' : `<br><small>${escaped(note)}</small>`}`,
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

function scalingFigures(name: string, all: readonly Series[], charts: Charts): string {
  const series = all.filter((one) => one.name === name);
  const modes = techniques(series.map(({ mode }) => ({ technique: 'mpc', name: mode })));
  return [
    figure(`Time against ${name}`, modes, charts.scaling(series, 'ms')),
    figure(`Bytes against ${name}`, modes, charts.scaling(series, 'bytes')),
  ].join('\n');
}

function scalingSection(scaling: readonly Series[], charts: Charts): string {
  if (scaling.length === 0) return '';
  const names = [...new Set(scaling.map(({ name }) => name))];
  return `<section>
<h2>Scaling</h2>
<div class="charts">
${names.map((name) => scalingFigures(name, scaling, charts)).join('\n')}
</div>
${table(
  ['', 'mode', 'from', 'to', 'time grows as', 'bytes grow as', 'exact'],
  scaling.map(({ name, unit, mode, points, slopes, exact }) => [
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

function layersSection({ layers }: Results, charts: Charts): string {
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

function heSection(he: readonly HeFigures[]): string {
  if (he.length === 0) return '';
  return `<section>
<h2>Homomorphic encryption, apart</h2>
${table(
  [
    '',
    'parameters',
    'keys',
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

function trustSection(rows: readonly Row[], anchors: Anchors): string {
  return `<section>
<h2>Who is trusted with what</h2>
${table(
  ['', 'trust model'],
  [...anchors].map(([trust, anchor]) => {
    const names = rows
      .filter((row) => row.trust === trust)
      .map(({ technique, name }) => (technique === 'plain' ? 'plaintext' : name));
    return [
      `<b id="${anchor}">${escaped([...new Set(names)].join('; '))}</b>`,
      `<span class="text">${escaped(trust)}</span>`,
    ];
  }),
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
      `shaped in Tacit's own transport, over a WebSocket on loopback: nominal ${nominal.roundTripMs} ms and ${countText(nominal.megabits)} Mbit/s, measured ${measured.roundTripMs.toFixed(2)} ms and ${countText(measured.megabits)} Mbit/s`,
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

function movesBytes(row: Row): boolean {
  return totalBytes(row) > 0;
}
