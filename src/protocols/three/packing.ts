/** Words on their way between parties: the low bits alone, without gaps. @module */

import { release } from '#platform';
import { bytesOf, wordsPerElement } from '../../core/ring.js';
import type { Arithmetic, Receiver, Sender } from '../../correlations/context.js';
import { PACK_SLACK, packedBytes, wordKernels } from '../../kernels/boolean.js';

/** The low `width` bits of each element. */
export function packWords({ bits, module }: Arithmetic, words: Uint32Array, width: number): Uint8Array {
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
export function unpackWords({ bits, module }: Arithmetic, packed: Uint8Array, n: number, width: number): Uint32Array {
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

/** Sends the low `width` bits of each element. */
export async function sendWords(
  arithmetic: Arithmetic,
  peer: Sender,
  step: number,
  words: Uint32Array,
  width: number,
): Promise<void> {
  const packed = packWords(arithmetic, words, width);
  await peer.send(step, packed);
  // words of the whole ring are the message itself
  if (packed.buffer !== words.buffer) release(packed);
}

/** n elements below 2^width from a peer. */
export async function receiveWords(
  arithmetic: Arithmetic,
  peer: Receiver,
  step: number,
  n: number,
  width: number,
): Promise<Uint32Array> {
  const packed = await peer.receive(step, packedBytes(n, width));
  const words = unpackWords(arithmetic, packed, n, width);
  if (packed.buffer !== words.buffer) release(packed);
  return words;
}
