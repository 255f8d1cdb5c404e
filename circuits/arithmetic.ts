/**
 * Integer arithmetic on words of literals, least significant bit first, one AND a bit.
 *
 * Adder, comparator and multiplexer are those of Kolesnikov, Sadeghi and Schneider, CANS 2009
 * (https://eprint.iacr.org/2009/411), built on carry' = ((x ^ carry)(y ^ carry)) ^ carry. A public operand is a word of
 * constants: the builder folds what it makes cheaper.
 * @module
 */

import { FALSE, type Literal, TRUE, type Word } from '../src/core/gates.js';
import type { CircuitBuilder } from './builder.js';

/** The low `width` bits of a public integer (two's complement where negative). No gate. */
export function constantWord(value: bigint, width: number): Word {
  return Array.from({ length: width }, (_, i) => ((value >> BigInt(i)) & 1n ? TRUE : FALSE));
}

/** x + y + carry mod 2^m: m - 1 ANDs. */
export function add(builder: CircuitBuilder, x: Word, y: Word, carryIn: Literal = FALSE): Word {
  expectSameWidth(x, y);
  let carry = carryIn;
  return x.map((bit, i) => {
    const other = y[i]!;
    const sum = builder.xor(builder.xor(bit, carry), other);
    if (i + 1 < x.length) carry = majority(builder, bit, other, carry);
    return sum;
  });
}

/** x - y mod 2^m: m - 1 ANDs. */
export function subtract(builder: CircuitBuilder, x: Word, y: Word): Word {
  expectSameWidth(x, y);
  let borrow: Literal = FALSE;
  return x.map((bit, i) => {
    const other = y[i]!;
    const difference = builder.xor(builder.xor(bit, borrow), other);
    if (i + 1 < x.length) borrow = majority(builder, bit ^ 1, other, borrow);
    return difference;
  });
}

/** v_j = t_j - r_j mod 2^width, from value j of both parties: width - 1 ANDs. */
export function unmaskedValue(builder: CircuitBuilder, j: number, width: number): Word {
  return subtract(builder, builder.garblerWord(j * width, width), builder.evaluatorWord(j * width, width));
}

/** floor(x / 2^shift) of a two's complement word, as its m - shift significant bits: wiring only. */
export function shiftRight(x: Word, shift: number): Word {
  if (!(Number.isInteger(shift) && shift >= 0 && shift < x.length)) {
    throw new RangeError(`shift: expected an integer from 0 to ${x.length - 1}, got ${shift}`);
  }
  return x.slice(shift);
}

/** x < y, both unsigned (the borrow of x - y): n ANDs, fewer where a word is public. */
export function lessUnsigned(builder: CircuitBuilder, x: Word, y: Word): Literal {
  expectSameWidth(x, y);
  return x.reduce((borrow, bit, i) => majority(builder, bit ^ 1, y[i]!, borrow), FALSE);
}

/** x < y, both two's complement: n ANDs. Exact for all pairs, unlike the sign of x - y mod 2^n. */
export function lessSigned(builder: CircuitBuilder, x: Word, y: Word): Literal {
  // x + 2^(n-1) and y + 2^(n-1) are unsigned and in the same order
  return lessUnsigned(builder, flipTop(x), flipTop(y));
}

/** x where select holds, else y: n ANDs, one a bit that differs. */
export function muxWord(builder: CircuitBuilder, select: Literal, x: Word, y: Word): Word {
  expectSameWidth(x, y);
  return x.map((bit, i) => builder.mux(select, bit, y[i]!));
}

/** The larger of two two's complement words: 2n ANDs. */
export function maxSigned(builder: CircuitBuilder, x: Word, y: Word): Word {
  return muxWord(builder, lessSigned(builder, x, y), y, x);
}

/**
 * min(x, limit) for unsigned x and a public limit >= 0, as the bits that limit has: at most n - 2 ANDs to compare (a
 * run of equal low bits of the limit is free) and one for each bit of the limit.
 */
export function minConstant(builder: CircuitBuilder, x: Word, limit: bigint): Word {
  if (limit >= (1n << BigInt(x.length)) - 1n) return x;
  // x > limit and x > limit - 1 select the same minimum; the odd threshold ends in ones, which fold away
  const threshold = limit === 0n || limit & 1n ? limit : limit - 1n;
  const over = lessUnsigned(builder, constantWord(threshold, x.length), x);
  const width = limit === 0n ? 0 : limit.toString(2).length;
  return muxWord(builder, over, constantWord(limit, width), x.slice(0, width));
}

/** At least two of a, b, c: one AND. */
function majority(builder: CircuitBuilder, a: Literal, b: Literal, c: Literal): Literal {
  return builder.xor(builder.and(builder.xor(a, c), builder.xor(b, c)), c);
}

function flipTop(x: Word): Word {
  return x.map((bit, i) => (i === x.length - 1 ? bit ^ 1 : bit));
}

function expectSameWidth(x: Word, y: Word): void {
  if (x.length !== y.length) throw new RangeError(`words: expected equal widths, got ${x.length} and ${y.length}`);
}
