/** The report as one HTML file that loads nothing and runs nothing: text, charts, folded tables. @module */

import { commitText } from '../commit.js';
import { bytesText, countText, rowMsText } from '../format.js';
import type { Results } from '../results.js';
import { accuracySection } from './accuracy.js';
import type { Drawing } from './drawing.js';
import { encryptionSection } from './encryption.js';
import { axesOf, familySection } from './family.js';
import { findingsOf, networksText } from './findings.js';
import { layersSection, scalingSection } from './growth.js';
import { escaped, figure, folded, type Section, sectionHtml, table } from './html.js';
import { type Cost, type Lead, leadOf } from './lead.js';
import { leadChart } from './lead-chart.js';
import { othersSection } from './others.js';
import { STYLE } from './style.js';
import { familiesOf, techniqueLegends } from './techniques.js';
import { anchorsOf, trustSection } from './trust.js';

const TITLE = 'What does privacy cost?';

export function pageOf(results: Results, drawing: Drawing): string {
  const lead = leadOf(results);
  const sections = sectionsOf(results, drawing);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${header(results)}
${leadHtml(results, lead, drawing)}
${contents(sections)}
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionsOf(results: Results, drawing: Drawing): Section[] {
  const anchors = anchorsOf(results.rows);
  const families = familiesOf(results.rows);
  const axes = families.length > 0 ? axesOf(results) : undefined;
  return [
    ...(axes ? families.map((family) => familySection(results, family, axes, anchors, drawing)) : []),
    accuracySection(results),
    scalingSection(results, drawing),
    layersSection(results, drawing),
    encryptionSection(results),
    trustSection(results, anchors),
    othersSection(),
    machineSection(results),
  ].filter((section) => section !== undefined);
}

function header({ machine, made, versions }: Results): string {
  return `<header>
<h1>${TITLE}</h1>
<p class="meta">Neural networks on handwritten digits in plaintext, under secure multi-party computation (MPC) and under homomorphic encryption (HE). Measured on ${escaped(machine.cpu)}, ${machine.cores} cores, Node ${escaped(machine.node)}, ${escaped(made.slice(0, 10))}, Tacit at ${escaped(commitText(versions))}.</p>
</header>`;
}

function leadHtml(results: Results, lead: Lead | undefined, drawing: Drawing): string {
  const findings = findingsOf(results).map((sentence) => `<p>${unbroken(escaped(sentence))}</p>`);
  const sentences = `<div class="findings">${findings.join('\n')}</div>`;
  if (lead === undefined) return sentences;
  const legends = [
    ...techniqueLegends(lead.standings.map(({ title }) => title)),
    '<span><b>●</b> one image</span>',
    '<span><b>○</b> many at once</span>',
  ];
  return `<div class="lead">
${figure(`Time against bytes of an image: ${networksText(lead)}`, legends, leadChart(drawing, lead))}
<div>
${sentences}
${folded('The figures of the chart', leadTable(lead))}
</div>
</div>`;
}

/** No line breaks between a figure and its unit. */
function unbroken(html: string): string {
  return html.replace(/(\d) (?=(?:[µm]?s|[kMGT]?B|%)(?!\w))/g, '$1&nbsp;');
}

function leadTable({ standings }: Lead): string {
  const cells = (title: string, { row, ms, bytes }: Cost): string[] => [
    escaped(`${title} × ${countText(row.batch)}`),
    rowMsText(row, ms),
    bytes > 0 ? bytesText(bytes) : '',
  ];
  const rows = standings.flatMap(({ title, single, bulk }) =>
    [single, bulk].flatMap((cost) => (cost ? [cells(title, cost)] : [])),
  );
  return table(['images at once', 'time an image', 'bytes an image'], rows);
}

function contents(sections: readonly Section[]): string {
  const links = sections.map(({ id, title }) => `<a href="#${id}">${escaped(title)}</a>`);
  return `<nav aria-label="Contents">${links.join('\n')}</nav>`;
}

function machineSection({ machine, versions, command, seconds, links, absent, made }: Results): Section {
  const facts: [string, string][] = [
    ['processor', `${machine.cpu}, ${machine.cores} cores, ${bytesText(machine.memoryBytes)} memory`],
    ['GPU', machine.gpu],
    ['system', `${machine.platform}, Node ${machine.node}`],
    ['Tacit', commitText(versions)],
    [
      'packages',
      Object.entries(versions)
        .filter(([name]) => name !== 'tacit' && name !== 'commit')
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
  const body = `<dl>${facts.map(([name, fact]) => `<dt>${escaped(name)}</dt><dd>${escaped(fact)}</dd>`).join('\n')}</dl>
<p>To reproduce, in a checkout after <code>npm ci</code>:</p>
<pre>${escaped(command)}</pre>
<p>The parts alone: <code>npx tacit bench networks</code>, <code>npx tacit bench he</code>, <code>npx tacit bench layers minionn-mnist</code>. Two runs compared: <code>npx tacit bench --compare OLD.json --with NEW.json</code>. This page from its figures: <code>npx tacit bench report --from report.json</code>.</p>`;
  return { id: 'machine', title: 'Method', body };
}
