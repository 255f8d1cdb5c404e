/**
 * Fits tables to a smooth function: straight lines within a quarter of a unit of the output where |f| <= 1, and within the same part of f
 * beyond (but for those that become a line); of the tables that do it those whose circuit has the fewest ANDs.
 * @module
 */
import type { Interval } from '../../../bounds.js';
import type { Fault, Scales } from '../activation.js';
import type { SmoothFunction } from './functions.js';
import {
  type FixedSmooth,
  MOST_ENTRY,
  MOST_INDEX_BITS,
  MOST_TABLE_BITS,
  magnitudeBits,
  mirrors,
  restWidth,
  type Segments,
  segmentAt,
  segmentCount,
} from './table.js';

/** In units of the output, or of f of them where that is more, before it is rounded to one. What is cut off on either side is off by as much again. */
const MOST_ERROR = 1 / 4;
/** Places of a segment where the line is held against the function; all of them in shorter ones. */
const SAMPLES = 17;
const MOST_SLOPE_BITS = 20;
/** Of the place in a segment: more would ask for finer slopes. */
const MOST_REST_BITS = 16;
/** Of the function, in units of the output. */
const MOST_VALUE = MOST_ENTRY / 2 ** (MOST_SLOPE_BITS + 2);
/** Octaves that are tried, beside as many as there can be; 0 has segments of one width. */
const OCTAVES = [0, 2, 3, 4, 6, 9, 12, 16, 20, 24];

/** Of a place in a segment: how far in, and the function there in units of the output. */
interface Sample {
  readonly rest: number;
  readonly value: number;
  /** How far off a line may be. */
  readonly tolerance: number;
}

interface SegmentSamples {
  /** From one input to the next. */
  readonly step: number;
  readonly places: readonly Sample[];
}

/** The tables for integers within `inputs`, or what is wrong with these. */
export function fitTable(f: SmoothFunction, scales: Scales, inputs: Interval): FixedSmooth | Fault {
  const valueAt = (x: number): number => f.at(x / 2 ** scales.input) * 2 ** scales.output;
  // what becomes a line far out is as exact as a line everywhere
  const toleranceOf = (value: number): number =>
    MOST_ERROR * (f.line ? 1 : Math.max(1, Math.abs(value) / 2 ** scales.output));
  const range = rangeOf(f, valueAt, inputs);
  if (range === undefined) return tooMuch(scales, inputs);
  const { low, bits } = range;
  const high = low + 2 ** bits - 1;
  const line = f.line && inputs.high > high;
  // what is clamped meets the ends of the table
  const met = {
    low: Math.min(Math.max(inputs.low, low), high),
    high: Math.min(Math.max(inputs.high, low), high),
  };
  let best: { readonly ands: number; readonly fixed: FixedSmooth } | undefined;
  for (const octaves of low === -(2 ** bits) ? [0] : OCTAVES) {
    let before = Number.POSITIVE_INFINITY;
    for (let indexBits = 0; indexBits <= MOST_INDEX_BITS; indexBits++) {
      const even = { low, bits, octaves, indexBits, restBits: 0 };
      if (indexBits > magnitudeBits(even) - 1 - octaves) break;
      if (best !== undefined && selectorAnds(even) > best.ands) break;
      const segments = { ...even, restBits: Math.min(restWidth(even), MOST_REST_BITS) };
      const samples = samplesOf(segments, valueAt, toleranceOf, met);
      if (samples === undefined) return tooMuch(scales, inputs);
      const lines = fewestBits(segments, samples);
      if (lines === undefined) continue;
      const fixed = { activation: 'smooth', line, ...lines } as const;
      const ands = andsOf(fixed);
      if (best === undefined || ands < best.ands) best = { ands, fixed };
      // more segments make the product smaller up to here alone
      if (ands > before) break;
      before = ands;
    }
  }
  return best?.fixed ?? tooMuch(scales, inputs);
}

function tooMuch(scales: Scales, inputs: Interval): Fault {
  return { field: 'inputs', expected: 'in a narrower range, or of fewer fraction bits', came: realsOf(scales, inputs) };
}

/** Inputs as a message tells them. */
export function realsOf({ input }: Scales, { low, high }: Interval): string {
  return [low, high].map((x) => (x / 2 ** input).toPrecision(3)).join(' to ');
}

/** The least range beyond which the function stands still, or is a line. */
function rangeOf(
  f: SmoothFunction,
  valueAt: (x: number) => number,
  { low: least, high: greatest }: Interval,
): Pick<Segments, 'low' | 'bits'> | undefined {
  const stands = (edge: number, end: number, line: boolean): boolean => {
    const offset = (x: number): number => valueAt(x) - (line ? x : 0);
    const far = Math.abs(end - edge);
    for (let step = 1; ; step *= Math.SQRT2) {
      const x = edge + Math.sign(end - edge) * Math.min(Math.round(step), far);
      if (!(Math.abs(offset(x) - offset(edge)) <= MOST_ERROR)) return false;
      if (step >= far) return true;
    }
  };
  for (let bits = 1; bits <= MOST_TABLE_BITS; bits++) {
    for (const low of [0, -(2 ** bits), -(2 ** (bits - 1))]) {
      const high = low + 2 ** bits - 1;
      if (f.line && high < 0) continue;
      const leftEnds = least >= low || stands(low, least, false);
      if (leftEnds && (greatest <= high || stands(high, greatest, f.line))) return { low, bits };
    }
  }
  return undefined;
}

/** Of every segment; none of one that no input meets. Undefined where the function leaves all scales. */
function samplesOf(
  segments: Segments,
  valueAt: (x: number) => number,
  toleranceOf: (value: number) => number,
  { low, high }: Interval,
): readonly SegmentSamples[] | undefined {
  const perUnit = restWidth(segments);
  const all: SegmentSamples[] = [];
  for (let index = 0; index < segmentCount(segments); index++) {
    const { first, last } = segmentAt(segments, index);
    const direction = Math.sign(last - first) || 1;
    const size = Math.abs(last - first) + 1;
    const step = 2 ** perUnit / size;
    const count = Math.min(size, SAMPLES);
    const samples: Sample[] = [];
    for (let i = 0; i < count; i++) {
      const place = count === 1 ? 0 : Math.round((i * (size - 1)) / (count - 1));
      const x = Math.min(Math.max(first + direction * place, low), high);
      const rest = (x - first) * direction;
      // of inputs that cannot be, those next to one that can
      if (rest < 0 || rest >= size || rest * step === samples.at(-1)?.rest) continue;
      const value = valueAt(x);
      if (!(Math.abs(value) < MOST_VALUE)) return undefined;
      samples.push({ rest: rest * step, value, tolerance: toleranceOf(value) });
    }
    all.push({ step, places: samples });
  }
  return all;
}

type Lines = Segments & Pick<FixedSmooth, 'slopeBits' | 'bases' | 'slopes'>;

/** Lines with as few bits of the place, and then of the slope, as the error allows. */
function fewestBits(segments: Segments, samples: readonly SegmentSamples[]): Lines | undefined {
  const finest = linesOf(segments, MOST_SLOPE_BITS, samples);
  if (finest === undefined) return undefined;
  const near = fewest(0, segments.restBits, finest, (restBits) =>
    linesOf({ ...segments, restBits }, MOST_SLOPE_BITS, samples),
  );
  return fewest(1, MOST_SLOPE_BITS, near, (slopeBits) => linesOf(near, slopeBits, samples));
}

/** What the least number gives something for, where more give it too; `most` gives `last`. */
function fewest<T>(least: number, most: number, last: T, attempt: (bits: number) => T | undefined): T {
  if (least >= most) return last;
  const middle = Math.floor((least + most) / 2);
  const found = attempt(middle);
  return found === undefined ? fewest(middle + 1, most, last, attempt) : fewest(least, middle, found, attempt);
}

/** A line for each segment, or undefined where one is off by too much. */
function linesOf(
  { low, bits, octaves, indexBits, restBits }: Segments,
  slopeBits: number,
  samples: readonly SegmentSamples[],
): Lines | undefined {
  const segments = { low, bits, octaves, indexBits, restBits };
  const unit = 2 ** slopeBits;
  const dropped = 2 ** (restWidth(segments) - restBits);
  const bases: number[] = [];
  const slopes: number[] = [];
  for (const { step, places } of samples) {
    if (places.length === 0) {
      bases.push(bases.at(-1) ?? 0);
      slopes.push(0);
      continue;
    }
    const first = places[0]!;
    const last = places.at(-1)!;
    // the chord's slope is the best line's where the function bends one way
    const run = (last.rest - first.rest) / dropped;
    const slope = run === 0 ? 0 : Math.round(((last.value - first.value) / run) * unit);
    // bits of the place that are dropped lower the line by a part of its slope
    const lowered = (slope / unit) * Math.max(0, 1 - step / dropped);
    let least = Number.NEGATIVE_INFINITY;
    let greatest = Number.POSITIVE_INFINITY;
    for (const { rest, value, tolerance } of places) {
      const above = value - ((slope / unit) * rest) / dropped;
      least = Math.max(least, above + Math.max(0, lowered) - tolerance);
      greatest = Math.min(greatest, above + Math.min(0, lowered) + tolerance);
    }
    const base = Math.round(((least + greatest) / 2) * unit);
    if (base / unit < least || base / unit > greatest) return undefined;
    bases.push(base + unit / 2);
    slopes.push(slope);
  }
  return { ...segments, slopeBits, bases, slopes };
}

/** ANDs that tell the segments apart. */
function selectorAnds(segments: Segments): number {
  const { octaves, indexBits } = segments;
  const places = 2 ** (indexBits + 1) - indexBits - 1;
  const joined = octaves + places + octaves * (2 ** indexBits - 1);
  const shifts = Math.ceil(Math.log2(octaves + 1)) * magnitudeBits(segments);
  return joined + shifts + (mirrors(segments) ? segmentCount(segments) / 2 - 1 : 0);
}

/** About as many ANDs as the circuit has beside clamp and line. */
function andsOf(fixed: FixedSmooth): number {
  const steepest = Math.max(...fixed.slopes.map(Math.abs));
  const slopeWidth = 2 + Math.ceil(Math.log2(steepest + 1));
  const valueWidth = 2 + Math.ceil(Math.log2(Math.max(...fixed.bases.map(Math.abs)) + 1));
  return selectorAnds(fixed) + fixed.restBits * slopeWidth + valueWidth;
}
