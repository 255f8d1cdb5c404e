/** Charts of a report as SVG, by Observable Plot on a DOM without a browser. Colours are CSS variables of the page. @module */
import type * as PlotModule from '@observablehq/plot';
import { TacitError } from '../../src/core/errors.js';
import { bytesText, countText, msText } from '../format.js';
import {
  type AccuracyRow,
  type LayerRow,
  type Results,
  type Row,
  type Series,
  totalBytes,
  totalMs,
} from '../results.js';
import { familyOf } from './findings.js';

type Plot = typeof PlotModule;

/** Narrow enough to be read on a phone without being scaled much. */
const WIDTH = 460;
const BAR_HEIGHT = 22;
const LABEL_WIDTH = 158;
const VALUE_WIDTH = 62;
const STYLE = { background: 'transparent', fontSize: '13px', fontFamily: 'inherit', overflow: 'visible' } as const;
/** Of lines, one a mode. */
export const MODE_COLOURS: readonly string[] = ['var(--s1)', 'var(--s2)', 'var(--s3)', 'var(--s4)'];
const TECHNIQUE_COLOURS: Readonly<Record<string, string>> = {
  plain: 'var(--s4)',
  mpc: 'var(--s1)',
  he: 'var(--s3)',
};

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

  /** Bars on a logarithmic axis whose parts follow each other; a bar ends at its total. */
  #stackedBars(
    title: string,
    bars: readonly {
      readonly label: string;
      readonly parts: readonly { readonly value: number; readonly fill: string }[];
    }[],
    text: (value: number) => string,
  ): string {
    const totals = bars.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
    const smallest = Math.min(
      ...bars.flatMap(({ parts }) => parts.map(({ value }) => value)).filter((value) => value > 0),
    );
    const floor = 10 ** Math.floor(Math.log10(smallest));
    const pieces = bars.flatMap(({ label, parts }) => {
      let from = 0;
      return parts.flatMap(({ value, fill }) => {
        const start = from;
        from += value;
        return value > 0 ? [{ label, x1: Math.max(start, floor), x2: Math.max(from, floor), fill }] : [];
      });
    });
    const { barX, text: textMark, axisX, axisY, gridX } = this.#plot;
    return this.#svg(title, {
      height: bars.length * BAR_HEIGHT + 44,
      marginLeft: LABEL_WIDTH,
      marginRight: VALUE_WIDTH,
      marginTop: 4,
      x: { type: 'log', domain: [floor, Math.max(...totals)], label: null },
      y: { domain: bars.map(({ label }) => label), label: null },
      marks: [
        gridX({ ticks: decades(floor, Math.max(...totals)), stroke: 'var(--line)', strokeOpacity: 1 }),
        ...pieces.map(({ label, x1, x2, fill }) =>
          barX([{ label, x1, x2 }], { y: 'label', x1: 'x1', x2: 'x2', fill, insetTop: 1, insetBottom: 1 }),
        ),
        textMark(
          bars.map(({ label }, i) => ({ label, x: Math.max(totals[i]!, floor), words: text(totals[i]!) })),
          { y: 'label', x: 'x', text: 'words', dx: 4, textAnchor: 'start', fill: 'currentColor' },
        ),
        axisX({ ticks: decades(floor, Math.max(...totals)), tickFormat: (value: number) => text(value), tickSize: 0 }),
        axisY({ tickSize: 0, label: null }),
      ],
    });
  }

  /** Time of one evaluation: after the input is there, then what came before it. */
  latency(rows: readonly Row[]): string {
    const bars = firstOfEach(rows, labelOf).map((row) => ({
      label: labelOf(row),
      parts: [
        { value: row.ms.online, fill: row.extrapolated ? 'var(--online-soft)' : 'var(--online)' },
        { value: row.ms.offline, fill: 'var(--offline)' },
      ],
    }));
    return this.#stackedBars('time of one evaluation', bars, msText);
  }

  /** Time an image where many go at once. */
  perImage(rows: readonly Row[]): string {
    const bars = rows.map((row) => ({
      label: `${row.name}${row.technique === 'he' ? '' : ` × ${row.batch}`}`,
      parts: [{ value: totalMs(row) / row.batch, fill: TECHNIQUE_COLOURS[row.technique]! }],
    }));
    return this.#stackedBars('time an image in bulk', bars, msText);
  }

  /** Bytes of one evaluation: online, to and from the client, offline. */
  traffic(rows: readonly Row[]): string {
    const bars = rows.map((row) => ({
      label: row.batch === 1 ? row.name : `${row.name}${row.technique === 'he' ? '' : ` × ${row.batch}`}`,
      parts: [
        { value: (row.bytes.online + row.bytes.client) / row.batch, fill: 'var(--online)' },
        { value: row.bytes.offline / row.batch, fill: 'var(--offline)' },
      ],
    }));
    return this.#stackedBars(
      'bytes an image',
      bars.filter(({ parts }) => parts.some(({ value }) => value > 0)),
      bytesText,
    );
  }

  /** Each technique of each network: how accurate, how long for one image. */
  accuracy(results: Results): string {
    const points = results.accuracy.flatMap((row) => {
      const cost = costOf(results.rows, row);
      return cost === undefined
        ? []
        : [
            {
              x: totalMs(cost) / cost.batch,
              y: 100 * accuracyOfAll(results.accuracy, row),
              row,
              colour: TECHNIQUE_COLOURS[row.technique]!,
            },
          ];
    });
    const { dot, text, gridX, gridY } = this.#plot;
    const lows = points.map(({ y }) => y);
    return this.#svg('accuracy against latency', {
      height: 300,
      marginLeft: 46,
      marginRight: 20,
      marginTop: 24,
      marginBottom: 38,
      x: {
        type: 'log',
        label: 'time of an image, offline and online →',
        ticks: 3,
        tickFormat: (ms: number) => msText(ms),
      },
      y: { label: '↑ accuracy, %', domain: [Math.min(...lows) - 0.3, Math.max(...lows) + 0.3] },
      marks: [
        gridX({ stroke: 'var(--line)', strokeOpacity: 1 }),
        gridY({ stroke: 'var(--line)', strokeOpacity: 1 }),
        ...points.map((point) =>
          dot([point], { x: 'x', y: 'y', fill: point.colour, r: 5, stroke: 'var(--paper)', strokeWidth: 1 }),
        ),
        text(
          firstOfEach(
            [...points].sort((a, b) => a.x - b.x),
            ({ row }) => row.network,
          ).map(({ x, y, row }) => ({ x, y, label: row.network })),
          { x: 'x', y: 'y', text: 'label', dy: -11, textAnchor: 'start', fontSize: 11, fill: 'currentColor' },
        ),
      ],
    });
  }

  /** One quantity varied, a line a mode in the order of MODE_COLOURS, both axes logarithmic. */
  scaling(series: readonly Series[]): string {
    const { line, dot, gridX, gridY, axisX, axisY } = this.#plot;
    const unit = series[0]!.unit;
    const points = series.flatMap((one) => one.points);
    const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
    const [low, high] = [Math.min(...points.map(({ ms }) => ms)), Math.max(...points.map(({ ms }) => ms))];
    const ys = decades(10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high)));
    return this.#svg(`time against ${unit}`, {
      height: 220,
      marginLeft: 62,
      marginRight: 30,
      marginTop: 12,
      marginBottom: 40,
      x: { type: 'log', label: `${unit} →` },
      y: { type: 'log', domain: [ys[0]!, Math.max(ys.at(-1)!, high)] },
      marks: [
        gridX(xs, { stroke: 'var(--line)', strokeOpacity: 1 }),
        gridY(ys, { stroke: 'var(--line)', strokeOpacity: 1 }),
        axisX({ ticks: xs, tickFormat: (value: number) => countText(value), tickSize: 0, label: `${unit} →` }),
        axisY({ ticks: ys, tickFormat: (ms: number) => msText(ms), tickSize: 0, label: null }),
        ...series.flatMap((one, i) => [
          line(one.points, { x: 'x', y: 'ms', stroke: MODE_COLOURS[i]!, strokeWidth: 2 }),
          dot(one.points, { x: 'x', y: 'ms', fill: MODE_COLOURS[i]!, r: 3.5 }),
        ]),
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
    return this.#stackedBars('time of each layer', bars, msText);
  }
}

function decades(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let tick = low; tick <= high * 1.0001; tick *= 10) ticks.push(tick);
  const step = Math.ceil(ticks.length / 4);
  return ticks.filter((_, i) => i % step === 0);
}

function firstOfEach<T>(values: readonly T[], keyOf: (value: T) => string): T[] {
  const firsts = new Map<string, T>();
  for (const value of values) if (!firsts.has(keyOf(value))) firsts.set(keyOf(value), value);
  return [...firsts.values()];
}

function labelOf({ name, link }: Row): string {
  return link === 'none' ? name : `${name}, ${link.toUpperCase()}`;
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

export function movesBytes(row: Row): boolean {
  return totalBytes(row) > 0;
}
