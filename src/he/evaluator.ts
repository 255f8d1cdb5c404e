/**
 * The evaluator: products of ciphertexts and its weights, and answers that tell the key holder sum x_t w_t - R and nothing else.
 *
 *     a' = sum a_t w_t + u p_1 + f_1
 *     b' = sum b_t w_t + u p_0 + f - round(q R / 2^m)        at the coefficients that are asked for
 *
 * (p_0, p_1) is the key holder's encryption of zero, u ternary, f_1 small and f flooding, all fresh. To the key holder (a_t, s and what it encrypted known)
 * the phase b' + a' s is the message and flooding, a' is a ring LWE sample of secret u. Without u, a' would be linear equations for the weights.
 * @module
 */
import { TacitError } from '../core/errors.js';
import { KeyStream } from '../core/prg.js';
import type { RingBits } from '../core/ring.js';
import type { KernelModule } from '../kernels/module.js';
import { MOST_TERMS } from '../kernels/ntt.js';
import { SEED_BYTES, type Seed } from '../platform/random.js';
import { roundingRecords } from './constants.js';
import { addMessage, affinePlanes, messagePlanes } from './message.js';
import { floodBound, type HeParameters } from './parameters.js';
import {
  PrimeKernels,
  packPlanes,
  planeCount,
  residuesAt,
  scratchPlanes,
  unpackPlanes,
  vectorBytes,
  wordFactors,
} from './polynomials.js';
import type { Accumulator, Ciphertexts, Weights } from './ring-lwe.js';
import { binomial, publicResidues, ternary, uniform } from './sampling.js';
import { answerBytes, ciphertextBytes, residueStride } from './sizes.js';

/** Of the two polynomials of a ciphertext: all a stand before all b. */
function partsAt(
  { tables, block, capacity, holds }: Ciphertexts | Accumulator,
  prime: number,
  slot: number,
): [number, number] {
  const whole = { tables, block, capacity: 2 * capacity, holds };
  return [residuesAt(whole, prime, slot), residuesAt(whole, prime, capacity + slot)];
}

/** Takes a ciphertext apart. @throws TacitError BAD_FRAME where the bytes are none of the ring */
export function loadCiphertext(module: KernelModule, ciphertexts: Ciphertexts, slot: number, bytes: Uint8Array): void {
  const { tables } = ciphertexts;
  const { ring } = tables;
  const expected = ciphertextBytes(ring);
  if (bytes.length !== expected) {
    throw new TacitError('BAD_FRAME', `ciphertext: expected ${expected} bytes, got ${bytes.length}`);
  }
  const stream = new KeyStream(bytes.slice(0, SEED_BYTES), 'he/uniform');
  let at = SEED_BYTES;
  for (const [i, { constants }] of PrimeKernels.all(module, tables).entries()) {
    const [a, b] = partsAt(ciphertexts, i, slot);
    publicResidues(module, stream, ring.n, constants.bits, constants.prime, a);
    at = unpackPlanes(module, { pointer: b, stride: 0 }, ring.n, constants.bits, bytes, at);
    if (module.exports.areResidues(b, ring.n, constants.prime) === 0) {
      throw new TacitError('BAD_FRAME', `ciphertext: expected residues below ${constants.prime}, got a larger one`);
    }
  }
}

/** Weights centred: x - 2^(m-1) of x = (w + 2^(m-1)) mod 2^m. */
export function transformWeights(
  module: KernelModule,
  weights: Weights,
  slot: number,
  m: number,
  bits: RingBits,
  words: Uint32Array,
): void {
  const { memory } = module;
  const { tables } = weights;
  memory.withSecrets(() => {
    const planes = affinePlanes(module, m, bits, words, 1n);
    for (const [i, prime] of PrimeKernels.all(module, tables).entries()) {
      const w = residuesAt(weights, i, slot);
      memory.zero(w, residueStride(tables.ring));
      prime.addPlanes(planes, wordFactors(planeCount(m)), -(1n << BigInt(m - 1)), w);
      prime.forward(w);
    }
  });
}

export function accumulate(
  module: KernelModule,
  accumulator: Accumulator,
  ciphertexts: Ciphertexts,
  from: number,
  weights: Weights,
  first: number,
  count: number,
): void {
  const { tables } = accumulator;
  const stride = residueStride(tables.ring);
  for (const [i, prime] of PrimeKernels.all(module, tables).entries()) {
    const sums = partsAt(accumulator, i, 0);
    for (let t = 0; t < count; t += MOST_TERMS) {
      prime.accumulate(
        partsAt(ciphertexts, i, from + t),
        residuesAt(weights, i, first + t),
        stride,
        Math.min(MOST_TERMS, count - t),
        sums,
      );
    }
  }
}

export function answer(
  module: KernelModule,
  accumulator: Accumulator,
  parameters: HeParameters,
  publicKey: Ciphertexts,
  bits: RingBits,
  coefficients: Uint32Array,
  mask: Uint32Array,
  seed: Seed,
): Uint8Array {
  const { memory, exports } = module;
  const { tables } = accumulator;
  const { ring } = tables;
  const { m, aBits, bBits, floodDigit, floodBits } = parameters;
  const count = coefficients.length;
  const bytes = new Uint8Array(answerBytes(parameters, count));
  memory.withSecrets(() => {
    const stream = new KeyStream(seed, 'he/answer');
    const u = ternary(module, stream, ring.n);
    const f1 = binomial(module, stream, ring.n);
    const flood = uniform(module, stream, count, floodDigit, floodBits);
    const floodFactors = [...wordFactors(planeCount(floodBits)), 1n << BigInt(floodBits)];
    const r = messagePlanes(module, ring, m, bits, mask);
    const indices = memory.pointerTo(coefficients);
    const stride = vectorBytes(count);
    const picked = memory.scratch(ring.primes.length * stride);
    const secret = memory.scratch(residueStride(ring));
    for (const [i, prime] of PrimeKernels.all(module, tables).entries()) {
      const parts = partsAt(accumulator, i, 0);
      const [a, b] = parts;
      memory.zero(secret, residueStride(ring));
      prime.addPlanes(u.planes, [1n], u.bias, secret);
      prime.forward(secret);
      prime.accumulate(partsAt(publicKey, i, 0), secret, 0, 1, parts);
      prime.inverse(a);
      prime.inverse(b);
      prime.addPlanes(f1.planes, [1n], f1.bias, a);
      const at = picked + i * stride;
      exports.gatherWords(b, indices, at, count);
      addMessage(prime, i, r, -1n, at, count);
      prime.addPlanes(flood, floodFactors, -floodBound(parameters), at, count);
    }
    const records = roundingRecords(ring);
    const recordsAt = memory.scratch(records.length);
    memory.bytes.set(records, recordsAt);
    const round = (residues: number, residuesStride: number, width: number, n: number, offset: number): number => {
      const planes = scratchPlanes(module, n, width);
      exports.roundResidues(
        residues,
        residuesStride,
        ring.primes.length,
        recordsAt,
        width,
        planes.pointer,
        planes.stride,
        n,
      );
      return packPlanes(module, planes, n, width, bytes, offset);
    };
    const [a] = partsAt(accumulator, 0, 0);
    const end = round(a, 2 * residueStride(ring), aBits, ring.n, 0);
    round(picked, stride, bBits, count, end);
  });
  memory.zero(accumulator.block.pointer, accumulator.block.bytes);
  return bytes;
}
