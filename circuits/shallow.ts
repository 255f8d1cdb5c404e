/**
 * Integer arithmetic in logarithmic AND depth: where every level of ANDs is a message, depth costs more than gates.
 *
 * Carries are prefixes of (generate, propagate) pairs, here in Sklansky's arrangement (IRE Trans. EC-9, 1960): the least depth,
 * and fewer ANDs than Kogge and Stone's (for all carries of 32 bits 121 to 161 in groups as here, 151 to 249 one by one), whose smaller
 * fan-out buys nothing in a circuit that is evaluated by messages (bench/adders.ts measures both).
 * @module
 */

import { FALSE, type Literal, TRUE, type Word } from '../src/core/gates.js';
import { muxWord } from './arithmetic.js';
import type { CircuitBuilder } from './builder.js';

/** What a run of bits does to a carry: makes one, or lets one through; never both. */
export interface Span {
  readonly generate: Literal;
  readonly propagate: Literal;
}

/** A run of bits and the one below it as one. */
export function join(builder: CircuitBuilder, high: Span, low: Span): Span {
  return {
    generate: builder.xor(high.generate, builder.and(high.propagate, low.generate)),
    propagate: builder.and(high.propagate, low.propagate),
  };
}

/** All spans as one, by a tree. */
function total(builder: CircuitBuilder, spans: readonly Span[]): Span {
  if (spans.length === 1) return spans[0]!;
  const half = spans.length >> 1;
  // the upper half is the shorter one, so that the lowest run, which needs no propagate, is the longest
  return join(builder, total(builder, spans.slice(spans.length - half)), total(builder, spans.slice(0, -half)));
}

/** Larger groups would save a level more, but their products grow faster than the levels that they save. */
export const MOST_GROUP_BITS = 4;

/** Entry k of each group, which spans its bits 0..k, widened to all bits below. */
export type Prefixes = (builder: CircuitBuilder, groups: readonly (readonly Span[])[]) => (readonly Span[])[];

/**
 * The carries into bits 1..m of a + b, in 1 + ceil(log2(groups)) levels. What a group of bits does to a carry is a sum of products of
 * something that only a decides and something that only b decides: each side multiplies out its own bits alone, and a sum of products
 * is one message. So a group costs one level, whatever its size; a group of k bits has 2^k - 1 such products on each side.
 */
export function carries(
  builder: CircuitBuilder,
  a: Word,
  b: Word,
  prefixes: Prefixes = sklansky,
  mostBits: number = MOST_GROUP_BITS,
): Literal[] {
  const groups = groupsOf(a.length, mostBits).map(({ from, to }) =>
    groupSpans(builder, a.slice(from, to), b.slice(from, to)),
  );
  return prefixes(builder, groups)
    .flat()
    .map((span) => span.generate);
}

/** As few levels as groups of at most `mostBits` allow, by groups as small as that allows. */
function groupsOf(bits: number, mostBits: number): { from: number; to: number }[] {
  const levels = (size: number): number => Math.ceil(Math.log2(Math.ceil(bits / size)));
  let size = mostBits;
  while (size > 1 && levels(size - 1) === levels(mostBits)) size--;
  const count = Math.ceil(bits / size);
  const start = (group: number): number => Math.floor((group * bits) / count);
  return Array.from({ length: count }, (_, group) => ({ from: start(group), to: start(group + 1) }));
}

/** A sum of products (p, q) of what a decides and what b decides. */
type Products = readonly (readonly [p: Literal, q: Literal])[];

/** Entry k spans the group's bits 0..k, in one level. */
function groupSpans(builder: CircuitBuilder, a: Word, b: Word): Span[] {
  const times = (x: Products, y: Products): Products =>
    x.flatMap(([p, q]) => y.map(([r, s]) => [builder.and(p, r), builder.and(q, s)] as const));
  const sum = (products: Products): Literal => {
    // products that are no product are shared already: they come last, so that the others stay together
    const [pure, mixed] = [true, false].map((wanted) =>
      products.filter(([p, q]) => (p === TRUE || q === TRUE) === wanted).map(([p, q]) => builder.and(p, q)),
    ) as [Literal[], Literal[]];
    return [...mixed, ...pure].reduce((x, y) => builder.xor(x, y), FALSE);
  };
  let generate: Products = [];
  let propagate: Products = [[TRUE, TRUE]];
  return a.map((bit, k) => {
    const own: Products = [
      [bit, TRUE],
      [TRUE, b[k]!],
    ];
    generate = [[bit, b[k]!], ...times(own, generate)];
    propagate = times(own, propagate);
    return { generate: sum(generate), propagate: sum(propagate) };
  });
}

/** Sklansky's prefixes over groups: all entries of the upper half are joined with the whole lower half. */
export const sklansky: Prefixes = (builder, groups) => {
  if (groups.length <= 1) return [...groups];
  const half = (groups.length + 1) >> 1;
  const low = sklansky(builder, groups.slice(0, half));
  const last = low[half - 1]!.at(-1)!;
  const high = sklansky(builder, groups.slice(half));
  return [...low, ...high.map((spans) => spans.map((span) => join(builder, span, last)))];
};

/** a + b mod 2^m where one party knows a and others know b. */
export function addShallow(builder: CircuitBuilder, x: Word, y: Word, mostBits: number = MOST_GROUP_BITS): Word {
  const into = carries(builder, x.slice(0, -1), y.slice(0, -1), sklansky, mostBits);
  return x.map((bit, k) => {
    const sum = builder.xor(bit, y[k]!);
    return k === 0 ? sum : builder.xor(sum, into[k - 1]!);
  });
}

/** x + y mod 2^m of two words that no party knows, in 1 + ceil(log2(m - 1)) levels. */
export function addShared(builder: CircuitBuilder, x: Word, y: Word): Word {
  const sums = x.map((bit, k) => builder.xor(bit, y[k]!));
  const spans = sums.slice(0, -1).map((propagate, k): readonly Span[] => {
    return [{ generate: builder.and(x[k]!, y[k]!), propagate }];
  });
  const into = sklansky(builder, spans).flat();
  return sums.map((sum, k) => (k === 0 ? sum : builder.xor(sum, into[k - 1]!.generate)));
}

/** x < y, both two's complement, in 1 + ceil(log2 n) levels. Exact for all pairs. */
export function lessShallow(builder: CircuitBuilder, x: Word, y: Word): Literal {
  const spans = x.map((bit, k): Span => {
    const other = y[k]!;
    const top = k === x.length - 1;
    // a borrow is made where x has 0 and y has 1; the sign bits weigh the other way
    const generate = top ? builder.and(bit, other ^ 1) : builder.and(bit ^ 1, other);
    return { generate, propagate: builder.xor(bit, other) ^ 1 };
  });
  return total(builder, spans).generate;
}

/** The larger of two two's complement words. */
export function maxShallow(builder: CircuitBuilder, x: Word, y: Word): Word {
  return muxWord(builder, lessShallow(builder, x, y), y, x);
}

/** min(x, limit) for unsigned x and a public limit, as the bits that the limit has. */
export function minConstantShallow(builder: CircuitBuilder, x: Word, limit: bigint): Word {
  if (limit >= (1n << BigInt(x.length)) - 1n) return x;
  const width = limit === 0n ? 0 : limit.toString(2).length;
  const bitOf = (k: number): Literal => ((limit >> BigInt(k)) & 1n ? TRUE : FALSE);
  const spans = x.map((bit, k): Span => {
    const constant = bitOf(k);
    return { generate: builder.and(constant ^ 1, bit), propagate: builder.xor(bit, constant) ^ 1 };
  });
  const over = total(builder, spans).generate;
  return x.slice(0, width).map((bit, k) => builder.mux(over, bitOf(k), bit));
}
