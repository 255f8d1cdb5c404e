/** The report as one HTML file that loads nothing: text, tables and charts. @module */
import { bytesText, countText, msText, percentText } from '../format.js';
import type { HeFigures } from '../he/measure.js';
import { nameOf } from '../he/rows.js';
import type { Results } from '../results.js';
import { type Charts, signsOf } from './charts.js';
import { familySection } from './family.js';
import { familyOf, findingsOf } from './findings.js';
import { layersSection, scalingSection } from './growth.js';
import { escaped, figure, table } from './html.js';
import { techniques } from './legends.js';
import { PUBLISHED } from './published.js';
import { STYLE } from './style.js';
import { anchorsOf, trustSection } from './trust.js';

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

function heSection(he: readonly HeFigures[]): string {
  if (he.length === 0) return '';
  return `<section>
<h2>Homomorphic encryption, apart</h2>
${table(
  [
    '',
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
    const { degree, coefficientBits, plainModuli, securityBits } = parameters;
    const scheme = `N = ${countText(degree)}, log q = ${coefficientBits}, t = ${plainModuli.join(' · ')}, ${securityBits} bits`;
    return [
      `<b>${escaped(nameOf(figures))}</b><br><small>${escaped(`${figures.library} · ${scheme}`)}</small>`,
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
