/** A value brought to a power-of-two range: as a word of literals, and in the ring. @module */
import type { Gates, Literal, Word } from '../../../core/gates.js';
import type { RingBits } from '../../../core/ring.js';

/** What doubles hold, a bit spared. */
const EXACT = 2 ** 52;

export interface Clamped {
  /** The low bits of the clamped value, which tell it. */
  readonly word: Word;
  /** Whether it was above. */
  readonly over: Literal;
}

/** min(max(x, low), low + 2^bits - 1), low one of 0, -2^(bits-1) and -2^bits: an AND for each bit of a word that may be outside. */
export function clampWord(gates: Gates, value: Word, bits: number, low: number): Clamped {
  const sign = value.at(-1)!;
  const extended = [...value, ...Array.from({ length: Math.max(0, bits + 1 - value.length) }, () => sign)];
  const isSigned = low === -(2 ** (bits - 1));
  // inside, these are all as the sign of the range is
  const upper = extended.slice(isSigned ? bits - 1 : bits);
  const outside = anyOf(
    gates,
    upper.map((bit) => (isSigned ? gates.xor(bit, sign) : low === 0 ? bit : gates.not(bit))),
  );
  const end = gates.not(sign);
  const inside = extended.slice(0, isSigned ? bits - 1 : bits);
  const word = inside.map((bit) => gates.xor(bit, gates.and(outside, gates.xor(bit, end))));
  return { word: isSigned ? [...word, sign] : word, over: gates.and(outside, end) };
}

/** A word brought to `bits` signed bits, if it has more. */
export function saturateWord(gates: Gates, value: Word, bits: number): Word {
  return value.length <= bits ? value : clampWord(gates, value, bits, -(2 ** (bits - 1))).word;
}

function anyOf(gates: Gates, bits: Word): Literal {
  if (bits.length === 1) return bits[0]!;
  const half = bits.length >> 1;
  return gates.not(gates.and(gates.not(anyOf(gates, bits.slice(0, half))), gates.not(anyOf(gates, bits.slice(half)))));
}

/** Every element, in place, brought to `width` signed bits; says how many then are at an end. */
export function saturateWords(ring: RingBits, words: Uint32Array, width: number): number {
  const half = 2 ** (width - 1);
  let ends = 0;
  if (ring === 32) {
    for (let i = 0; i < words.length; i++) {
      const value = Math.min(Math.max(words[i]! | 0, -half), half - 1);
      if (value === -half || value === half - 1) ends++;
      words[i] = value;
    }
    return ends;
  }
  const [least, greatest] = [BigInt(-half), BigInt(half) - 1n];
  for (let i = 0; i < words.length; i += 2) {
    const near = (words[i + 1]! | 0) * 2 ** 32 + words[i]!;
    if (Math.abs(near) <= EXACT) {
      const clamped = Math.min(Math.max(near, -half), half - 1);
      if (clamped === -half || clamped === half - 1) ends++;
      words[i] = clamped;
      words[i + 1] = Math.floor(clamped / 2 ** 32);
      continue;
    }
    const value = (BigInt(words[i + 1]! | 0) << 32n) | BigInt(words[i]!);
    const clamped = value < least ? least : value > greatest ? greatest : value;
    if (clamped === least || clamped === greatest) ends++;
    words[i] = Number(BigInt.asUintN(32, clamped));
    words[i + 1] = Number(BigInt.asUintN(32, clamped >> 32n));
  }
  return ends;
}
