/**
 * What an answer tells the key holder. It knows s, what it encrypted and with which errors; here it may try any weights it likes.
 *
 * Answers are looked at with nothing rounded away (aBits, bBits beyond q), so that hiding is re-randomisation's and flooding's alone.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { expandWords, KeyStream } from '../../src/core/prg.js';
import { ringLwe } from '../../src/he/lwe.js';
import { floodBound, type HeParameters, heParameters } from '../../src/he/parameters.js';
import { modulusOf } from '../../src/he/ring.js';
import { planesBytes } from '../../src/he/sizes.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { Arithmetic, noiseOf, type Residues } from './holder.js';
import { binomial, centred, mod, scaled, unpacked } from './plain.js';

const M = 16;
const PRODUCTS = 2;
const ANSWERS = 25;
const WHOLE = 96;
const module = loadKernelModule(64 << 20);
const lwe = ringLwe(module);
const seedOf = (name: number, kind = 0): Uint8Array => new Uint8Array(32).fill(name).fill(kind, 16);

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
class View {
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

const SEEN = 5;

describe('an answer', () => {
  let view: View;
  let bound: number;
  beforeAll(() => {
    view = new View(ANSWERS);
    bound = Number(floodBound(view.parameters));
  }, 300_000);

  it('has noise that goes with no weights, over 10^5 coefficients', () => {
    expect(view.noise.length).toBeGreaterThan(100_000);
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

  it('is caught without flooding: its noise is that of W', () => {
    const spoilt = new View(1, { flood: { floodDigit: 1, floodBits: 1 } });
    expect(spoilt.correlation('W')).toBeGreaterThan(60);
    expect(Math.abs(spoilt.correlation("W'"))).toBeLessThan(30);
  });

  it('is caught with flooding of the size of the noise', () => {
    const noiseBits = Math.ceil(Math.log2(Math.max(...view.predicted.W.map(Math.abs))));
    const spoilt = new View(4, { flood: { floodDigit: 1, floodBits: noiseBits + 2 } });
    expect(spoilt.correlation('W')).toBeGreaterThan(SEEN);
  });

  it('is caught where it is not re-randomised: a is what W gives, but for an error', () => {
    const spoilt = new View(1, { rerandomised: false });
    expect(spoilt.unexplained.W!.every((value) => value >= -21n && value <= 21n)).toBe(true);
    expect(spoilt.unexplained["W'"]!.some((value) => value < -21n || value > 21n)).toBe(true);
  });
});

describe('an answer as it is sent', () => {
  /** The weight that explains a' best, of one product with one weight: by trying all, over a few coefficients. */
  function recovered(rerandomised: boolean): { readonly found: number[]; readonly weight: number } {
    const parameters = heParameters(M, 1);
    const { ring, aBits } = parameters;
    const { n } = ring;
    const tables = lwe.openRing(ring);
    const key = lwe.createKey(tables, seedOf(1));
    const publicKey = lwe.openCiphertexts(tables, 1);
    lwe.loadCiphertext(publicKey, 0, lwe.publicKey(key, { uniform: seedOf(2), error: seedOf(3) }));
    if (!rerandomised) module.memory.zero(publicKey.block.pointer, publicKey.block.bytes);
    const ciphertexts = lwe.openCiphertexts(tables, 1);
    const x = new Uint32Array(n);
    lwe.loadCiphertext(ciphertexts, 0, lwe.encrypt(key, parameters, 32, x, { uniform: seedOf(4), error: seedOf(5) }));
    const weights = lwe.openWeights(tables, 1);
    const weight = -12_345;
    const w = new Uint32Array(n);
    w[0] = weight;
    lwe.transformWeights(weights, 0, M, 32, w);
    const accumulator = lwe.openAccumulator(tables);
    lwe.accumulate(accumulator, ciphertexts, 0, weights, 0, 1);
    const arithmetic = new Arithmetic(module, tables);
    const a = arithmetic.inverse(arithmetic.readPart(ciphertexts, 0, 'a'));
    const answer = lwe.answer(accumulator, parameters, publicKey, 32, Uint32Array.of(0), Uint32Array.of(7), seedOf(6));
    const sent = unpacked(answer, 0, n, aBits);
    const q = modulusOf(ring);
    const whole = 1n << BigInt(aBits);
    const found: number[] = [];
    for (let candidate = -(2 ** (M - 1)); candidate < 2 ** (M - 1); candidate++) {
      const explains = [0, 1, 2, 3].every((k) => {
        const rounded = scaled(mod(BigInt(candidate) * a[k]!, q), whole, q);
        const apart = centred(rounded - sent[k]!, whole);
        return apart >= -1n && apart <= 1n;
      });
      if (explains) found.push(candidate);
    }
    for (const held of [tables, key, publicKey, ciphertexts, weights, accumulator]) lwe.dispose(held);
    return { found, weight };
  }

  it('gives no weight away', () => {
    expect(recovered(true).found).toEqual([]);
  });

  it('would give it away were it not re-randomised: rounding does not hide it', () => {
    const { found, weight } = recovered(false);
    expect(found).toEqual([weight]);
  });
});
