/** The chart that the page leads with: time against bytes of an image, alone (filled) and among many (hollow). @module */
import { bytesText, countText, msText, rowMsText } from '../format.js';
import { type Domain, type Drawing, domainOf, GRID, roundText, ticksOf, WIDTH } from './drawing.js';
import type { Cost, Lead, Standing } from './lead.js';
import { colourOf } from './techniques.js';

const HEIGHT = 390;
const MARGINS = { marginLeft: 52, marginRight: 22, marginTop: 28, marginBottom: 44 } as const;
const RADIUS = 6;
const GAP = 4;
/** About what a label takes. */
const CHARACTER_WIDTH = 6.2;
const LABEL_HEIGHT = 13;

interface Point {
  readonly x: number;
  readonly y: number;
  readonly colour: string;
  readonly label: string;
  readonly title: string;
}

/** What moves no bytes stands a decade left of the least that any moves. */
export function leadChart(drawing: Drawing, { standings }: Lead): string {
  const costs = standings.flatMap(({ single, bulk }) => [single, bulk].filter((cost) => cost !== undefined));
  const [least, most] = domainOf(costs.map(({ bytes }) => bytes));
  const nothing = least / 10;
  const xDomain: Domain = [nothing, most];
  const yDomain = domainOf(costs.map(({ ms }) => ms));
  const pointOf = ({ title }: Standing, cost: Cost, label: string): Point => ({
    x: cost.bytes > 0 ? cost.bytes : nothing,
    y: cost.ms,
    colour: colourOf(title),
    label,
    title: costTitle(title, cost),
  });
  const alone = standings.flatMap((one) => (one.single ? [pointOf(one, one.single, one.title)] : []));
  const among = standings.flatMap((one) =>
    one.bulk ? [pointOf(one, one.bulk, `× ${countText(one.bulk.row.batch)}`)] : [],
  );
  const { dot, text, gridX, gridY, axisX, axisY } = drawing.plot;
  const xTicks = [nothing, ...ticksOf([least, most], 6)];
  const yTicks = ticksOf(yDomain, 8);
  const dots = { x: 'x', y: 'y', stroke: 'colour', strokeWidth: 2, title: 'title' } as const;
  const words = { x: 'x', y: 'y', text: 'label', fill: 'currentColor' } as const;
  return drawing.svg('time against bytes of an image', {
    ...MARGINS,
    height: HEIGHT,
    x: { type: 'log', domain: [...xDomain] },
    y: { type: 'log', domain: [...yDomain] },
    marks: [
      gridX(xTicks, GRID),
      gridY(yTicks, GRID),
      axisX(xTicks, {
        text: (bytes: number) => (bytes === nothing ? 'none' : roundText(bytesText)(bytes)),
        tickSize: 0,
        label: 'bytes moved for an image →',
      }),
      axisY(yTicks, { text: roundText(msText), tickSize: 0, label: '↑ time of an image' }),
      dot(among, { ...dots, r: RADIUS - 1, fill: 'var(--card)' }),
      dot(alone, { ...dots, r: RADIUS, fill: 'colour' }),
      ...placed([...alone, ...among], xDomain, yDomain).map(({ leftward, ...point }) =>
        text([point], {
          ...words,
          dx: leftward ? -RADIUS - GAP : RADIUS + GAP,
          textAnchor: leftward ? 'end' : 'start',
        }),
      ),
    ],
  });
}

/** Each label on the right of its dot, or on the left where only there it meets no dot, no other label and no edge. */
function placed(
  points: readonly Point[],
  xDomain: Domain,
  yDomain: Domain,
): (Point & { readonly leftward: boolean })[] {
  const along = ([low, high]: Domain, value: number): number => Math.log(value / low) / Math.log(high / low);
  const x = (point: Point): number =>
    MARGINS.marginLeft + along(xDomain, point.x) * (WIDTH - MARGINS.marginLeft - MARGINS.marginRight);
  const y = (point: Point): number =>
    HEIGHT - MARGINS.marginBottom - along(yDomain, point.y) * (HEIGHT - MARGINS.marginTop - MARGINS.marginBottom);
  const taken: Box[] = points.map((point) => boxAround(x(point), y(point), RADIUS, RADIUS));
  return points.map((point, i) => {
    const half = (point.label.length * CHARACTER_WIDTH) / 2;
    const box = (side: number): Box =>
      boxAround(x(point) + side * (RADIUS + GAP + half), y(point), half, LABEL_HEIGHT / 2);
    const free = (at: Box): boolean =>
      at.left >= 0 && at.right <= WIDTH && taken.every((other, j) => j === i || !meet(at, other));
    const leftward = !free(box(1)) && free(box(-1));
    taken.push(box(leftward ? -1 : 1));
    return { ...point, leftward };
  });
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function boxAround(x: number, y: number, halfWidth: number, halfHeight: number): Box {
  return { left: x - halfWidth, right: x + halfWidth, top: y - halfHeight, bottom: y + halfHeight };
}

function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** What the table has too, in the same words. */
function costTitle(title: string, { row, ms, bytes }: Cost): string {
  return `${title} × ${countText(row.batch)}: ${rowMsText(row, ms)}, ${bytesText(bytes)}`;
}
