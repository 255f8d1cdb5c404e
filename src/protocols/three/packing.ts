/** Words between parties: the low bits alone. @module */

import { release } from '#platform';
import type { Arithmetic, Receiver, Sender } from '../../correlations/context.js';
import { packedBytes } from '../../kernels/boolean.js';
import { packWords, unpackWords } from '../../sliced/packing.js';

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
