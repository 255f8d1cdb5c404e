/**
 * What is drawn for ciphertexts and answers, from streams of seeds, into planes: no branch and no index depends on it.
 * @module
 */
import type { KeyStream } from '../core/prg.js';
import type { KernelModule } from '../kernels/module.js';
import { ETA } from './parameters.js';
import { type Planes, scratchPlanes, vectorBytes, WORD_BYTES } from './polynomials.js';

/** Integers in one plane, less `bias`. */
export interface Small {
  readonly planes: Planes;
  readonly bias: bigint;
}

/** Words that are drawn again where a residue was rejected. */
const AGAIN = 64;

function draw({ memory }: KernelModule, stream: KeyStream, words: number): number {
  const pointer = memory.scratch(words * WORD_BYTES);
  stream.nextInto(memory.bytes.subarray(pointer, pointer + words * WORD_BYTES));
  return pointer;
}

/** n coefficients -1, 0 or 1, each with probability 1/3 up to 2^-32. Call inside `withScratch`. */
export function ternary(module: KernelModule, stream: KeyStream, n: number): Small {
  const planes = scratchPlanes(module, n, 32);
  module.memory.withScratch(() => module.exports.ternaryPlane(draw(module, stream, n), planes.pointer, n));
  return { planes, bias: -1n };
}

/** n coefficients of a centred binomial distribution: variance ETA / 2. Call inside `withScratch`. */
export function binomial(module: KernelModule, stream: KeyStream, n: number): Small {
  const planes = scratchPlanes(module, n, 32);
  module.memory.withScratch(() => module.exports.binomialPlane(draw(module, stream, 2 * n), ETA, planes.pointer, n));
  // the second half of the bits counts from its complement, which is as uniform
  return { planes, bias: BigInt(-ETA) };
}

/** Integers that are uniform below digit * 2^bits, word by word and the digit on top. Call inside `withScratch`. */
export function uniform(module: KernelModule, stream: KeyStream, count: number, digit: number, bits: number): Planes {
  const { memory, exports } = module;
  const words = Math.ceil(bits / 32);
  const stride = vectorBytes(count);
  const pointer = memory.scratch((words + 1) * stride);
  stream.nextInto(memory.bytes.subarray(pointer, pointer + words * stride));
  const top = pointer + words * stride;
  memory.withScratch(() => exports.digitPlane(draw(module, stream, 2 * count), digit, top, count));
  // the digit stands at 2^bits, so that the word below it has only the bits up to there
  const mask = bits % 32 === 0 ? 0xffffffff : 2 ** (bits % 32) - 1;
  const last = memory.words.subarray((top - stride) >>> 2, top >>> 2);
  for (let i = 0; i < last.length; i++) last[i] = last[i]! & mask;
  return { pointer, stride };
}

/** n residues mod a prime below 2^bits, uniform: for values that both parties know, since the time depends on what is rejected. */
export function publicResidues(
  module: KernelModule,
  stream: KeyStream,
  n: number,
  bits: number,
  prime: number,
  out: number,
): void {
  const { memory, exports } = module;
  for (let have = 0, words = n; have < n; words = AGAIN) {
    memory.withScratch(() => {
      have = exports.uniformResidues(draw(module, stream, words), words, 2 ** bits - 1, prime, out, have, n);
    });
  }
}
