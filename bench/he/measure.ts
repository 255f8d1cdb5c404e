/** `tacit bench he`: both packings measured and checked, each in a process of its own. @module */
import type { MnistImages } from '../../models/mnist.js';
import type { Job } from '../agenda.js';
import { runChild } from '../child.js';
import { sampled } from './cryptonets.js';
import { type SquareNetwork, toIntegers } from './network.js';
import { loadSeal } from './seal.js';

/** Plaintext moduli of CryptoNets: as many threads as its server can use. */
export const CRYPTONETS_MODULI = 2;

export interface HeOptions {
  readonly network: SquareNetwork;
  readonly images: MnistImages;
  /** The part of the convolution's outputs that CryptoNets' server computes, above 0 and up to 1. */
  readonly sample: number;
  /** Images, one after the other, of the packing for latency. */
  readonly single: number;
  /** Of CryptoNets' server; default one a plaintext modulus, where the machine has as many cores. */
  readonly threads?: number;
  readonly onProgress?: (what: string) => void;
}

/** What a process measures. */
export interface HeJob {
  readonly packing: HeFigures['packing'];
  readonly network: SquareNetwork;
  readonly images: MnistImages;
  /** Of the packing for many images. */
  readonly sample: number;
  readonly threads: number | undefined;
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
  /** Evaluations that the times are medians of, and those before them that were not counted. */
  readonly passes: number;
  readonly warmPasses: number;
  /** Client and server apart, for one evaluation. Keys, and what the server makes of them and of its weights, are made once. */
  readonly ms: {
    readonly keys: number;
    readonly serverSetup: number;
    readonly encrypt: number;
    readonly server: number;
    readonly decrypt: number;
  };
  /** What `ms.server` is the sum of, extrapolated where that is: of threads, the one that takes longest. */
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
  /** Of the decrypted logits; this and what follows is null where a sample of the network was evaluated. */
  readonly accuracy: number | null;
  /** The part whose best label is the float network's. */
  readonly agreement: number | null;
  /** The integer network and the float network in the clear, on the same images. */
  readonly integers: { readonly accuracy: number; readonly agreement: number } | null;
  readonly floatAccuracy: number | null;
  /** Of the packing's own process: client and server together. */
  readonly peakMemoryBytes: number;
}

/** @throws MISSING_PACKAGE without node-seal; USAGE where the sample is too small for the network */
export async function checkHe(network: SquareNetwork, sample: number): Promise<void> {
  await loadSeal();
  if (sample > 0) sampled(toIntegers(network), sample);
}

const TITLES: Readonly<Record<HeFigures['packing'], string>> = {
  lola: 'homomorphic encryption: one image at a time',
  cryptonets: 'homomorphic encryption: many images at once',
};
/** About, on a small machine: keys, set-up and the plain evaluators; an image of the packing for one; encrypting for many, and all of the server's work. */
const LOLA_MS = 12_000;
const LOLA_IMAGE_MS = 1300;
const CRYPTONETS_MS = 15_000;
const CRYPTONETS_SERVER_MS = 28_000;

/** What measureHe does, and about how long it takes. */
export function heJobs({ sample, single }: Pick<HeOptions, 'sample' | 'single'>): Job[] {
  return [
    ...(single > 0 ? [{ what: TITLES.lola, ms: LOLA_MS + single * LOLA_IMAGE_MS }] : []),
    ...(sample > 0 ? [{ what: TITLES.cryptonets, ms: CRYPTONETS_MS + sample * CRYPTONETS_SERVER_MS }] : []),
  ];
}

/** Single images where there are any, then CryptoNets where the sample is above 0. @throws as checkHe */
export async function measureHe(options: HeOptions): Promise<HeFigures[]> {
  const { network, images, sample, single, threads, onProgress = () => {} } = options;
  await checkHe(network, sample);
  const figures: HeFigures[] = [];
  const measure = async (packing: HeFigures['packing'], images: MnistImages): Promise<void> => {
    onProgress(TITLES[packing]);
    const job: HeJob = { packing, network, images, sample, threads };
    figures.push(await runChild<HeJob, HeFigures>('he/process.js', job, onProgress));
  };
  if (single > 0) await measure('lola', { ...images, count: Math.min(single, images.count) });
  if (sample > 0) await measure('cryptonets', images);
  return figures;
}
