/** Charts as SVG, by Observable Plot on a DOM without a browser: what all of them share. Colours are CSS variables of the page. @module */
import type * as PlotModule from '@observablehq/plot';
import { TacitError } from '../../src/core/errors.js';

type Plot = typeof PlotModule;

/** A phone's, so that labels keep their size there. */
export const WIDTH = 360;
export const GRID = { stroke: 'var(--line)', strokeOpacity: 1 } as const;
const STYLE = { background: 'transparent', fontSize: '12px', fontFamily: 'inherit', overflow: 'visible' } as const;
/** More of them overlap. */
const MOST_TICKS = 4;

/** From the least to the greatest value of an axis. */
export type Domain = readonly [low: number, high: number];

/** Draws, and gives the text of an <svg>. */
export class Drawing {
  readonly plot: Plot;
  readonly #document: Document;

  private constructor(plot: Plot, document: Document) {
    this.plot = plot;
    this.#document = document;
  }

  /** @throws MISSING_PACKAGE */
  static async load(): Promise<Drawing> {
    try {
      const [plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
      return new Drawing(plot, parseHTML('<!doctype html><html><body></body></html>').document);
    } catch (cause) {
      throw new TacitError(
        'MISSING_PACKAGE',
        'expected the packages @observablehq/plot and linkedom for the report, found one missing. Run: npm ci',
        { cause },
      );
    }
  }

  svg(label: string, options: PlotModule.PlotOptions): string {
    const figure = this.plot.plot({
      document: this.#document,
      width: WIDTH,
      style: STYLE,
      ariaLabel: label,
      color: { type: 'identity' },
      ...options,
    });
    return figure.outerHTML;
  }
}

/** Whole decades around what is positive of the values: one for all panels that are compared. */
export function domainOf(values: readonly number[]): Domain {
  const positive = values.filter((value) => value > 0);
  return [
    10 ** Math.floor(Math.log10(Math.min(...positive))),
    10 ** Math.ceil(Math.log10(Math.max(...positive)) - 1e-9),
  ];
}

/** Powers of ten within, as many as have room. */
export function ticksOf([low, high]: Domain, most: number = MOST_TICKS): number[] {
  const ticks: number[] = [];
  for (let tick = low; tick <= high * 1.0001; tick *= 10) ticks.push(tick);
  return thinned(ticks, most);
}

/** Every so many, so that there is room for their labels. */
export function thinned(ticks: readonly number[], most: number = MOST_TICKS): number[] {
  const step = Math.ceil(ticks.length / most);
  return ticks.filter((_, i) => i % step === 0);
}

/** The same without digits that say nothing: of ticks. Given as `text`, as a `tickFormat` of a logarithmic axis leaves ticks out. */
export function roundText(text: (value: number) => string): (value: number) => string {
  return (value) => text(value).replace(/\.0+ /, ' ');
}
