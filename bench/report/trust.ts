/** Who is trusted with what: each row of the page links to its trust model. @module */
import type { Row } from '../results.js';
import { escaped, table } from './html.js';

/** By trust model: where the page explains it. */
export type Anchors = ReadonlyMap<string, string>;

export function anchorsOf(rows: readonly Row[]): Anchors {
  return new Map([...new Set(rows.map(({ trust }) => trust))].map((trust, i) => [trust, `trust-${i + 1}`]));
}

/** Who takes part, with a link to what they are trusted with. */
export function trustLink({ trust }: Row, anchors: Anchors): string {
  return `<a href="#${anchors.get(trust)!}">${escaped(trust.split(/[,:;]/)[0]!)}</a>`;
}

export function trustSection(rows: readonly Row[], anchors: Anchors): string {
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
