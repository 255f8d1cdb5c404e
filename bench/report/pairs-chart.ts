/**
 * Pairs of values on a logarithmic axis: what is spent once the input is there (filled), and that with what was spent before
 * (hollow). Dots, as a bar's length has no meaning there.
 * @module
 */
import { type Domain, type Drawing, GRID, roundText, ticksOf, WIDTH } from './drawing.js';

const HEADING_HEIGHT = 22;
const LINE_HEIGHT = 19;
const MARGINS = { marginLeft: 116, marginRight: 66, marginTop: 2, marginBottom: 24 } as const;
const RADIUS = 4;

export interface Pair {
  readonly label: string;
  readonly colour: string;
  readonly online: number;
  /** Online and offline. */
  readonly total: number;
  /** Of the total. */
  readonly text: string;
}

/** Lines under a heading; one without a name has none. */
export interface PairGroup {
  readonly name: string;
  readonly pairs: readonly Pair[];
}

/** @param text of a tick */
export function pairsChart(
  drawing: Drawing,
  title: string,
  groups: readonly PairGroup[],
  domain: Domain,
  text: (value: number) => string,
): string {
  const headings: { readonly name: string; readonly y: number }[] = [];
  const lines: (Pair & { readonly y: number })[] = [];
  let y: number = MARGINS.marginTop;
  for (const { name, pairs } of groups) {
    if (name !== '') {
      headings.push({ name, y: y + HEADING_HEIGHT / 2 });
      y += HEADING_HEIGHT;
    }
    for (const pair of pairs) {
      lines.push({ ...pair, y: y + LINE_HEIGHT / 2 });
      y += LINE_HEIGHT;
    }
  }
  const { dot, ruleY, text: textMark, gridX, axisX } = drawing.plot;
  const ticks = ticksOf(domain);
  const words = { y: 'y', fill: 'currentColor', textAnchor: 'start' } as const;
  const left = { ...words, frameAnchor: 'left', dx: -MARGINS.marginLeft } as const;
  return drawing.svg(title, {
    ...MARGINS,
    width: WIDTH,
    height: y + MARGINS.marginBottom,
    x: { type: 'log', domain: [...domain], label: null },
    y: { type: 'identity', axis: null },
    marks: [
      gridX(ticks, GRID),
      axisX(ticks, { text: roundText(text), tickSize: 0, label: null }),
      textMark(headings, { ...left, text: 'name', fontWeight: 600 }),
      textMark(lines, { ...left, text: 'label' }),
      textMark(lines, { ...words, text: 'text', frameAnchor: 'right', dx: 8 }),
      ruleY(lines, { x1: 'online', x2: 'total', y: 'y', stroke: 'colour', strokeWidth: 2 }),
      dot(lines, { x: 'total', y: 'y', r: RADIUS, stroke: 'colour', strokeWidth: 2, fill: 'var(--card)' }),
      dot(lines, { x: 'online', y: 'y', r: RADIUS, stroke: 'colour', strokeWidth: 2, fill: 'colour' }),
    ],
  });
}
