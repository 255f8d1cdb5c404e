/** Homomorphic encryption equals integer arithmetic: real parameters, a network small enough for seconds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combine } from '../../bench/he/crt.js';
import {
  CRYPTONETS_DEGREE,
  CryptonetsServer,
  encryptPixels,
  sampled,
  usedFeatures,
} from '../../bench/he/cryptonets.js';
import { encryptWindows, LOLA_DEGREE, LolaServer, layoutOf, readLogits, rotationsOf } from '../../bench/he/lola.js';
import {
  type Dense,
  evaluate,
  type IntegerNetwork,
  LEVELS,
  levelsOf,
  loadCryptonets,
  outSide,
  pixelAt,
  type SquareNetwork,
  toIntegers,
} from '../../bench/he/network.js';
import { BfvClient, loadSeal, moduliFor } from '../../bench/he/seal.js';
import { runServers } from '../../bench/he/workers.js';
import { loadMnistTest } from '../../models/mnist.js';

/** Keys of the larger ring take seconds of a quiet machine. */
const PATIENCE_MS = 180_000;

/** mulberry32: the same network in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

const windows = { side: 5, kernel: 3, stride: 2, pad: 1 };

function tiny(seed = 1): SquareNetwork {
  const next = random(seed);
  const layer = (inputs: number, outputs: number): Dense => ({
    inputs,
    outputs,
    weights: Float64Array.from({ length: inputs * outputs }, () => next() - 0.5),
    bias: Float64Array.from({ length: outputs }, () => next() - 0.5),
  });
  return { windows, conv: layer(9, 2), hidden: layer(outSide(windows) ** 2 * 2, 5), logits: layer(5, 3) };
}

function images(count: number): Float64Array[] {
  const next = random(7);
  return Array.from({ length: count }, () =>
    Float64Array.from({ length: windows.side ** 2 }, () => Math.floor(next() * (LEVELS + 1))),
  );
}

const asIntegers = (values: Float64Array): bigint[] => [...values].map(BigInt);

describe('the integer network', () => {
  it('takes the window of a convolution with padding above and to the left', () => {
    expect(outSide(windows)).toBe(2);
    expect(pixelAt(windows, 0, 0, 0)).toBe(-1);
    expect(pixelAt(windows, 0, 0, 4)).toBe(0);
    expect(pixelAt(windows, 1, 1, 0)).toBe(5 * 1 + 1);
    expect(outSide({ side: 28, kernel: 5, stride: 2, pad: 1 })).toBe(13);
  });

  it('never exceeds its bound', () => {
    const network = toIntegers(tiny());
    const pixel = fc.integer({ min: 0, max: LEVELS });
    const image = fc.array(pixel, { minLength: 25, maxLength: 25 });
    fc.assert(
      fc.property(image, (pixels) => {
        for (const logit of evaluate(network, Float64Array.from(pixels))) {
          expect(Math.abs(logit)).toBeLessThanOrEqual(network.bound);
        }
      }),
    );
  });

  it('recognises digits as the trained network does', async () => {
    const float = await loadCryptonets();
    const integers = toIntegers(float);
    const { images: bytes, labels } = loadMnistTest();
    const best = (values: Float64Array): number => values.indexOf(Math.max(...values));
    let [right, agreeing] = [0, 0];
    for (let i = 0; i < 200; i++) {
      const image = bytes.subarray(i * 784, (i + 1) * 784);
      const label = best(evaluate(integers, levelsOf(image)));
      if (label === labels[i]) right++;
      if (
        label ===
        best(
          evaluate(
            float,
            Float64Array.from(image, (byte) => byte / 255),
          ),
        )
      )
        agreeing++;
    }
    expect(right).toBeGreaterThanOrEqual(195);
    expect(agreeing).toBeGreaterThanOrEqual(196);
  });
});

describe('residues', () => {
  it('give the integer back', () => {
    const moduli = [67043329n, 66994177n];
    const half = (moduli[0]! * moduli[1]!) / 2n;
    fc.assert(
      fc.property(fc.bigInt({ min: -half, max: half }), (x) => {
        const residues = moduli.map((t) => ((x % t) + t) % t);
        expect(combine(residues, moduli)).toBe(x);
      }),
    );
  });

  it('of moduli large enough for the bound', () => {
    for (const count of [1, 2, 3]) {
      const moduli = moduliFor(2 ** 50, 8192, count);
      expect(new Set(moduli).size).toBe(count);
      expect(moduli.every((t) => t % 16384n === 1n)).toBe(true);
      expect(moduli.reduce((product, t) => product * t, 1n)).toBeGreaterThan(2n ** 51n);
    }
  });
});

/** Clients of a network's two moduli, with their encryptions of the images as jobs for servers. */
async function prepare(network: IntegerNetwork, batch: Float64Array[]) {
  const seal = await loadSeal();
  const moduli = moduliFor(network.bound, CRYPTONETS_DEGREE, 2);
  const clients = moduli.map((t) => new BfvClient(seal, { degree: CRYPTONETS_DEGREE, plainModulus: t }));
  const jobs = clients.map((client) => ({
    parameters: { degree: CRYPTONETS_DEGREE, plainModulus: client.plainModulus },
    network,
    relinearisationKeys: client.relinearisationKeys(),
    pixels: encryptPixels(client, batch),
  }));
  /** Logits of each image. */
  const open = (outputs: Uint8Array[][]): bigint[][] => {
    const opened = outputs.map((ciphertexts, i) => ciphertexts.map((bytes) => clients[i]!.decrypt(bytes)));
    for (const { noiseBudgetBits } of opened.flat()) expect(noiseBudgetBits).toBeGreaterThan(0);
    return batch.map((_, image) =>
      opened[0]!.map((_, o) =>
        combine(
          opened.map((logits) => logits[o]!.values[image]!),
          moduli,
        ),
      ),
    );
  };
  return { seal, jobs, open };
}

describe('CryptoNets: an image a slot', { timeout: PATIENCE_MS }, () => {
  const whole = toIntegers(tiny());
  const expected = (network: SquareNetwork, batch: Float64Array[]): bigint[][] =>
    batch.map((image) => asIntegers(evaluate(network, image)));

  it('decrypts to the integer logits of every image, in worker threads that say how far they are', async () => {
    const batch = images(20);
    const { jobs, open } = await prepare(whole, batch);
    const told: number[] = [];
    const results = await runServers(jobs, 2, (fraction) => told.push(fraction));
    expect(open(results.map(({ outputs }) => outputs))).toEqual(expected(whole, batch));
    expect(told.length).toBeGreaterThan(0);
  });

  it('decrypts to those of the part of the network that a sample is', async () => {
    const batch = images(3);
    const part = sampled(whole, 0.3);
    const { seal, jobs, open } = await prepare(part, batch);
    const outputs = jobs.map(
      ({ parameters, network, relinearisationKeys, pixels }) =>
        new CryptonetsServer(seal, parameters, network, relinearisationKeys).run(pixels).outputs,
    );
    expect(open(outputs)).toEqual(expected(part, batch));
    expect(usedFeatures(whole)).toBe(8);
    expect(usedFeatures(part)).toBe(3);
  });

  it('ends with a code where a worker cannot read its keys', async () => {
    const network = toIntegers(tiny());
    const parameters = { degree: CRYPTONETS_DEGREE, plainModulus: moduliFor(network.bound, CRYPTONETS_DEGREE, 1)[0]! };
    const job = { parameters, network, relinearisationKeys: new Uint8Array(100), pixels: [] };
    await expect(runServers([job], 1)).rejects.toMatchObject({ code: 'PARTY_DIED' });
  });
});

describe('one image packed for latency', { timeout: PATIENCE_MS }, () => {
  it('decrypts to its integer logits', async () => {
    const seal = await loadSeal();
    const network = toIntegers(tiny(3));
    const [plainModulus] = moduliFor(network.bound, LOLA_DEGREE, 1);
    const parameters = { degree: LOLA_DEGREE, plainModulus: plainModulus! };
    const client = new BfvClient(seal, parameters);
    const layout = layoutOf(network, client.slots);
    const keys = {
      relinearisation: client.relinearisationKeys(),
      rotation: client.rotationKeys(rotationsOf(layout)),
    };
    const server = new LolaServer(seal, parameters, network, keys);
    for (const image of images(1)) {
      const { values, noiseBudgetBits } = client.decrypt(server.run(encryptWindows(client, network, image)).output);
      expect(readLogits(network, layout, values)).toEqual(asIntegers(evaluate(network, image)));
      expect(noiseBudgetBits).toBeGreaterThan(0);
    }
  });

  it('lays out the trained network in one ciphertext', async () => {
    const network = toIntegers(await loadCryptonets());
    expect(layoutOf(network, 16384)).toEqual({ slots: 16384, blocks: 16, block: 1024, units: 128, shifts: 8 });
    expect(() => layoutOf(network, 1024)).toThrow(/slots/);
  });
});
