/**
 * A child process: one backend on one model, so that its memory is its own and what one backend changes no other sees.
 * Answers with a result or with why there is none.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Core from '@tensorflow/tfjs-core';
import type * as Layers from '@tensorflow/tfjs-layers';
import { peakMemoryBytes } from '#platform';
import { sizeOf } from '../src/core/ring.js';
import { serve } from './child.js';
import { bestOf } from './labels.js';
import { median } from './measure.js';
import {
  type AdapterFacts,
  type PlainAnswer,
  type PlainJob,
  type PlainTiming,
  tensorflowAdapter,
} from './plaintext.js';

/** tfjs's core, and how it reads models. */
type Tf = typeof Core & Pick<typeof Layers, 'loadLayersModel'>;

const WARM_PASSES = 3;
const FEWEST_PASSES = 5;

serve<PlainJob, PlainAnswer>((job) =>
  run(job).catch((error: unknown) => ({ absent: error instanceof Error ? error.message : String(error) })),
);

/** From reals in memory, [count, ...shape], to probabilities in memory. */
type Predict = (values: Float32Array, count: number) => Promise<ArrayLike<number>>;

interface Runtime {
  readonly version: string;
  readonly adapter: AdapterFacts | null;
  readonly predict: Predict;
}

async function run(job: PlainJob): Promise<PlainAnswer> {
  const { version, adapter, predict } = await (job.backend === 'onnxruntime' ? startOnnx(job) : startTfjs(job));
  const timings: PlainTiming[] = [];
  for (const batch of job.batches) timings.push(await time(predict, job, batch));
  const labels = await labelsOf(predict, job);
  return { version, adapter, timings, labels, peakMemoryBytes: peakMemoryBytes() };
}

async function startTfjs(job: PlainJob): Promise<Runtime> {
  const { tf, ...facts } = await loadTfjs(job);
  const model = await loadLayers(tf, job.model);
  const predict: Predict = async (values, count) => {
    const x = tf.tensor(values, [count, ...job.shape]);
    const y = model.predict(x) as Core.Tensor;
    const probabilities = await y.data();
    x.dispose();
    y.dispose();
    return probabilities;
  };
  return { ...facts, predict };
}

async function loadTfjs({ backend, wasmThreads }: PlainJob): Promise<Omit<Runtime, 'predict'> & { readonly tf: Tf }> {
  if (backend === 'node' || backend === 'node-gpu') {
    const name = backend === 'node' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu';
    const tf = (await importing(name)) as Tf & { readonly version: { readonly tfjs?: string } };
    await tf.ready();
    const adapter = backend === 'node-gpu' ? tensorflowAdapter(usesGpu(tf.backend())) : null;
    return { tf, version: `${name} ${tf.version.tfjs ?? ''}`, adapter };
  }
  const adapter = backend === 'webgpu' ? await exposeWebgpu() : null;
  const { loadLayersModel } = await import('@tensorflow/tfjs-layers');
  const tf = { ...(await import('@tensorflow/tfjs-core')), loadLayersModel };
  tf.enableProdMode();
  if (backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  let detail = '';
  if (backend === 'wasm') {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    wasm.setThreadsCount(wasmThreads);
  }
  if (backend === 'webgpu') createRequire(import.meta.url)('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs does not start its backend ${backend}`);
  if (backend === 'wasm') detail = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? ', SIMD' : ', no SIMD';
  return { tf, version: `tfjs ${tf.version_core}${detail}`, adapter };
}

/** What tfjs-node's backend says; one that does not say is none. */
function usesGpu(backend: Core.KernelBackend): boolean {
  return 'isUsingGpuDevice' in backend && backend.isUsingGpuDevice === true;
}

/** Puts Dawn's WebGPU where browsers have it. @throws Error where there is no adapter */
async function exposeWebgpu(): Promise<AdapterFacts> {
  const { create, globals } = (await importing('webgpu')) as typeof import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  // as tfjs's backend asks, so that this is the adapter that it gets
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Error('no WebGPU adapter: this machine has no GPU that Dawn can use');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'node' }, configurable: true });
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  return { vendor, architecture, device, description, isFallbackAdapter };
}

/** What is used of onnxruntime-node, which is here where a user has installed it. */
interface OnnxRuntime {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { readonly executionProviders: readonly string[]; readonly intraOpNumThreads: number },
    ): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => OnnxTensor;
  readonly env: { readonly versions: { readonly node?: string } };
}
interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
}
interface OnnxTensor {
  readonly data: Float32Array;
}

async function startOnnx({ model, shape, wasmThreads }: PlainJob): Promise<Runtime> {
  const ort = (await importing('onnxruntime-node')) as OnnxRuntime;
  // not in the memory of the other backends
  const [{ onnxOf }, { loadModel }] = await Promise.all([import('./onnx.js'), import('../src/model/load.js')]);
  const options = { executionProviders: ['cpu'], intraOpNumThreads: wasmThreads };
  const session = await ort.InferenceSession.create(onnxOf(await loadModel(model)), options);
  const predict: Predict = async (values, count) => {
    const results = await session.run({
      [session.inputNames[0]!]: new ort.Tensor('float32', values, [count, ...shape]),
    });
    return results[session.outputNames[0]!]!.data;
  };
  return { version: `onnxruntime-node ${ort.env.versions.node ?? ''}`, adapter: null, predict };
}

async function importing(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_MODULE_NOT_FOUND') throw new Error(`the package ${name} is not installed`);
    throw error;
  }
}

async function loadLayers(tf: Tf, path: string): Promise<Layers.LayersModel> {
  const { weightsManifest, ...topology } = JSON.parse(await readFile(path, 'utf8')) as {
    weightsManifest: { paths: string[]; weights: Core.io.WeightsManifestEntry[] }[];
    modelTopology: object;
  };
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((shard) => readFile(join(dirname(path), shard))));
  const weightData = Uint8Array.from(Buffer.concat(await Promise.all(shards))).buffer;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  return tf.loadLayersModel(tf.io.fromMemory({ ...topology, weightSpecs, weightData }));
}

async function time(predict: Predict, job: PlainJob, batch: number): Promise<PlainTiming> {
  const values = inputsOf(job, 0, batch);
  for (let pass = 0; pass < WARM_PASSES; pass++) await predict(values, batch);
  const times: number[] = [];
  const end = performance.now() + 1000 * job.seconds;
  do {
    const start = performance.now();
    await predict(values, batch);
    times.push(performance.now() - start);
  } while (performance.now() < end || times.length < FEWEST_PASSES);
  return { batch, ms: median(times), passes: times.length, warmPasses: WARM_PASSES };
}

function inputsOf({ inputs, shape }: PlainJob, from: number, count: number): Float32Array {
  const size = sizeOf(shape);
  return inputs.subarray(from * size, (from + count) * size);
}

async function labelsOf(predict: Predict, job: PlainJob): Promise<number[]> {
  const labels: number[] = [];
  const step = Math.max(...job.batches);
  for (let from = 0; from < job.count; from += step) {
    const count = Math.min(step, job.count - from);
    const values = Array.from(await predict(inputsOf(job, from, count), count));
    const classes = values.length / count;
    for (let n = 0; n < count; n++) {
      labels.push(bestOf(values.slice(n * classes, (n + 1) * classes)));
    }
  }
  return labels;
}
