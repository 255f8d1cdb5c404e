/** One quantity varied, a line a technique, both axes logarithmic. @module */
import { countText, msText, short } from '../format.js';
import { type Domain, type Drawing, GRID, roundText, thinned, ticksOf } from './drawing.js';

/** Counts from here on are written in thousands or millions. */
const MANY = 10_000;

export interface Line {
  readonly colour: string;
  readonly points: readonly { readonly x: number; readonly ms: number }[];
}

/** @param unit of x */
export function linesChart(
  drawing: Drawing,
  title: string,
  unit: string,
  lines: readonly Line[],
  domain: Domain,
): string {
  const { line, dot, gridX, gridY, axisX, axisY } = drawing.plot;
  const xs = thinned([...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b));
  const ys = ticksOf(domain, 6);
  return drawing.svg(title, {
    height: 230,
    marginLeft: 56,
    marginRight: 26,
    marginTop: 10,
    marginBottom: 40,
    x: { type: 'log' },
    y: { type: 'log', domain: [...domain] },
    marks: [
      gridX(xs, GRID),
      gridY(ys, GRID),
      axisX(xs, {
        text: roundText((count) => (count < MANY ? countText(count) : short(count))),
        tickSize: 0,
        label: `${unit} →`,
      }),
      axisY(ys, { text: roundText(msText), tickSize: 0, label: null }),
      ...lines.flatMap(({ points, colour }) => [
        line(points, { x: 'x', y: 'ms', stroke: colour, strokeWidth: 2 }),
        dot(points, { x: 'x', y: 'ms', fill: colour, r: 4 }),
      ]),
    ],
  });
}
