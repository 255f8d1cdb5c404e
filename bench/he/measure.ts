/** `tacit bench he`: both packings measured and checked, every decrypted logit against the integer evaluator. @module */
import { availableParallelism } from 'node:os';
import type { MnistImages } from '../../models/mnist.js';
import { PIXELS } from '../images.js';
import { median } from '../measure.js';
import { combine } from './crt.js';
import {
  CRYPTONETS_DEGREE,
  encryptPixels,
  extrapolatedMs,
  type ServerParts,
  sampled,
  usedFeatures,
} from './cryptonets.js';
import { encryptWindows, LOLA_DEGREE, LolaServer, layoutOf, readLogits, rotationsOf } from './lola.js';
import { evaluate, type IntegerNetwork, levelsOf, type SquareNetwork, toIntegers } from './network.js';
import { BfvClient, type BfvParameters, loadSeal, moduliFor, type SEALLibrary, SECURITY_BITS } from './seal.js';
import { runServers } from './workers.js';

export interface HeOptions {
  readonly network: SquareNetwork;
  readonly images: MnistImages;
  /** The part of the convolution's outputs that CryptoNets' server computes, above 0 and up to 1. */
  readonly sample: number;
  /** Images, one after the other, of the packing for latency. */
  readonly single: number;
  readonly threads?: number;
  readonly onProgress?: (what: string) => void;
}

export interface HeFigures {
  readonly packing: 'cryptonets' | 'lola';
  readonly library: string;
  readonly parameters: {
    readonly degree: number;
    /** Of the coefficient modulus: all primes, and those of a fresh ciphertext. */
    readonly coefficientBits: number;
    readonly freshBits: number;
    /** Decimal. */
    readonly plainModuli: readonly string[];
    readonly securityBits: number;
  };
  /** Images that one evaluation serves. */
  readonly batch: number;
  readonly threads: number;
  /** Client and server apart, for one evaluation; medians. Keys and the server's encoded weights are made once. */
  readonly ms: {
    readonly keys: number;
    readonly serverSetup: number;
    readonly encrypt: number;
    readonly server: number;
    readonly decrypt: number;
  };
  readonly serverParts: Readonly<Record<string, number>>;
  /** The part of the server's work that was done; `ms.server` is extrapolated where it is below 1. */
  readonly sample: number;
  readonly extrapolated: boolean;
  /** Keys are sent once, uploads and downloads with each evaluation. */
  readonly bytes: { readonly keys: number; readonly upload: number; readonly download: number };
  readonly noiseBudgetBits: number;
  /** Images evaluated, and those whose decrypted logits were all the integer evaluator's. */
  readonly images: number;
  readonly exactImages: number;
  /** Of the integer network on these images; null where a sample of it was evaluated. */
  readonly accuracy: number | null;
  /** The part whose best label is the float network's. */
  readonly agreement: number | null;
  /** Of this process, client and server together. */
  readonly peakMemoryBytes: number;
}

/** CryptoNets where the sample is above 0, then the single images where there are any. @throws MISSING_PACKAGE */
export async function measureHe(options: HeOptions): Promise<HeFigures[]> {
  const seal = await loadSeal();
  const integers = toIntegers(options.network);
  const figures: HeFigures[] = [];
  if (options.single > 0) figures.push(measureLola(seal, integers, options));
  if (options.sample > 0) figures.push(await measureCryptonets(seal, integers, options));
  return figures;
}

async function measureCryptonets(seal: SEALLibrary, whole: IntegerNetwork, options: HeOptions): Promise<HeFigures> {
  const { images, sample, onProgress = () => {} } = options;
  const network = sampled(whole, sample);
  const done = usedFeatures(network) / usedFeatures(whole);
  const moduli = moduliFor(whole.bound, CRYPTONETS_DEGREE, 2);
  const levels = levelsOfAll(images);
  const parties = moduli.map((plainModulus) => {
    const parameters: BfvParameters = { degree: CRYPTONETS_DEGREE, plainModulus };
    const [client, keyMs] = timed(() => new BfvClient(seal, parameters));
    const [relinearisationKeys, relinearisationMs] = timed(() => client.relinearisationKeys());
    onProgress(`encrypting ${levels.length} images modulo ${plainModulus}`);
    const [pixels, encryptMs] = timed(() => encryptPixels(client, levels));
    const keys = { bytes: relinearisationKeys.length, ms: keyMs + relinearisationMs };
    return { client, keys, encryptMs, job: { parameters, network, relinearisationKeys, pixels } };
  });
  const threads = Math.min(options.threads ?? availableParallelism(), moduli.length);
  const start = performance.now();
  const results = await runServers(
    parties.map(({ job }) => job),
    threads,
    (fraction) => onProgress(`CryptoNets on the server: ${Math.floor(100 * fraction)} %`),
  );
  const wallMs = performance.now() - start;
  const measured = results.map(({ parts }) => extrapolatedMs(parts, 1));
  const extrapolated = results.map(({ parts }) => extrapolatedMs(parts, done));
  onProgress('decrypting');
  const [opened, decryptMs] = timed(() =>
    results.map(({ outputs }, i) => outputs.map((bytes) => parties[i]!.client.decrypt(bytes))),
  );
  const logitsOf = (image: number): bigint[] =>
    opened[0]!.map((_, o) =>
      combine(
        opened.map((outputs) => outputs[o]!.values[image]!),
        moduli,
      ),
    );
  return {
    packing: 'cryptonets',
    ...common(seal, parties[0]!.client, moduli),
    batch: images.count,
    threads,
    ms: {
      keys: sum(parties.map(({ keys }) => keys.ms)),
      serverSetup: 0,
      encrypt: sum(parties.map(({ encryptMs }) => encryptMs)),
      server: (wallMs * sum(extrapolated)) / sum(measured),
      decrypt: decryptMs,
    },
    serverParts: summed(results.map(({ parts }) => parts)),
    sample: done,
    extrapolated: done < 1,
    bytes: {
      keys: sum(parties.map(({ keys }) => keys.bytes)),
      upload: sum(parties.map(({ job }) => bytesOf(job.pixels))),
      download: sum(results.map(({ outputs }) => bytesOf(outputs))),
    },
    noiseBudgetBits: Math.min(...opened.flat().map(({ noiseBudgetBits }) => noiseBudgetBits)),
    ...verdictOf(options.network, network, images, done === 1, logitsOf),
    peakMemoryBytes: peakMemory(),
  };
}

function measureLola(seal: SEALLibrary, network: IntegerNetwork, options: HeOptions): HeFigures {
  const onProgress = options.onProgress ?? (() => {});
  const count = Math.min(options.single, options.images.count);
  const images: MnistImages = { ...options.images, count };
  const plainModulus = moduliFor(network.bound, LOLA_DEGREE, 1)[0]!;
  const parameters: BfvParameters = { degree: LOLA_DEGREE, plainModulus };
  onProgress('keys of the packing for one image');
  const [{ client, keys }, keyMs] = timed(() => {
    const client = new BfvClient(seal, parameters);
    const rotation = client.rotationKeys(rotationsOf(layoutOf(network, client.slots)));
    return { client, keys: { relinearisation: client.relinearisationKeys(), rotation } };
  });
  const layout = layoutOf(network, client.slots);
  const [server, setupMs] = timed(() => new LolaServer(seal, parameters, network, keys));
  const runs = levelsOfAll(images).map((pixels, i) => {
    onProgress(`one image at a time: ${i + 1} of ${count}`);
    const [taps, encryptMs] = timed(() => encryptWindows(client, network, pixels));
    const [{ output, parts }, serverMs] = timed(() => server.run(taps));
    const [{ values, noiseBudgetBits }, decryptMs] = timed(() => client.decrypt(output));
    const logits = readLogits(network, layout, values);
    return { encryptMs, serverMs, decryptMs, parts, noiseBudgetBits, logits, upload: bytesOf(taps), output };
  });
  return {
    packing: 'lola',
    ...common(seal, client, [plainModulus]),
    batch: 1,
    threads: 1,
    ms: {
      keys: keyMs,
      serverSetup: setupMs,
      encrypt: median(runs.map((run) => run.encryptMs)),
      server: median(runs.map((run) => run.serverMs)),
      decrypt: median(runs.map((run) => run.decryptMs)),
    },
    serverParts: { ...runs.at(-1)!.parts },
    sample: 1,
    extrapolated: false,
    bytes: {
      keys: keys.relinearisation.length + keys.rotation.length,
      upload: median(runs.map((run) => run.upload)),
      download: median(runs.map((run) => run.output.length)),
    },
    noiseBudgetBits: Math.min(...runs.map((run) => run.noiseBudgetBits)),
    ...verdictOf(options.network, network, images, true, (image) => runs[image]!.logits),
    peakMemoryBytes: peakMemory(),
  };
}

function common(
  seal: SEALLibrary,
  client: BfvClient,
  moduli: readonly bigint[],
): Pick<HeFigures, 'library' | 'parameters'> {
  const { keys, fresh } = client.modulusBits;
  return {
    library: `node-seal ${seal.Version}, BFV`,
    parameters: {
      degree: client.slots,
      coefficientBits: keys,
      freshBits: fresh,
      plainModuli: moduli.map(String),
      securityBits: SECURITY_BITS,
    },
  };
}

/** Holds every image's decrypted logits against the integer network that was evaluated. */
function verdictOf(
  float: SquareNetwork,
  network: IntegerNetwork,
  { images, labels, count }: MnistImages,
  whole: boolean,
  logitsOf: (image: number) => bigint[],
): Pick<HeFigures, 'images' | 'exactImages' | 'accuracy' | 'agreement'> {
  let [exact, right, agreeing] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const bytes = images.subarray(i * PIXELS, (i + 1) * PIXELS);
    const logits = logitsOf(i);
    const expected = evaluate(network, levelsOf(bytes));
    if (logits.every((value, o) => value === BigInt(expected[o]!))) exact++;
    if (!whole) continue;
    const best = bestOf(logits.map(Number));
    if (best === labels[i]) right++;
    if (
      best ===
      bestOf(
        evaluate(
          float,
          Float64Array.from(bytes, (byte) => byte / 255),
        ),
      )
    )
      agreeing++;
  }
  return {
    images: count,
    exactImages: exact,
    accuracy: whole ? right / count : null,
    agreement: whole ? agreeing / count : null,
  };
}

function bestOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function levelsOfAll({ images, count }: MnistImages): Float64Array[] {
  return Array.from({ length: count }, (_, i) => levelsOf(images.subarray(i * PIXELS, (i + 1) * PIXELS)));
}

function timed<T>(work: () => T): [T, number] {
  const start = performance.now();
  const value = work();
  return [value, performance.now() - start];
}

function summed(parts: readonly ServerParts[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const part of parts) for (const [name, ms] of Object.entries(part)) total[name] = (total[name] ?? 0) + ms;
  return total;
}

function bytesOf(messages: readonly Uint8Array[]): number {
  return sum(messages.map((bytes) => bytes.length));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The most that this process has held. */
function peakMemory(): number {
  return 1024 * process.resourceUsage().maxRSS;
}
