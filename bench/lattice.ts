/** Ring LWE in memory: transforms, and the products that an evaluator adds up. @module */
import { ringLwe } from '../src/he/lwe.js';
import { PrimeKernels, residuesAt } from '../src/he/polynomials.js';
import { ringOf } from '../src/he/ring.js';
import type { KernelModule } from '../src/kernels/module.js';
import { MOST_TERMS } from '../src/kernels/ntt.js';
import { type Probe, rateOf } from './measure.js';

/** A ring of four primes, as steps of 22 to 28 bits have. */
export const RING = { n: 4096, bits: 108 } as const;

/** Calls between two looks at the clock. */
const RUN = 32;

/** Transforms a second of one polynomial mod one prime. */
export function ntt(module: KernelModule): Probe<'ntt'> {
  const lwe = ringLwe(module);
  const tables = lwe.openRing(ringOf(RING.n, RING.bits));
  const weights = lwe.openWeights(tables, 1);
  const [prime] = PrimeKernels.all(module, tables);
  const at = residuesAt(weights, 0, 0);
  return {
    name: 'ntt',
    window: (seconds) =>
      rateOf(seconds, () => {
        for (let i = 0; i < RUN; i++) prime!.forward(at);
        return RUN;
      }),
  };
}

/** Products of residues a second, added up: of ciphertexts with both parts, by weights that are read once each. */
export function heMacs(module: KernelModule): Probe<'heMacs'> {
  const lwe = ringLwe(module);
  const ring = ringOf(RING.n, RING.bits);
  const tables = lwe.openRing(ring);
  const ciphertexts = lwe.openCiphertexts(tables, MOST_TERMS);
  const weights = lwe.openWeights(tables, RUN * MOST_TERMS);
  const accumulator = lwe.openAccumulator(tables);
  return {
    name: 'heMacs',
    window: (seconds) =>
      rateOf(seconds, () => {
        for (let i = 0; i < RUN; i++) lwe.accumulate(accumulator, ciphertexts, 0, weights, i * MOST_TERMS, MOST_TERMS);
        return RUN * MOST_TERMS * 2 * ring.n * ring.primes.length;
      }),
  };
}
