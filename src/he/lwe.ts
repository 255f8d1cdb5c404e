/** Ring LWE over the kernels of one module. @module */
import type { KernelModule } from '../kernels/module.js';
import * as evaluator from './evaluator.js';
import * as holder from './key-holder.js';
import { PrimeKernels, tableBytes } from './polynomials.js';
import type { RingLwe } from './ring-lwe.js';
import { polynomialBytes } from './sizes.js';

export function ringLwe(module: KernelModule): RingLwe {
  const { memory } = module;
  return {
    openRing(ring) {
      const tables = { ring, block: memory.allocate(ring.primes.length * tableBytes(ring.n)) };
      for (const prime of PrimeKernels.all(module, tables)) prime.fillTable();
      return tables;
    },
    createKey: (tables, seed) => holder.createKey(module, tables, seed),
    publicKey: (key, seeds) => holder.publicKey(module, key, seeds),
    encrypt: (...args) => holder.encrypt(module, ...args),
    decrypt: (...args) => holder.decrypt(module, ...args),
    openCiphertexts: (tables, capacity) => ({
      tables,
      capacity,
      holds: 'ciphertexts',
      block: memory.allocate(2 * capacity * polynomialBytes(tables.ring)),
    }),
    loadCiphertext: (...args) => evaluator.loadCiphertext(module, ...args),
    openWeights: (tables, capacity) => ({
      tables,
      capacity,
      holds: 'weights',
      block: memory.allocate(capacity * polynomialBytes(tables.ring)),
    }),
    transformWeights: (...args) => evaluator.transformWeights(module, ...args),
    openAccumulator(tables) {
      const block = memory.allocate(2 * polynomialBytes(tables.ring));
      memory.zero(block.pointer, block.bytes);
      return { tables, capacity: 1, holds: 'accumulator', block };
    },
    accumulate: (...args) => evaluator.accumulate(module, ...args),
    answer: (...args) => evaluator.answer(module, ...args),
    dispose: ({ block }) => memory.clear(block),
  };
}
