/** Trust models: each group of rows links to its own. @module */
import type { Results, Row } from '../results.js';
import { escaped, type Section } from './html.js';
import { titleOf } from './techniques.js';

/** By trust model: where the page explains it. */
export type Anchors = ReadonlyMap<string, string>;

export function anchorsOf(rows: readonly Row[]): Anchors {
  return new Map([...new Set(rows.map(({ trust }) => trust))].map((trust, i) => [trust, `trust-${i + 1}`]));
}

/** The participants, with a link to what they are trusted with. */
export function trustLink({ trust }: Row, anchors: Anchors): string {
  return `<a href="#${anchors.get(trust)!}">${escaped(trust.split(/[,:;]/)[0]!)}</a>`;
}

export function trustSection({ rows }: Results, anchors: Anchors): Section {
  const entries = [...anchors].map(([trust, anchor]) => {
    const titles = rows.filter((row) => row.trust === trust).map(titleOf);
    return `<dt id="${anchor}">${escaped([...new Set(titles)].join('; '))}</dt><dd>${escaped(trust)}</dd>`;
  });
  return { id: 'trust', title: 'Trust models', body: `<dl>${entries.join('\n')}</dl>` };
}
