/** Plaintext baselines: a tfjs LayersModel on every backend that this machine has, each in a process of its own. @module */
import { codeOf } from '../src/core/errors.js';
import { runChild } from './child.js';

/** Of tfjs, all but the last. */
export const BACKENDS = ['webgpu', 'wasm', 'cpu', 'node', 'node-gpu', 'onnxruntime'] as const;
export type Backend = (typeof BACKENDS)[number];

export function titleOf(backend: Backend): string {
  return backend === 'onnxruntime' ? backend : `tfjs ${backend}`;
}

/** What a backend says of the device that it computes on, in the words of WebGPU. */
export interface AdapterFacts {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter: boolean;
}

export interface PlainJob {
  readonly backend: Backend;
  /** Of a model.json. */
  readonly model: string;
  /** Of one input. */
  readonly shape: readonly number[];
  /** Reals, [count, ...shape]. */
  readonly inputs: Float32Array;
  readonly count: number;
  /** Each at most `count`. */
  readonly batches: readonly number[];
  /** Of passes for each batch. */
  readonly seconds: number;
  readonly wasmThreads: number;
}

export interface PlainTiming {
  readonly batch: number;
  /** Median, from reals in memory to probabilities in memory. */
  readonly ms: number;
  readonly passes: number;
  /** Before those. */
  readonly warmPasses: number;
}

export interface PlainResult {
  readonly version: string;
  /** Null for backends that know none but the CPU. */
  readonly adapter: AdapterFacts | null;
  readonly timings: readonly PlainTiming[];
  /** The best label of each input. */
  readonly labels: readonly number[];
  readonly peakMemoryBytes: number;
}

/** Why a backend has no result. */
export interface Absent {
  readonly absent: string;
}
export type PlainAnswer = PlainResult | Absent;

/** Measures one backend; one that cannot run, or whose process dies of it, says why. */
export async function runPlain(job: PlainJob): Promise<PlainAnswer> {
  try {
    return await runChild<PlainJob, PlainAnswer>('plaintext-process.js', job);
  } catch (error) {
    if (error instanceof Error && codeOf(error) === 'PARTY_DIED') return { absent: error.message };
    throw error;
  }
}

/** Names of adapters that compute on the CPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bwarp\b|\bcpu\b/i;

/** Whether an adapter is a GPU: software that plays one is not, whatever it calls itself. */
export function isGpu(adapter: AdapterFacts): boolean {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter;
  return !isFallbackAdapter && !SOFTWARE.test([vendor, architecture, device, description].join(' '));
}

/** The device of TensorFlow's GPU build, which computes on the CPU without a message where it finds no GPU. */
export function tensorflowAdapter(usesGpu: boolean): AdapterFacts {
  return {
    vendor: '',
    architecture: '',
    device: usesGpu ? "TensorFlow's CUDA device" : 'TensorFlow on the CPU, which found no CUDA device',
    description: '',
    isFallbackAdapter: !usesGpu,
  };
}

/** An adapter in words: what it is called and whether it is a GPU. */
export function describeAdapter(adapter: AdapterFacts): string {
  const name = adapter.description || adapter.device || `${adapter.vendor} ${adapter.architecture}`.trim() || 'unnamed';
  return isGpu(adapter) ? `GPU: ${name}` : `software adapter, no GPU: ${name}`;
}
