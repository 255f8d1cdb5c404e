/**
 * The circuit of a table. Which segment it is costs about an AND a segment, what stands in the table then is XORs alone.
 *
 * The product needs no AND for its partial products. With s' = s + 2^(p-1) of p bits and M = 2^t - 1 - r, whose bits are those of r
 * inverted, a row s' ^ M_j is s' where r_j = 1 and 2^p - 1 - s' elsewhere, so that
 *
 *   2 s r = sum_j 2^j (s' ^ M_j) + M + (2^t - 1)(s' - 2^p)
 *
 * and the last part is public for each segment.
 * @module
 */
import { FALSE, type Gates, type Literal, type Sum, type Term, TRUE, type Word } from '../../../../core/gates.js';
import { clampWord } from '../saturate.js';
import { signed, sumOf, wordOf } from '../words.js';
import { type FixedSmooth, magnitudeBits, mirrors, restWidth } from './table.js';

export function tableCircuit(gates: Gates, value: Word, fixed: FixedSmooth): Sum {
  const { word, over } = clampWord(gates, value, fixed.bits, fixed.low);
  const { selectors, rest } = place(gates, word, fixed);
  const inside = signed(lineAt(gates, selectors, rest, fixed));
  return { terms: fixed.line ? [...inside, ...above(gates, value, over, fixed)] : inside };
}

interface Place {
  /** Of each segment, whether it is this. */
  readonly selectors: readonly Literal[];
  readonly rest: Word;
}

function place(gates: Gates, clamped: Word, fixed: FixedSmooth): Place {
  const { low, indexBits, restBits } = fixed;
  const sign = clamped.at(-1)!;
  const isSigned = low === -(2 ** (fixed.bits - 1));
  const mirrored = mirrors(fixed);
  // u: the distance from `low`, or from zero
  const u = mirrored
    ? clamped.slice(0, -1).map((bit) => gates.xor(bit, sign))
    : isSigned
      ? [...clamped.slice(0, -1), gates.not(sign)]
      : clamped;
  const { shifted, octaves } = normalise(gates, u, fixed.octaves);
  const width = restWidth(fixed);
  const leading = shifted[magnitudeBits(fixed) - 1]!;
  const places = selectorsOf(gates, shifted.slice(width, width + indexBits));
  const [lowest, ...others] = octaves.map((octave) => products(gates, places, octave));
  // of the lowest octave the leading bit may be zero
  const subnormal = lowest!.map((literal) => gates.and(literal, gates.not(leading)));
  const normal = lowest!.map((literal, i) => gates.xor(literal, subnormal[i]!));
  const aside = [...subnormal, ...normal, ...others.flat()];
  const negative = mirrored ? products(gates, aside, sign) : [];
  const selectors = mirrored ? [...aside.map((literal, i) => gates.xor(literal, negative[i]!)), ...negative] : aside;
  return { selectors, rest: shifted.slice(width - restBits, width) };
}

interface Normalised {
  readonly shifted: Word;
  /** Of every number of places, the most first, whether it was shifted by so many. */
  readonly octaves: readonly Literal[];
}

/** u shifted left until its top bit is set, by `most` places at most. */
function normalise(gates: Gates, u: Word, most: number): Normalised {
  let shifted = u;
  const stages = stagesOf(most);
  const shifts = stages.map((by) => {
    const empty = allOf(
      gates,
      shifted.slice(-by).map((bit) => gates.not(bit)),
    );
    const before = shifted;
    shifted = before.map((bit, i) => gates.xor(bit, gates.and(empty, gates.xor(bit, before[i - by] ?? FALSE))));
    return empty;
  });
  const selectors = selectorsOf(gates, shifts);
  const octaves = Array.from({ length: most + 1 }, (_, i) => selectors[shiftsFor(stages, most - i)]!);
  return { shifted, octaves };
}

/** Which stages shift where the whole shift is by so many places, a bit each: a stage shifts wherever it can. */
function shiftsFor(stages: readonly number[], places: number): number {
  let left = places;
  let shifts = 0;
  for (const [k, by] of stages.entries()) {
    if (left < by) continue;
    left -= by;
    shifts |= 1 << k;
  }
  return shifts;
}

/** Steps that sum up to `most`: powers of two but for the first, which is what is left. */
function stagesOf(most: number): readonly number[] {
  if (most === 0) return [];
  const count = 32 - Math.clz32(most);
  const powers = Array.from({ length: count - 1 }, (_, k) => 2 ** (count - 2 - k));
  return [most - (2 ** (count - 1) - 1), ...powers];
}

function allOf(gates: Gates, bits: Word): Literal {
  if (bits.length === 1) return bits[0]!;
  const half = bits.length >> 1;
  return gates.and(allOf(gates, bits.slice(0, half)), allOf(gates, bits.slice(half)));
}

/** For every number that the bits can be, whether they are it: 2^s - s - 1 ANDs in ceil(log2 s) levels. */
function selectorsOf(gates: Gates, bits: Word): Literal[] {
  if (bits.length === 0) return [TRUE];
  if (bits.length === 1) return [gates.not(bits[0]!), bits[0]!];
  const half = bits.length >> 1;
  const low = selectorsOf(gates, bits.slice(0, half));
  const high = selectorsOf(gates, bits.slice(half));
  const rows = high.slice(0, -1).map((one) => products(gates, low, one));
  // one of `high` holds: what the others leave is the last one's
  const last = low.map((literal, i) => rows.reduce((left, row) => gates.xor(left, row[i]!), literal));
  return [...rows.flat(), ...last];
}

/** x_i and y, of x of which exactly one holds: the last is what the others leave. */
function products(gates: Gates, x: readonly Literal[], y: Literal): Literal[] {
  const all = x.slice(0, -1).map((literal) => gates.and(literal, y));
  return [...all, all.reduce((left, literal) => gates.xor(left, literal), y)];
}

/** floor((base + slope * r) / 2^slopeBits) of the segment, as a two's complement word. */
function lineAt(gates: Gates, selectors: readonly Literal[], rest: Word, fixed: FixedSmooth): Word {
  const { bases, slopes, slopeBits, restBits } = fixed;
  const lookUp = (width: number, entryAt: (index: number) => bigint): Word => {
    const entries = bases.map((_, index) => BigInt.asUintN(width, entryAt(index)));
    return wordOf(width, (bit) => oneOf(gates, selectors, (index) => ((entries[index]! >> BigInt(bit)) & 1n) === 1n));
  };
  const width = valueWidth(fixed) + slopeBits + 1;
  const slopeWidth = 1 + Math.max(...slopes.map((slope) => bitLength(slope)));
  const places = 2n ** BigInt(restBits) - 1n;
  const offset = (index: number): bigint => BigInt(slopes[index]!) + 2n ** BigInt(slopeWidth - 1);
  const base = lookUp(width, (index) => {
    return 2n * BigInt(bases[index]!) + places * (offset(index) - 2n ** BigInt(slopeWidth));
  });
  if (restBits === 0) return base.slice(slopeBits + 1);
  const slope = lookUp(slopeWidth, offset);
  const inverted = rest.map((bit) => gates.not(bit));
  const rows = inverted.map((bit, j) =>
    wordOf(width, (k) => (k >= j && k < j + slopeWidth ? gates.xor(slope[k - j]!, bit) : FALSE)),
  );
  const words = [...rows, wordOf(width, (k) => inverted[k] ?? FALSE), base];
  return sumOf(gates, words).slice(slopeBits + 1);
}

/** Of the entries that are ones whether it is one of these: the fewer, or what the others leave. */
function oneOf(gates: Gates, selectors: readonly Literal[], isOne: (index: number) => boolean): Literal {
  const ones = selectors.filter((_, index) => isOne(index));
  const few = 2 * ones.length <= selectors.length;
  const sum = (few ? ones : selectors.filter((_, index) => !isOne(index))).reduce((x, y) => gates.xor(x, y), FALSE);
  return few ? sum : gates.not(sum);
}

/** Bits of the value within the table, its sign included. */
function valueWidth({ bases, slopes, slopeBits, restBits }: FixedSmooth): number {
  const ends = bases.flatMap((base, i) => [base, base + slopes[i]! * (2 ** restBits - 1)]);
  return 1 + Math.max(...ends.map((end) => bitLength(Math.floor(end / 2 ** slopeBits))));
}

/** Of a two's complement word without its sign. */
function bitLength(value: number): number {
  const magnitude = BigInt(value < 0 ? -value - 1 : value);
  return magnitude === 0n ? 0 : magnitude.toString(2).length;
}

/** What the value is above the clamp. */
function above(gates: Gates, value: Word, over: Literal, { low, bits }: FixedSmooth): readonly Term[] {
  const highBits = low === 0 ? bits : bits - 1;
  return [
    ...value.slice(0, -1).map((bit, shift) => ({ bit: gates.and(over, bit), shift })),
    // -(2^highBits - 1)
    { bit: over, shift: highBits, negative: true },
    { bit: over, shift: 0 },
  ];
}
