/** The pieces of the page. Arguments are plain text and are escaped, but for what is said to be HTML. @module */

/** A part of the page that the contents name; `body` is HTML. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: string;
}

export function sectionHtml({ id, title, body }: Section): string {
  return `<section id="${id}">\n<h2>${escaped(title)}</h2>\n${body}\n</section>`;
}

/** Of a heading, as an anchor. */
export function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** `svg` and `legends` are HTML. */
export function figure(title: string, legends: readonly string[], svg: string): string {
  const key = legends.length > 0 ? `<div class="legend">${legends.join('')}</div>` : '';
  return `<figure><figcaption>${escaped(title)}</figcaption>${key}${svg}</figure>`;
}

export function legend(colour: string, text: string): string {
  return `<span><i style="background:${colour}"></i>${escaped(text)}</span>`;
}

/** Rows under a heading of their own; cells and headings are HTML. */
export interface RowGroup {
  readonly heading: string;
  readonly rows: readonly (readonly string[])[];
}

/** Cells are HTML already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return tableOf(head, `<tbody>${rows.map(line).join('\n')}</tbody>`);
}

/** What the rows of a group have in common stands once, above them. */
export function groupedTable(head: readonly string[], groups: readonly RowGroup[]): string {
  const bodies = groups.map(({ heading, rows }) => {
    const top = `<tr class="group"><th colspan="${head.length}"><div>${heading}</div></th></tr>`;
    return `<tbody>${top}\n${rows.map(line).join('\n')}</tbody>`;
  });
  return tableOf(head, bodies.join('\n'));
}

/** Shut until it is asked for. `body` is HTML. */
export function folded(summary: string, body: string): string {
  return `<details><summary>${escaped(summary)}</summary>\n${body}\n</details>`;
}

function tableOf(head: readonly string[], bodies: string): string {
  const cells = head.map((cell) => `<th>${cell}</th>`).join('');
  const top = head.some((cell) => cell !== '') ? `<thead><tr>${cells}</tr></thead>` : '';
  return `<div class="scroll"><table>${top}${bodies}</table></div>`;
}

function line([first, ...others]: readonly string[]): string {
  return `<tr><th>${first}</th>${others.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Of outputs that were compared; empty where they were not. */
export function verdict(exact: boolean | null): string {
  if (exact === null) return '';
  return exact ? 'yes' : '<strong>no</strong>';
}
