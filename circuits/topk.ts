/**
 * Indices of the largest of masked signed inputs v_j = t_j - r_j mod 2^width, ties to the lowest index.
 *
 * Two exact ways, and the one with fewer ANDs is taken. *Selection*: the best `count` of each half are merged by
 * Batcher's odd-even merge (AFIPS 1968; Knuth, TAOCP 3, 5.3.4); for count = 1 that is a tournament. *Ranking*: every
 * pair is compared once, a value's rank is the number of values that beat it, no value moves; it wins where count is
 * near a small number of values.
 * @module
 */

import { FALSE, type Literal, TRUE, type Word } from '../src/core/gates.js';
import { add, constantWord, lessSigned, muxWord, unmaskedValue } from './arithmetic.js';
import { CircuitBuilder } from './builder.js';
import { andCount, type Circuit, type Output } from './circuit.js';
import type { TopKSpec } from './spec.js';

/** Ranking grows with the square of the values: beyond this many, selection has fewer ANDs in any case. */
const MAX_RANKED_VALUES = 64;
/** Ranking at any price up to here. */
const MAX_FLAT_VALUES = 16;

/** A value on its way through the network. Its index is constant until a value of another index may stand here. */
interface Candidate {
  readonly value: Word;
  readonly index: Word;
}

/**
 * The circuit of a valid spec (build.ts). An argmax has values * (width - 1) ANDs to unmask, (values - 1) * width to
 * compare, (values - 2) * width to carry values on, and the muxes of those index bits that differ within a half.
 */
export function buildTopK(spec: TopKSpec): Circuit {
  return topKCircuit(spec, { value: unmaskedValue, lessSigned, flat: false });
}

/** What the inputs are and how they are compared. */
export interface TopKStyle {
  readonly value: (builder: CircuitBuilder, j: number, width: number) => Word;
  readonly lessSigned: (builder: CircuitBuilder, x: Word, y: Word) => Literal;
  /** Few values are ranked even where that takes more ANDs: all comparisons are made at once. */
  readonly flat: boolean;
}

/** The circuit in a style of its own. */
export function topKCircuit(spec: TopKSpec, style: TopKStyle): Circuit {
  if (style.flat && spec.values <= MAX_FLAT_VALUES) return buildWith(spec, style, rankIndices);
  const selection = buildWith(spec, style, selectIndices);
  if (spec.count === 1 || spec.values > MAX_RANKED_VALUES) return selection;
  const ranking = buildWith(spec, style, rankIndices);
  return andCount(ranking) < andCount(selection) ? ranking : selection;
}

type Method = (builder: CircuitBuilder, spec: TopKSpec, style: TopKStyle) => Word[];

function buildWith(spec: TopKSpec, style: TopKStyle, indices: Method): Circuit {
  const { values, width, outBits } = spec;
  const builder = new CircuitBuilder(values * width, values * width);
  const outputs = indices(builder, spec, style).map((index): Output => {
    return { kind: 'word', width: outBits, terms: index.map((bit, shift) => ({ bit, shift })) };
  });
  return builder.build(outputs);
}

function selectIndices(builder: CircuitBuilder, spec: TopKSpec, style: TopKStyle): Word[] {
  const bits = indexBits(spec.values);
  const best = (from: number, to: number): Candidate[] => {
    const index = constantWord(BigInt(from), bits);
    if (to - from === 1) return [{ value: style.value(builder, from, spec.width), index }];
    // the largest power of two below: indices of the two halves then differ in a constant bit, which settles ties
    const half = 1 << (31 - Math.clz32(to - from - 1));
    return merge(builder, style, best(from, from + half), best(from + half, to)).slice(0, spec.count);
  };
  return best(0, spec.values).map((candidate) => candidate.index);
}

/** Batcher's odd-even merge of two lists sorted in descending order, of any lengths. */
function merge(
  builder: CircuitBuilder,
  style: TopKStyle,
  a: readonly Candidate[],
  b: readonly Candidate[],
): Candidate[] {
  if (a.length === 0 || b.length === 0) return [...a, ...b];
  if (a.length === 1 && b.length === 1) return exchange(builder, style, a[0]!, b[0]!);
  const even = merge(builder, style, everyOther(a, 0), everyOther(b, 0));
  const odd = merge(builder, style, everyOther(a, 1), everyOther(b, 1));
  const merged = [even[0]!];
  for (let i = 0; i < odd.length || i + 1 < even.length; i++) {
    const [x, y] = [odd[i], even[i + 1]];
    merged.push(...(x && y ? exchange(builder, style, x, y) : [(x ?? y)!]));
  }
  return merged;
}

/** The larger first, on a tie the lower index: 2 ANDs a bit of value and of index, fewer where indices are known. */
function exchange(builder: CircuitBuilder, style: TopKStyle, a: Candidate, b: Candidate): [Candidate, Candidate] {
  const swap = style.lessSigned(builder, sortKey(a), sortKey(b));
  const either = (x: Candidate, y: Candidate): Candidate => ({
    value: muxWord(builder, swap, x.value, y.value),
    index: muxWord(builder, swap, x.index, y.index),
  });
  return [either(b, a), either(a, b)];
}

function sortKey(candidate: Candidate): Word {
  return [...candidate.index.map((bit) => bit ^ 1), ...candidate.value];
}

function rankIndices(builder: CircuitBuilder, spec: TopKSpec, style: TopKStyle): Word[] {
  const { values, width, count } = spec;
  const inputs: Word[] = [];
  const beatenBy: Literal[][] = [];
  for (let j = 0; j < values; j++) {
    inputs.push(style.value(builder, j, width));
    beatenBy.push([]);
    for (let i = 0; i < j; i++) {
      // the later value wins only where it is strictly larger
      const later = style.lessSigned(builder, inputs[i]!, inputs[j]!);
      beatenBy[i]!.push(later);
      beatenBy[j]!.push(later ^ 1);
    }
  }
  const bits = indexBits(values);
  const indices = Array.from({ length: count }, () => Array.from({ length: bits }, (): Literal => FALSE));
  beatenBy.forEach((losses, j) => {
    for (const [place, here] of placesOf(builder, losses, count).entries()) {
      // one value alone has this place, so the sum of the masked indices is their XOR
      for (let s = 0; s < bits; s++) if ((j >> s) & 1) indices[place]![s] = builder.xor(indices[place]![s]!, here);
    }
  });
  return indices;
}

/** For each of the first `count` places whether it is that of a value with these losses. */
function placesOf(builder: CircuitBuilder, losses: readonly Literal[], count: number): Literal[] {
  // the best loses to none: a tree of ANDs is shallower than a count, and smaller
  if (count === 1) return [noneOf(builder, losses)];
  const rank = bitCount(builder, losses);
  return Array.from({ length: count }, (_, place) => equalsConstant(builder, rank, place));
}

function noneOf(builder: CircuitBuilder, literals: readonly Literal[]): Literal {
  if (literals.length === 0) return TRUE;
  if (literals.length === 1) return literals[0]! ^ 1;
  const half = literals.length >> 1;
  return builder.and(noneOf(builder, literals.slice(0, half)), noneOf(builder, literals.slice(half)));
}

/**
 * How many of n literals hold: n minus the number of ones in n, ANDs (Boyar and Peralta, "Tight bounds for the
 * multiplicative complexity of symmetric functions", 2008).
 */
function bitCount(builder: CircuitBuilder, literals: readonly Literal[]): Word {
  if (literals.length <= 1) return literals;
  const half = literals.length >> 1;
  const [x, y] = [bitCount(builder, literals.slice(1, half + 1)), bitCount(builder, literals.slice(half + 1))];
  const width = indexBits(literals.length + 1);
  return add(builder, widened(x, width), widened(y, width), literals[0]);
}

/** Whether a word equals a public number: n - 1 ANDs, shared between numbers with equal upper bits. */
function equalsConstant(builder: CircuitBuilder, x: Word, value: number): Literal {
  return x.reduceRight((equal, bit, i) => builder.and(equal, bit ^ (~(value >> i) & 1)), TRUE);
}

function widened(x: Word, width: number): Word {
  return [...x, ...Array.from({ length: width - x.length }, (): Literal => FALSE)];
}

function everyOther<T>(list: readonly T[], first: number): T[] {
  return list.filter((_, i) => i % 2 === first);
}

/** ceil(log2(values)): the bits that tell 0..values-1 apart. */
function indexBits(values: number): number {
  return 32 - Math.clz32(values - 1);
}
