/** Words on their way between parties: the low bits alone, without gaps. @module */
import { bytesOf, type RingBits, wordsPerElement } from '../core/ring.js';
import { PACK_SLACK, packedBytes, wordKernels, wordRowBytes } from '../kernels/boolean.js';
import type { KernelModule } from '../kernels/module.js';

/** The kernels of a ring. */
export interface RingModule {
  readonly bits: RingBits;
  readonly module: KernelModule;
}

/** The low `width` bits of each element. */
export function packWords({ bits, module }: RingModule, words: Uint32Array, width: number): Uint8Array {
  if (width === bits) return bytesOf(words);
  const { memory, exports } = module;
  const n = words.length / wordsPerElement(bits);
  const bytes = packedBytes(n, width);
  return memory.withScratch(() => {
    const out = memory.scratch(bytes + PACK_SLACK);
    wordKernels(exports, bits).pack(memory.pointerTo(words), n, width, out);
    return memory.bytes.slice(out, out + bytes);
  });
}

/** n elements below 2^width. */
export function unpackWords({ bits, module }: RingModule, packed: Uint8Array, n: number, width: number): Uint32Array {
  const { memory, exports } = module;
  const words = n * wordsPerElement(bits);
  if (width === bits) {
    if (packed.byteOffset % 4 === 0) return new Uint32Array(packed.buffer, packed.byteOffset, words);
    return new Uint32Array(packed.slice().buffer, 0, words);
  }
  return memory.withScratch(() => {
    const from = memory.scratch(packed.length + PACK_SLACK);
    memory.bytes.set(packed, from);
    const out = memory.scratch(words * 4);
    wordKernels(exports, bits).unpack(from, n, width, out);
    return memory.copyOut(out, words);
  });
}

/** Rows of words in kernel memory, `wordRowBytes` apart, packed into `message` from `at` on, row by row; rows of no bits do not travel. Returns where they end. */
export function packRows(
  { bits, module }: RingModule,
  widths: readonly number[],
  n: number,
  rows: number,
  message: Uint8Array,
  at: number,
): number {
  const { memory, exports } = module;
  const { pack } = wordKernels(exports, bits);
  const each = wordRowBytes(n, bits);
  return memory.withScratch(() => {
    const packed = memory.scratch(each + PACK_SLACK);
    return widths.reduce((from, width, row) => {
      if (width === 0) return from;
      const bytes = packedBytes(n, width);
      pack(rows + row * each, n, width, packed);
      message.set(memory.bytes.subarray(packed, packed + bytes), from);
      return from + bytes;
    }, at);
  });
}

/** The rows of `packRows` again, at `rows`; those of no bits are zero. Returns where they end. */
export function unpackRows(
  { bits, module }: RingModule,
  widths: readonly number[],
  n: number,
  message: Uint8Array,
  at: number,
  rows: number,
): number {
  const { memory, exports } = module;
  const { unpack } = wordKernels(exports, bits);
  const each = wordRowBytes(n, bits);
  return memory.withScratch(() => {
    const packed = memory.scratch(each + PACK_SLACK);
    return widths.reduce((from, width, row) => {
      const to = rows + row * each;
      if (width === 0) {
        memory.zero(to, each);
        return from;
      }
      const bytes = packedBytes(n, width);
      memory.bytes.set(message.subarray(from, from + bytes), packed);
      unpack(packed, n, width, to);
      return from + bytes;
    }, at);
  });
}
