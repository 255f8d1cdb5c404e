/**
 * A function of integers by public tables: of segments, in each of which it is a straight line.
 *
 * The input is clamped to [low, low + 2^bits - 1] and becomes u >= 0 of `bits` bits. Where octaves = 0 all segments are as wide: the top
 * indexBits + 1 bits of u are the index. Else they halve toward zero: u is shifted left until its top bit is set, by `octaves` places at
 * most, as in a floating-point number that may be subnormal; negative inputs then have segments of their own, mirrored. The restBits bits
 * below the index are the place r in the segment, and
 *
 *   f = floor((bases[index] + slopes[index] * r) / 2^slopeBits), plus what the input is above the clamp where `line`.
 *
 * What rounds to the nearest is in the bases.
 * @module
 */
import type { Interval } from '../../../bounds.js';
import type { Fault } from '../activation.js';

/** How the bits of an input name a segment and a place in it. */
export interface Segments {
  readonly low: number;
  readonly bits: number;
  readonly octaves: number;
  readonly indexBits: number;
  readonly restBits: number;
}

export interface FixedSmooth extends Segments {
  readonly activation: 'smooth';
  readonly slopeBits: number;
  readonly line: boolean;
  readonly bases: readonly number[];
  readonly slopes: readonly number[];
}

export const MOST_TABLE_BITS = 30;
export const MOST_INDEX_BITS = 9;
const MOST_SLOPE_BITS = 24;
/** Of bases, and of slopes times places, so that sums are exact in doubles. */
export const MOST_ENTRY: number = 2 ** 51;

/** Whether negative inputs are mirrored. */
export function mirrors({ low, octaves }: Segments): boolean {
  return low < 0 && octaves > 0;
}

/** Bits of u. */
export function magnitudeBits(segments: Segments): number {
  return segments.bits - (mirrors(segments) ? 1 : 0);
}

/** Segments on one side. */
function segmentsAside({ octaves, indexBits }: Segments): number {
  return (octaves + 2) * 2 ** indexBits;
}

export function segmentCount(segments: Segments): number {
  return segmentsAside(segments) * (mirrors(segments) ? 2 : 1);
}

/** The inputs of a segment: first and last, in the order of r. */
export function segmentAt(segments: Segments, index: number): { readonly first: number; readonly last: number } {
  const { low, octaves, indexBits } = segments;
  const aside = segmentsAside(segments);
  const place = index % aside;
  const octave = Math.max(0, Math.floor(place / 2 ** indexBits) - 1);
  const width = 2 ** (restWidth(segments) - (octaves - octave));
  const u = (place - octave * 2 ** indexBits) * width;
  if (!mirrors(segments)) return { first: u + low, last: u + low + width - 1 };
  return index < aside ? { first: u, last: u + width - 1 } : { first: -1 - u, last: -u - width };
}

/** Of an input that is clamped. */
export function locate(segments: Segments, clamped: number): { readonly index: number; readonly rest: number } {
  const { low, octaves, indexBits, restBits } = segments;
  const mirrored = mirrors(segments) && clamped < 0;
  const u = mirrors(segments) ? (mirrored ? -1 - clamped : clamped) : clamped - low;
  const shift = Math.min(magnitudeBits(segments) - (32 - Math.clz32(u)), octaves);
  const width = restWidth(segments);
  const top = Math.floor(u / 2 ** (width - shift));
  const rest = Math.floor((u * 2 ** shift - top * 2 ** width) / 2 ** (width - restBits));
  return { index: (octaves - shift) * 2 ** indexBits + top + (mirrored ? segmentsAside(segments) : 0), rest };
}

/** Bits of u below the index, once u is shifted. */
export function restWidth(segments: Segments): number {
  return magnitudeBits(segments) - segments.indexBits - 1;
}

/** f of an integer held in a double. */
export function applyTable(value: number, fixed: FixedSmooth): number {
  const high = fixed.low + 2 ** fixed.bits - 1;
  const inside = valueInside(fixed, Math.min(Math.max(value, fixed.low), high));
  return fixed.line && value > high ? inside + (value - high) : inside;
}

function valueInside(fixed: FixedSmooth, clamped: number): number {
  const { index, rest } = locate(fixed, clamped);
  return Math.floor((fixed.bases[index]! + fixed.slopes[index]! * rest) / 2 ** fixed.slopeBits);
}

/** f of every input that is not clamped, the least first. */
export function valuesOf(fixed: FixedSmooth): Float64Array {
  return Float64Array.from({ length: 2 ** fixed.bits }, (_, i) => valueInside(fixed, fixed.low + i));
}

/** The least and the greatest f of inputs from low to high: it is so at an end of a segment, or of the inputs. */
export function tableBounds(fixed: FixedSmooth): (low: number, high: number) => Interval {
  const ends = fixed.bases.flatMap((_, index) => {
    const { first, last } = segmentAt(fixed, index);
    return [first, last];
  });
  const values = ends.map((at) => valueInside(fixed, at));
  return (low, high) => {
    const atEnds = [applyTable(low, fixed), applyTable(high, fixed)];
    let least = Math.min(...atEnds);
    let greatest = Math.max(...atEnds);
    for (let i = 0; i < ends.length; i++) {
      if (ends[i]! < low || ends[i]! > high) continue;
      least = Math.min(least, values[i]!);
      greatest = Math.max(greatest, values[i]!);
    }
    return { low: least, high: greatest };
  };
}

export function tableFault(fixed: FixedSmooth): Fault | undefined {
  const { low, bits, octaves, indexBits, restBits, slopeBits, line, bases, slopes } = fixed;
  const integer = (field: string, came: number, least: number, most: number): Fault | undefined =>
    Number.isInteger(came) && came >= least && came <= most
      ? undefined
      : { field, expected: `an integer from ${least} to ${most}`, came };
  const shape =
    integer('bits', bits, 1, MOST_TABLE_BITS) ??
    ([0, -(2 ** (bits - 1)), -(2 ** bits)].includes(low)
      ? undefined
      : { field: 'low', expected: '0, -2^(bits - 1) or -2^bits', came: low }) ??
    integer('octaves', octaves, 0, low === -(2 ** bits) ? 0 : magnitudeBits(fixed) - 1) ??
    integer('indexBits', indexBits, 0, Math.min(MOST_INDEX_BITS, magnitudeBits(fixed) - 1 - octaves)) ??
    integer('restBits', restBits, 0, restWidth(fixed)) ??
    integer('slopeBits', slopeBits, 0, MOST_SLOPE_BITS);
  if (shape !== undefined) return shape;
  if (typeof line !== 'boolean' || (line && low === -(2 ** bits))) {
    return { field: 'line', expected: 'true or false, and false of negative inputs alone', came: line };
  }
  const count = segmentCount(fixed);
  for (const [field, entries, most] of [
    ['bases', bases, MOST_ENTRY],
    ['slopes', slopes, MOST_ENTRY / 2 ** restBits],
  ] as const) {
    if (!Array.isArray(entries) || entries.length !== count) {
      return { field, expected: `${count} integers`, came: Array.isArray(entries) ? entries.length : entries };
    }
    const wrong = entries.find((entry) => !Number.isInteger(entry) || Math.abs(entry) > most);
    if (wrong !== undefined) return { field, expected: 'integers that fit', came: wrong };
  }
  return undefined;
}
