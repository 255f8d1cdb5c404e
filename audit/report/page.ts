/** An audit as one HTML file that loads nothing and runs nothing. @module */
import { escaped, folded, groupedTable, type Section, sectionHtml, slug } from '../../bench/report/html.js';
import { STYLE } from '../../bench/report/style.js';
import { formatBytes, formatCount, formatMs, formatPercent } from '../../parties/cli/format.js';
import { describeTrust } from '../../src/core/trust.js';
import type { AuditReport, Row } from '../run.js';
import { pictureUrl } from './pictures.js';
import { cells } from './text.js';

const HEAD = ['policy', 'setting', 'budget', 'defence', 'metric', 'value', 'queries', 'time', 'bytes'];

/** What kinds of attacks are, for whoever reads of them for the first time. */
const KINDS: Readonly<Record<string, string>> = {
  evasion:
    'An input is changed by little, so that the network takes it for another class. Robust accuracy is what is still right.',
  poisoning:
    'Who adds to what a network learns decides what it does. Secure computation runs such a network as faithfully as a good one.',
  extraction:
    'Answers are examples to learn from: a copy is trained on them. Agreement is how often it says what the service says.',
  membership: 'Networks are surer of what they have learnt. AUC of 0.5 is a guess.',
  inversion: 'What a class looks like by the weights, and what an input looked like by the answer to it.',
};

export function pageOf(report: AuditReport): string {
  const title = `What ${report.model.name} tells`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}
.pictures { display: flex; flex-wrap: wrap; gap: 8px; } .pictures figure { padding: 6px; } .pictures img { width: 84px; image-rendering: pixelated; }
</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(leadOf(report))}</p>
<p class="meta">${escaped(describeTrust(report.trust))}</p>
${kindsOf(report)
  .map((kind) => sectionHtml(sectionOf(report, kind)))
  .join('\n')}
${skippedHtml(report)}
</main>
</body>
</html>
`;
}

function leadOf({ accuracy, query, model }: AuditReport): string {
  return (
    `Attacks on a private service of a network of ${formatCount(model.parameters)} parameters, which is right on ${formatPercent(accuracy)} of the inputs. ` +
    `A query takes ${formatMs(1000 * query.seconds)} and ${formatBytes(query.bytes)} at the parties; ${query.sample} went through them, ` +
    `with the same bits as the evaluator that answered the others. ` +
    'Secure computation hides inputs and weights. It hides nothing that answers tell.'
  );
}

function kindOf(attack: string): string {
  return attack.split('/')[0]!;
}

function kindsOf({ rows }: AuditReport): string[] {
  return [...new Set(rows.map(({ attack }) => kindOf(attack)))];
}

function sectionOf(report: AuditReport, kind: string): Section {
  const rows = report.rows.filter(({ attack }) => kindOf(attack) === kind);
  const groups = [...new Set(rows.map(({ attack }) => attack))].map((attack) => {
    const own = rows.filter((row) => row.attack === attack);
    return { heading: `<b>${escaped(attack)}</b> <small>${escaped(own[0]!.paper)}</small>`, rows: own.map(htmlCells) };
  });
  const body = `<p>${escaped(KINDS[kind] ?? '')}</p>${groupedTable(HEAD, groups)}${picturesHtml(report, kind)}`;
  return { id: slug(kind), title: kind[0]!.toUpperCase() + kind.slice(1), body };
}

function htmlCells(row: Row): string[] {
  return cells(row).slice(1).map(escaped);
}

function picturesHtml({ pictures, image, low, high }: AuditReport, kind: string): string {
  if (image === undefined) return '';
  return pictures
    .filter(({ attack }) => kindOf(attack) === kind)
    .map(({ attack, policy, pictures: made }) => {
      const figures = made.map((picture) => {
        const title = escaped(picture.title);
        return `<figure><img alt="${title}" src="${pictureUrl(picture, image, low, high)}"><figcaption><small>${title}</small></figcaption></figure>`;
      });
      return folded(`${attack}, ${policy}`, `<div class="pictures">${figures.join('')}</div>`);
    })
    .join('\n');
}

function skippedHtml({ skipped }: AuditReport): string {
  if (skipped.length === 0) return '';
  return `<h2>Left out</h2><ul>${skipped.map(({ attack, reason }) => `<li>${escaped(`${attack}: ${reason}`)}</li>`).join('')}</ul>`;
}
