/** What colours stand for, beside the charts. @module */
import type { Row } from '../results.js';
import { colourOf } from './charts.js';
import { legend } from './html.js';

export const PHASES: readonly string[] = [
  legend('var(--online)', 'online, and the client'),
  legend('var(--offline)', 'offline: before the input'),
];

/** A colour for each technique and mode among the rows. */
export function techniques(rows: readonly Pick<Row, 'technique' | 'name'>[]): string[] {
  const names = rows.map(({ technique, name }) => [
    colourOf(technique, name),
    technique === 'plain' ? 'plaintext' : technique === 'he' ? 'HE' : name,
  ]);
  return [...new Map(names as [string, string][])].map(([colour, name]) => legend(colour, name));
}
