/** Charts of a report as SVG, by Observable Plot on a DOM without a browser. Colours are CSS variables of the page. @module */
import type * as PlotModule from '@observablehq/plot';
import { TacitError } from '../../src/core/errors.js';
import { bytesText, countText, msText, short } from '../format.js';
import { MODES } from '../modes.js';
import {
  type AccuracyRow,
  type LayerRow,
  msAnImage,
  type Results,
  type Row,
  type Series,
  type Technique,
  totalBytes,
  totalMs,
} from '../results.js';
import { familyOf } from './findings.js';

type Plot = typeof PlotModule;

/** Narrow enough to be read on a phone without being scaled much. */
const WIDTH = 460;
const BAND_HEIGHT = 27;
const BAR_HEIGHT = 12;
const LABEL_WIDTH = 172;
const VALUE_WIDTH = 62;
const STYLE = { background: 'transparent', fontSize: '12px', fontFamily: 'inherit', overflow: 'visible' } as const;
/** More of them overlap. */
const MOST_TICKS = 4;
/** Counts from here on are written in thousands or millions. */
const MANY = 10_000;

/** Of marks and legends: plaintext, each mode of MPC, homomorphic encryption. */
export function colourOf(technique: Technique | 'fixed', name: string): string {
  if (technique === 'he') return 'var(--he)';
  const mode = MODES.findIndex((one) => one.name === name);
  return technique === 'mpc' && mode >= 0 ? `var(--s${mode + 1})` : 'var(--plain)';
}

const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'times'] as const;
/** The same for a legend. */
const SIGNS = ['●', '■', '▲', '◆', '★', '✕'] as const;

/** The mark of each family of networks, in the order of measurement. */
export function signsOf({ accuracy }: Results): [family: string, sign: string][] {
  return familiesOf(accuracy).map((family, i) => [family, SIGNS[i % SIGNS.length]!]);
}

function familiesOf(rows: readonly Pick<AccuracyRow, 'network'>[]): string[] {
  return [...new Set(rows.map(({ network }) => familyOf(network)))];
}

interface Bar {
  readonly label: string;
  readonly parts: readonly BarPart[];
}

interface BarPart {
  readonly value: number;
  readonly fill: string;
  /** Partly computed, not measured. */
  readonly marked?: boolean;
}

/** Draws; every method gives the text of an <svg>. */
export class Charts {
  readonly #plot: Plot;
  readonly #document: Document;

  private constructor(plot: Plot, document: Document) {
    this.#plot = plot;
    this.#document = document;
  }

  /** @throws MISSING_PACKAGE */
  static async load(): Promise<Charts> {
    try {
      const [plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
      return new Charts(plot, parseHTML('<!doctype html><html><body></body></html>').document);
    } catch (cause) {
      throw new TacitError(
        'MISSING_PACKAGE',
        'expected the packages @observablehq/plot and linkedom for the report, found one missing. Run: npm ci',
        { cause },
      );
    }
  }

  #svg(label: string, options: PlotModule.PlotOptions): string {
    const figure = this.#plot.plot({
      document: this.#document,
      width: WIDTH,
      style: STYLE,
      ariaLabel: label,
      ...options,
    });
    return figure.outerHTML;
  }

  /** Bars on a logarithmic axis, where lengths do not add up: the parts of one thing stand below each other, each with its figure. */
  #bars(title: string, bars: readonly Bar[], text: (value: number) => string): string {
    const pieces = bars.flatMap(({ label, parts }) => {
      const shown = parts.filter(({ value }) => value > 0);
      return shown.map((part, i) => ({
        ...part,
        label,
        top: (BAND_HEIGHT - shown.length * BAR_HEIGHT) / 2 + i * BAR_HEIGHT,
      }));
    });
    const values = pieces.map(({ value }) => value);
    const [floor, most] = [10 ** Math.floor(Math.log10(Math.min(...values))), Math.max(...values)];
    const ticks = decades(floor, most);
    const { barX, text: textMark, axisX, axisY, gridX } = this.#plot;
    return this.#svg(title, {
      height: bars.length * BAND_HEIGHT + 32,
      marginLeft: LABEL_WIDTH,
      marginRight: VALUE_WIDTH,
      marginTop: 4,
      marginBottom: 28,
      x: { type: 'log', domain: [floor, most], label: null },
      y: { domain: bars.map(({ label }) => label), label: null, padding: 0 },
      marks: [
        gridX(ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
        ...pieces.flatMap(({ label, value, fill, marked, top }) => [
          // a bar of the least value still shows
          barX([{ label, value }], {
            y: 'label',
            x1: floor,
            x2: 'value',
            fill,
            insetTop: top,
            insetBottom: BAND_HEIGHT - top - BAR_HEIGHT + 1,
            insetRight: -1,
          }),
          textMark([{ label, value }], {
            y: 'label',
            x: 'value',
            text: () => `${text(value)}${marked ? '*' : ''}`,
            dx: 5,
            dy: top + (BAR_HEIGHT - BAND_HEIGHT) / 2,
            fontSize: 11,
            textAnchor: 'start',
            fill: 'currentColor',
          }),
        ]),
        axisX(ticks, { text: roundText(text), tickSize: 0 }),
        axisY({ tickSize: 0, label: null }),
      ],
    });
  }

  /** Time of one evaluation: after the input is there, and what came before it. */
  latency(rows: readonly Row[]): string {
    const bars = rows.map((row) => ({
      label: labelOf(row),
      parts: [
        {
          value: row.ms.online,
          fill: row.extrapolated ? 'var(--online-soft)' : 'var(--online)',
          marked: row.extrapolated,
        },
        { value: row.ms.offline, fill: 'var(--offline)' },
      ],
    }));
    return this.#bars('time of one evaluation', bars, msText);
  }

  /** Time an image where many go at once. */
  perImage(rows: readonly Row[]): string {
    const bars = rows.map((row) => ({
      label: labelOf(row),
      parts: [{ value: msAnImage(row), fill: colourOf(row.technique, row.name), marked: row.extrapolated }],
    }));
    return this.#bars('time an image in bulk', bars, msText);
  }

  /** Bytes an image: online with those to and from the client, offline. */
  traffic(rows: readonly Row[]): string {
    const bars = rows
      .filter((row) => totalBytes(row) > 0)
      .map((row) => ({
        label: labelOf(row),
        parts: [
          { value: (row.bytes.online + row.bytes.client) / row.batch, fill: 'var(--online)' },
          { value: row.bytes.offline / row.batch, fill: 'var(--offline)' },
        ],
      }));
    return this.#bars('bytes an image', bars, bytesText);
  }

  /** Each technique of each network: how accurate, how long for one image. Colours are `colourOf`, marks `signsOf`. */
  accuracy(results: Results): string {
    const families = familiesOf(results.accuracy);
    const points = results.accuracy.flatMap((row) => {
      const cost = costOf(results.rows, row);
      if (cost === undefined) return [];
      return [
        {
          x: msAnImage(cost),
          y: 100 * accuracyOfAll(results.accuracy, row),
          fill: colourOf(row.technique, row.name),
          symbol: SYMBOLS[families.indexOf(familyOf(row.network)) % SYMBOLS.length]!,
          marked: cost.extrapolated,
        },
      ];
    });
    const { dot, text, gridX, gridY, axisX, axisY } = this.#plot;
    const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
    const ticks = decades(10 ** Math.floor(Math.log10(Math.min(...xs))), 10 ** Math.ceil(Math.log10(Math.max(...xs))));
    const label = 'time of an image, offline and online →';
    return this.#svg('accuracy against latency', {
      height: 300,
      marginLeft: 46,
      marginRight: 30,
      marginTop: 24,
      marginBottom: 42,
      x: { type: 'log', domain: [ticks[0]!, Math.max(ticks.at(-1)!, ...xs)], label },
      y: { label: '↑ accuracy, %', domain: [Math.min(...ys) - 0.3, Math.min(100, Math.max(...ys) + 0.3)] },
      marks: [
        gridX(ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
        gridY({ stroke: 'var(--line)', strokeOpacity: 1 }),
        axisX(ticks, { text: roundText(msText), tickSize: 0, label }),
        axisY({ tickSize: 0 }),
        ...points.map(({ fill, symbol, ...point }) =>
          dot([point], { x: 'x', y: 'y', fill, symbol, r: 6, fillOpacity: 0.7, stroke: fill }),
        ),
        text(
          points.filter(({ marked }) => marked),
          { x: 'x', y: 'y', text: () => '*', dx: 9, dy: -5, fill: 'currentColor' },
        ),
      ],
    });
  }

  /** One quantity varied, a line a mode, both axes logarithmic. */
  scaling(series: readonly Series[], what: 'ms' | 'bytes'): string {
    const { line, dot, gridX, gridY, axisX, axisY } = this.#plot;
    const unit = series[0]!.unit;
    const points = series.flatMap((one) => one.points);
    const xs = thinned([...new Set(points.map(({ x }) => x))].sort((a, b) => a - b));
    const values = points.map((point) => point[what]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const ys = decades(10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high)));
    return this.#svg(`${what === 'ms' ? 'time' : 'bytes'} against ${unit}`, {
      height: 220,
      marginLeft: 62,
      marginRight: 30,
      marginTop: 12,
      marginBottom: 40,
      x: { type: 'log' },
      y: { type: 'log', domain: [ys[0]!, Math.max(ys.at(-1)!, high)] },
      marks: [
        gridX(xs, { stroke: 'var(--line)', strokeOpacity: 1 }),
        gridY(ys, { stroke: 'var(--line)', strokeOpacity: 1 }),
        axisX(xs, {
          text: roundText((count) => (count < MANY ? countText(count) : short(count))),
          tickSize: 0,
          label: `${unit} →`,
        }),
        axisY(ys, { text: roundText(what === 'ms' ? msText : bytesText), tickSize: 0, label: null }),
        ...series.flatMap((one) => {
          const colour = colourOf('mpc', one.mode);
          return [
            line(one.points, { x: 'x', y: what, stroke: colour, strokeWidth: 2 }),
            dot(one.points, { x: 'x', y: what, fill: colour, r: 3.5 }),
          ];
        }),
      ],
    });
  }

  /** Offline and online time of each layer of one mode. */
  layers(rows: readonly LayerRow[]): string {
    const bars = rows.map(({ layer, kind, ms }) => ({
      label: `${layer}${layer.includes(kind) ? '' : ` (${kind})`}`,
      parts: [
        { value: ms.online, fill: 'var(--online)' },
        { value: ms.offline, fill: 'var(--offline)' },
      ],
    }));
    return this.#bars('time of each layer', bars, msText);
  }
}

function decades(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let tick = low; tick <= high * 1.0001; tick *= 10) ticks.push(tick);
  return thinned(ticks);
}

/** The same without digits that say nothing: of ticks. Given as `text`, as a `tickFormat` of a logarithmic axis leaves ticks out. */
function roundText(text: (value: number) => string): (value: number) => string {
  return (value) => text(value).replace(/\.0+ /, ' ');
}

/** Every so many, so that there is room for their labels. */
function thinned(ticks: readonly number[]): number[] {
  const step = Math.ceil(ticks.length / MOST_TICKS);
  return ticks.filter((_, i) => i % step === 0);
}

/** Unlike that of any other row of a family's chart. */
function labelOf({ name, network, technique, link, batch }: Row): string {
  const variant = network === familyOf(network) ? '' : ` (${network.slice(familyOf(network).length + 1)})`;
  const many = batch === 1 || technique === 'he' ? '' : ` × ${batch}`;
  return `${name}${variant}${many}${link === 'none' ? '' : `, ${link.toUpperCase()}`}`;
}

/** What is equal to its plain evaluator on all images that it was given is as accurate as that is on the most images. */
function accuracyOfAll(all: readonly AccuracyRow[], row: AccuracyRow): number {
  if (row.exactImages !== row.images) return row.accuracy;
  const integers = row.technique === 'mpc' ? ['mpc', 'fixed'] : [row.technique];
  const same = all.filter(({ network, technique }) => network === row.network && integers.includes(technique));
  return [...same].sort((a, b) => b.images - a.images)[0]!.accuracy;
}

/** The row that an accuracy cost: one image where that was timed, without a delay. */
function costOf(rows: readonly Row[], { network, technique, name }: AccuracyRow): Row | undefined {
  const own = rows.filter((row) => row.technique === technique && row.link === 'none' && row.network === network);
  const named = technique === 'plain' ? own : own.filter((row) => row.name === name);
  return [...named].sort((a, b) => a.batch - b.batch || totalMs(a) - totalMs(b))[0];
}

/** Rows of one family, plaintext first, then MPC, then homomorphic encryption, each in the order of measurement. */
export function rowsOf({ rows }: Results, family: string): Row[] {
  const order = ['plain', 'mpc', 'he'];
  return rows
    .filter(({ network }) => familyOf(network) === family)
    .sort((a, b) => order.indexOf(a.technique) - order.indexOf(b.technique));
}
