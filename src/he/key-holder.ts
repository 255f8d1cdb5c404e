/**
 * The key holder: secret-key encryption, and decryption of answers.
 *
 *     b = -a s + e + round(q x / 2^m)      a and b are sent transformed, a as a seed
 *
 * @module
 */
import { TacitError } from '../core/errors.js';
import { KeyStream } from '../core/prg.js';
import type { RingBits } from '../core/ring.js';
import type { KernelModule } from '../kernels/module.js';
import { SEED_BYTES, type Seed } from '../platform/random.js';
import { messageRecords } from './constants.js';
import { addMessage, type Message, messagePlanes } from './message.js';
import type { HeParameters } from './parameters.js';
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
import type { CiphertextSeeds, HeKey, RingTables } from './ring-lwe.js';
import { binomial, publicResidues, type Small, ternary } from './sampling.js';
import { answerBytes, ciphertextBytes, polynomialBytes, residueStride } from './sizes.js';

/** s, transformed. */
export function createKey(module: KernelModule, tables: RingTables, seed: Seed): HeKey {
  const { memory } = module;
  const { ring } = tables;
  const key: HeKey = { tables, block: memory.allocate(polynomialBytes(ring)), capacity: 1, holds: 'key' };
  memory.withSecrets(() => {
    const { planes, bias } = ternary(module, new KeyStream(seed, 'he/secret'), ring.n);
    for (const [i, prime] of PrimeKernels.all(module, tables).entries()) {
      const s = residuesAt(key, i, 0);
      memory.zero(s, residueStride(ring));
      prime.addPlanes(planes, [1n], bias, s);
      prime.forward(s);
    }
  });
  return key;
}

/** An encryption of zero. */
export function publicKey(module: KernelModule, key: HeKey, seeds: CiphertextSeeds): Uint8Array {
  return ciphertext(module, key, seeds);
}

/** An encryption of n words. */
export function encrypt(
  module: KernelModule,
  key: HeKey,
  { m, ring }: HeParameters,
  bits: RingBits,
  words: Uint32Array,
  seeds: CiphertextSeeds,
): Uint8Array {
  return module.memory.withSecrets(() => ciphertext(module, key, seeds, messagePlanes(module, ring, m, bits, words)));
}

function ciphertext(module: KernelModule, key: HeKey, seeds: CiphertextSeeds, message?: Message): Uint8Array {
  const { memory } = module;
  const { ring } = key.tables;
  const bytes = new Uint8Array(ciphertextBytes(ring));
  bytes.set(seeds.uniform);
  memory.withSecrets(() => {
    const uniform = new KeyStream(seeds.uniform, 'he/uniform');
    const error = binomial(module, new KeyStream(seeds.error, 'he/error'), ring.n);
    const a = memory.scratch(residueStride(ring));
    const b = memory.scratch(residueStride(ring));
    let at = SEED_BYTES;
    for (const [i, prime] of PrimeKernels.all(module, key.tables).entries()) {
      publicResidues(module, uniform, ring.n, prime.constants.bits, prime.constants.prime, a);
      memory.zero(b, residueStride(ring));
      addSmall(prime, error, b);
      if (message) addMessage(prime, i, message, 1n, b, ring.n);
      prime.forward(b);
      prime.addProduct(a, residuesAt(key, i, 0), b, 1);
      at = packPlanes(module, { pointer: b, stride: 0 }, ring.n, prime.constants.bits, bytes, at);
    }
  });
  return bytes;
}

function addSmall(prime: PrimeKernels, { planes, bias }: Small, out: number): void {
  prime.addPlanes(planes, [1n], bias, out);
}

/** round((a s + 2^(aBits - bBits) b) / 2^(aBits - m)) mod 2^m at `coefficients`. */
export function decrypt(
  module: KernelModule,
  key: HeKey,
  parameters: HeParameters,
  bits: RingBits,
  coefficients: Uint32Array,
  answer: Uint8Array,
): Uint32Array {
  const expected = answerBytes(parameters, coefficients.length);
  if (answer.length !== expected) {
    throw new TacitError('BAD_FRAME', `answer: expected ${expected} bytes, got ${answer.length}`);
  }
  const { memory, exports } = module;
  const { m, aBits, bBits } = parameters;
  const { ring } = key.tables;
  const count = coefficients.length;
  return memory.withSecrets(() => {
    const a = scratchPlanes(module, ring.n, aBits);
    const b = scratchPlanes(module, count, bBits);
    const read = unpackPlanes(module, a, ring.n, aBits, answer, 0);
    unpackPlanes(module, b, count, bBits, answer, read);

    const records = messageRecords(ring, aBits + Math.log2(ring.n));
    const recordsAt = memory.scratch(records.bytes.length);
    memory.bytes.set(records.bytes, recordsAt);
    const indices = memory.pointerTo(coefficients);
    const stride = vectorBytes(count);
    const products = memory.scratch(records.count * stride);
    memory.withScratch(() => {
      const x = memory.scratch(residueStride(ring));
      const y = memory.scratch(residueStride(ring));
      for (const [i, prime] of PrimeKernels.all(module, key.tables).slice(0, records.count).entries()) {
        memory.zero(x, residueStride(ring));
        memory.zero(y, residueStride(ring));
        prime.addPlanes(a, wordFactors(planeCount(aBits)), 0n, x);
        prime.forward(x);
        prime.addProduct(x, residuesAt(key, i, 0), y);
        prime.inverse(y);
        exports.gatherWords(y, indices, products + i * stride, count);
      }
    });
    const out = memory.scratch((count * bits) / 8);
    exports.messages(
      products,
      stride,
      records.count,
      recordsAt,
      b.pointer,
      b.stride,
      planeCount(bBits),
      aBits - bBits,
      aBits - m,
      (1n << BigInt(m)) - 1n,
      bits === 64 ? 1 : 0,
      out,
      count,
    );
    return memory.copyOut(out, (count * bits) / 32);
  });
}
