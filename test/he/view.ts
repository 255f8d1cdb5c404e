/** What the key holder computes of answers by ring LWE, and what it should not be able to tell. */
import { beforeAll, expect, it } from 'vitest';
import { expandWords, KeyStream } from '../../src/core/prg.js';
import { ringLwe } from '../../src/he/lwe.js';
import { floodBound, type HeParameters, heParameters } from '../../src/he/parameters.js';
import { modulusOf } from '../../src/he/ring.js';
import { planesBytes } from '../../src/he/sizes.js';
import { type KernelModule, loadKernelModule } from '../../src/kernels/module.js';
import { Arithmetic, noiseOf, type Residues } from './holder.js';
import { binomial, centred, mod, scaled, unpacked } from './plain.js';

export const M = 16;
const PRODUCTS = 2;
const WHOLE = 96;
export const module: KernelModule = loadKernelModule(64 << 20);
export const lwe: ReturnType<typeof ringLwe> = ringLwe(module);
export const seedOf = (name: number, kind = 0): Uint8Array => new Uint8Array(32).fill(name).fill(kind, 16);

/** What is spoilt. */
interface Spoilt {
  readonly rerandomised?: boolean;
  readonly flood?: Pick<HeParameters, 'floodDigit' | 'floodBits'>;
}

function weightsOf(n: number, which: 'W' | "W'"): bigint[][] {
  return Array.from({ length: PRODUCTS }, (_, t) =>
    [...expandWords(n, seedOf(t), which)].map((word) => BigInt.asIntN(M, BigInt(word))),
  );
}

/** Answers with weights W, and what the key holder computes: of a' what W or W' does not explain, and noise beside what either predicts. */
export class View {
  readonly parameters: HeParameters;
  /** Of all coefficients of all answers: noise of the phase, and sum w e by hypothesis. */
  readonly noise: number[] = [];
  readonly predicted: Record<'W' | "W'", number[]> = { W: [], "W'": [] };
  /** a' - sum a w of the first answer, centred. */
  readonly unexplained: Partial<Record<'W' | "W'", bigint[]>> = {};
  readonly messages: bigint[] = [];

  constructor(answers: number, { rerandomised = true, flood }: Spoilt = {}) {
    const usual = heParameters(M, 4096 * PRODUCTS);
    this.parameters = { ...usual, ...flood, aBits: WHOLE, bBits: WHOLE };
    const { ring } = usual;
    const { n } = ring;
    const tables = lwe.openRing(ring);
    const arithmetic = new Arithmetic(module, tables);
    const key = lwe.createKey(tables, seedOf(1));
    const publicKey = lwe.openCiphertexts(tables, 1);
    lwe.loadCiphertext(publicKey, 0, lwe.publicKey(key, { uniform: seedOf(2), error: seedOf(3) }));
    // u (p_0, p_1) is zero where both are
    if (!rerandomised) module.memory.zero(publicKey.block.pointer, publicKey.block.bytes);
    const ciphertexts = lwe.openCiphertexts(tables, PRODUCTS);
    const weights = lwe.openWeights(tables, PRODUCTS);
    const accumulator = lwe.openAccumulator(tables);
    const real = weightsOf(n, 'W');
    for (const [t, w] of real.entries()) {
      lwe.transformWeights(
        weights,
        t,
        M,
        32,
        Uint32Array.from(w, (value) => Number(BigInt.asUintN(32, value))),
      );
    }
    const hypotheses = (['W', "W'"] as const).map((which) => ({
      which,
      transformed: weightsOf(n, which).map((w) => arithmetic.forward(w)),
    }));
    const coefficients = Uint32Array.from({ length: n }, (_, k) => k);
    const q = modulusOf(ring);
    const s = arithmetic.secret(key);
    for (let round = 0; round < answers; round++) {
      const errors: Residues[] = [];
      for (let t = 0; t < PRODUCTS; t++) {
        const x = expandWords(n, seedOf(round, t), 'x');
        const error = seedOf(round, 20 + t);
        const seeds = { uniform: seedOf(round, 10 + t), error };
        lwe.loadCiphertext(ciphertexts, t, lwe.encrypt(key, this.parameters, 32, x, seeds));
        errors.push(arithmetic.forward(binomial(new KeyStream(error, 'he/error'), n)));
      }
      lwe.accumulate(accumulator, ciphertexts, 0, weights, 0, PRODUCTS);
      const mask = expandWords(n, seedOf(round), 'mask').map((word) => word & 0xffff);
      const answer = lwe.answer(accumulator, this.parameters, publicKey, 32, coefficients, mask, seedOf(round, 30));
      const back = (value: bigint): bigint => mod(scaled(value, q, 1n << BigInt(WHOLE)), q);
      const a = unpacked(answer, 0, n, WHOLE).map(back);
      const b = unpacked(answer, planesBytes(n, WHOLE), n, WHOLE).map(back);
      const product = arithmetic.inverse(arithmetic.times(arithmetic.forward(a), s));
      for (const [k, value] of product.entries()) {
        const phase = mod(value + b[k]!, q);
        this.noise.push(Number(noiseOf(ring, M, phase)));
        this.messages.push(mod(scaled(phase, 1n << BigInt(M), q), 1n << BigInt(M)));
      }
      for (const { which, transformed } of hypotheses) {
        const sum = (of: (t: number) => Residues): bigint[] =>
          arithmetic.inverse(
            transformed.map((w, t) => arithmetic.times(w, of(t))).reduce((x, y) => arithmetic.plus(x, y)),
          );
        this.predicted[which].push(...sum((t) => errors[t]!).map((value) => Number(centred(value, q))));
        if (round === 0) {
          const known = sum((t) => arithmetic.readPart(ciphertexts, t, 'a'));
          this.unexplained[which] = a.map((value, k) => centred(value - known[k]!, q));
        }
      }
    }
    for (const held of [tables, key, publicKey, ciphertexts, weights, accumulator]) lwe.dispose(held);
  }

  /** How far the noise goes with what weights predict: standard deviations. */
  correlation(which: 'W' | "W'"): number {
    const other = this.predicted[which];
    const dot = (x: readonly number[], y: readonly number[]): number =>
      x.reduce((sum, value, k) => sum + value * y[k]!, 0);
    return (
      (dot(this.noise, other) * Math.sqrt(other.length)) / Math.sqrt(dot(this.noise, this.noise) * dot(other, other))
    );
  }
}

/** How far counts are from equal ones: standard deviations of chi square. */
function unevenness(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const chi = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  return (chi - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

function histogram(values: readonly number[], bins: number, from: number, to: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - from) / (to - from)) * bins);
    if (bin >= 0 && bin < bins) counts[bin] = counts[bin]! + 1;
  }
  return counts;
}

/** Standard deviations. */
export const SEEN = 5;

/** What holds of so many answers. The tests of one `describe`. */
export function tellNothing(answers: number): void {
  let view: View;
  let bound: number;
  beforeAll(() => {
    view = new View(answers);
    bound = Number(floodBound(view.parameters));
  }, 300_000);

  it('has noise that goes with no weights', () => {
    expect(view.noise.length).toBe(answers * 4096);
    expect(Math.abs(view.correlation('W'))).toBeLessThan(SEEN);
    expect(Math.abs(view.correlation("W'"))).toBeLessThan(SEEN);
  });

  it('has noise that is uniform, as it is without weights', () => {
    expect(view.noise.every((value) => Math.abs(value) <= bound * (1 + 2 ** -38))).toBe(true);
    expect(unevenness(histogram(view.noise, 128, -bound, bound))).toBeLessThan(SEEN);
  });

  it('has an a that no weights explain', () => {
    const q = modulusOf(view.parameters.ring);
    for (const which of ['W', "W'"] as const) {
      const rest = view.unexplained[which]!.map((value) => Number((value << 20n) / q) / 2 ** 20);
      expect(unevenness(histogram(rest, 64, -0.5, 0.5))).toBeLessThan(SEEN);
    }
  });

  it('has messages that are uniform', () => {
    expect(unevenness(histogram(view.messages.map(Number), 256, 0, 2 ** M))).toBeLessThan(SEEN);
  });
}
