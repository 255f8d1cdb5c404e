/** What is held against each other: plaintext, each mode of MPC, homomorphic encryption. Each has one colour on the whole page. @module */
import { MODES } from '../modes.js';
import type { Row } from '../results.js';
import { legend } from './html.js';

const PLAINTEXT = 'plaintext';
const HE = 'HE';

/** The technique of a row; of MPC, the mode, which series and layers name too. */
export function titleOf({ technique, name }: Pick<Row, 'technique' | 'name'>): string {
  switch (technique) {
    case 'plain':
      return PLAINTEXT;
    case 'he':
      return HE;
    case 'mpc':
      return name;
  }
}

/** A CSS colour of the page, light or dark. A mode of another version of Tacit has that of text. */
export function colourOf(title: string): string {
  if (title === PLAINTEXT) return 'var(--plain)';
  if (title === HE) return 'var(--he)';
  const mode = MODES.findIndex(({ name }) => name === title);
  return mode < 0 ? 'var(--ink)' : `var(--mpc-${mode + 1})`;
}

/** One entry a technique, in the order of the list. */
export function techniqueLegends(titles: readonly string[]): string[] {
  return [...new Set(titles)].map((title) => legend(colourOf(title), title));
}

const ORDER: readonly Row['technique'][] = ['plain', 'mpc', 'he'];

/** Plaintext first, then MPC, then homomorphic encryption, each as it came. */
export function byTechnique(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => ORDER.indexOf(a.technique) - ORDER.indexOf(b.technique));
}

/** The two cryptonets networks differ in their activation alone: one family. */
export function familyOf(network: string): string {
  return network.replace(/-relu$/, '');
}

/** Each family once, in the order of measurement. */
export function familiesOf(rows: readonly Pick<Row, 'network'>[]): string[] {
  return [...new Set(rows.map(({ network }) => familyOf(network)))];
}
