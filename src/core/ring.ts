/**
 * Tensors over the ring Z_2^l, l = 32 or 64.
 *
 * An element is l/32 little-endian 32-bit words, so that one Uint32Array serves both rings, the wire and the WASM
 * kernels. Arithmetic on it is the kernels' work; BigInt appears only at the edge (encode, decode, tests).
 * @module
 */
import type { Public } from './secret.js';

export type RingBits = 32 | 64;

/** 32-bit words of one ring element. */
export function wordsPerElement(bits: RingBits): 1 | 2 {
  return bits === 32 ? 1 : 2;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Element `index` as a signed integer in [-2^(l-1), 2^(l-1)). */
export function signedAt(bits: RingBits, words: Uint32Array, index: number): bigint {
  if (bits === 32) return BigInt(words[index]! | 0);
  return (BigInt(words[2 * index + 1]! | 0) << 32n) | BigInt(words[2 * index]!);
}

/** Signed integers to ring words; each value is taken mod 2^l. */
export function fromBigInts(bits: RingBits, values: readonly bigint[]): Uint32Array {
  const perElement = wordsPerElement(bits);
  const words = new Uint32Array(values.length * perElement);
  for (let i = 0; i < values.length; i++) {
    words[i * perElement] = Number(values[i]! & 0xffffffffn);
    if (bits === 64) words[2 * i + 1] = Number((values[i]! >> 32n) & 0xffffffffn);
  }
  return words;
}

/** Ring words to signed integers. */
export function toBigInts(bits: RingBits, words: Uint32Array): bigint[] {
  const count = words.length / wordsPerElement(bits);
  return Array.from({ length: count }, (_, i) => signedAt(bits, words, i));
}

/** Joins tensors along their last axis into `out`. @param widths words (or elements) of each one's last axis */
export function concatenate<T extends Uint32Array | Float64Array>(
  parts: readonly T[],
  widths: readonly number[],
  out: T,
): T {
  const total = widths.reduce((sum, width) => sum + width, 0);
  let offset = 0;
  for (const [i, part] of parts.entries()) {
    const width = widths[i]!;
    for (let row = 0; row < part.length / width; row++) {
      out.set(part.subarray(row * width, (row + 1) * width), row * total + offset);
    }
    offset += width;
  }
  return out;
}

/** The bytes of a word array, without a copy. */
export function bytesOf(words: Public<Uint32Array>): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** The words that bytes are of, in place. @throws RangeError where they are not whole words */
export function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
