/**
 * Boolean functions as they ask for gates, whatever they become: a garbled table, a message among three parties.
 *
 * A literal is a wire, or its inverse; words are literals, least significant bit first.
 * @module
 */

export type Literal = number;
export type Word = readonly Literal[];

export const FALSE: Literal = 0;
export const TRUE: Literal = 1;

/** One term of an output word: coefficient * bit, where coefficient = 2^shift, or -2^shift where `negative`. */
export interface Term {
  readonly bit: Literal;
  readonly shift: number;
  readonly negative?: true;
}

/** sum(terms), or zero where there is a gate that does not hold. */
export interface Sum {
  readonly terms: readonly Term[];
  readonly gate?: Literal;
}

/** Gates, and arithmetic on words as cheap as the protocol allows: in few ANDs, or in few levels of them. */
export interface Gates {
  not(a: Literal): Literal;
  xor(a: Literal, b: Literal): Literal;
  and(a: Literal, b: Literal): Literal;
  /** x + y mod 2^m of words of m bits. */
  add(x: Word, y: Word): Word;
  /** min(x, limit) for unsigned x and a public limit, as the bits that the limit has. */
  minConstant(x: Word, limit: bigint): Word;
}
