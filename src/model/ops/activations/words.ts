/** What activations have in common on ring words and on words of literals. @module */
import { FALSE, type Gates, type Literal, type Term, type Word } from '../../../core/gates.js';
import type { RingBits } from '../../../core/ring.js';

/** The bits of an unsigned word, each at its weight. */
export function weighted(bits: Word): readonly Term[] {
  return bits.map((bit, shift) => ({ bit, shift }));
}

/** A two's complement word: its sign bit weighs -2^(n-1). */
export function signed(value: Word): readonly Term[] {
  const magnitude = value.length - 1;
  return [...weighted(value.slice(0, magnitude)), { bit: value[magnitude]!, shift: magnitude, negative: true }];
}

/** min(max(x, 0), most) of every element, in place; without `most` no upper bound. */
export function clampWords(bits: RingBits, words: Uint32Array, most?: number): void {
  if (bits === 32) clamp32(words, most ?? 0x7fffffff);
  else clamp64(words, most);
}

function clamp32(words: Uint32Array, most: number): void {
  const signed = new Int32Array(words.buffer, words.byteOffset, words.length);
  for (let i = 0; i < signed.length; i++) signed[i] = Math.min(Math.max(signed[i]!, 0), most);
}

function clamp64(words: Uint32Array, most: number | undefined): void {
  const mostLow = most === undefined ? 0xffffffff : most % 2 ** 32;
  const mostHigh = most === undefined ? 0x7fffffff : Math.floor(most / 2 ** 32);
  for (let i = 0; i < words.length; i += 2) {
    const high = words[i + 1]! | 0;
    if (high < 0) {
      words[i] = 0;
      words[i + 1] = 0;
    } else if (high > mostHigh || (high === mostHigh && words[i]! > mostLow)) {
      words[i] = mostLow;
      words[i + 1] = mostHigh;
    }
  }
}

export function wordOf(width: number, bitAt: (bit: number) => Literal): Word {
  return Array.from({ length: width }, (_, bit) => bitAt(bit));
}

/** Three words become two with the same sum, in one level, until two are left to add. */
export function sumOf(gates: Gates, words: readonly Word[]): Word {
  if (words.length === 1) return words[0]!;
  if (words.length === 2) return gates.add(words[0]!, words[1]!);
  const [x, y, z, ...others] = words as [Word, Word, Word, ...Word[]];
  const sums = x.map((bit, k) => gates.xor(gates.xor(bit, y[k]!), z[k]!));
  // at least two of three
  const carries = x.map((bit, k) => gates.xor(gates.and(gates.xor(bit, z[k]!), gates.xor(y[k]!, z[k]!)), z[k]!));
  return sumOf(gates, [...others, sums, [FALSE, ...carries.slice(0, -1)]]);
}
