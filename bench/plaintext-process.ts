/**
 * A child process: one tfjs backend on one model, so that its memory is its own and what one backend changes no other sees.
 * Answers with a result or with why there is none.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as Tfjs from '@tensorflow/tfjs';
import { peakMemoryBytes } from '../src/service.js';
import { serve } from './child.js';
import { median } from './measure.js';
import {
  type AdapterFacts,
  type PlainAnswer,
  type PlainJob,
  type PlainTiming,
  tensorflowAdapter,
} from './plaintext.js';

type Tf = typeof Tfjs;

const WARM_PASSES = 3;
const FEWEST_PASSES = 5;

serve<PlainJob, PlainAnswer>((job) =>
  run(job).catch((error: unknown) => ({ absent: error instanceof Error ? error.message : String(error) })),
);

async function run(job: PlainJob): Promise<PlainAnswer> {
  const { tf, version, adapter } = await start(job);
  const model = await loadModel(tf, job.model);
  const timings: PlainTiming[] = [];
  for (const batch of job.batches) timings.push(await time(tf, model, job, batch));
  const labels = await labelsOf(tf, model, job);
  return { version, adapter, timings, labels, peakMemoryBytes: peakMemoryBytes() };
}

async function start({ backend, wasmThreads }: PlainJob): Promise<{
  tf: Tf;
  version: string;
  adapter: AdapterFacts | null;
}> {
  if (backend === 'node' || backend === 'node-gpu') {
    const name = backend === 'node' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu';
    const tf = (await importing(name)) as Tf;
    await tf.ready();
    const adapter = backend === 'node-gpu' ? tensorflowAdapter(usesGpu(tf.backend())) : null;
    return { tf, version: `${name} ${tf.version.tfjs ?? ''}`, adapter };
  }
  const adapter = backend === 'webgpu' ? await exposeWebgpu() : null;
  const tf = await import('@tensorflow/tfjs');
  tf.enableProdMode();
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
function usesGpu(backend: Tfjs.KernelBackend): boolean {
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

async function importing(name: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ERR_MODULE_NOT_FOUND') throw new Error(`the package ${name} is not installed`);
    throw error;
  }
}

async function loadModel(tf: Tf, path: string): Promise<Tfjs.LayersModel> {
  const { weightsManifest, ...topology } = JSON.parse(await readFile(path, 'utf8')) as {
    weightsManifest: { paths: string[]; weights: Tfjs.io.WeightsManifestEntry[] }[];
    modelTopology: object;
  };
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((shard) => readFile(join(dirname(path), shard))));
  const weightData = Uint8Array.from(Buffer.concat(await Promise.all(shards))).buffer;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  return tf.loadLayersModel(tf.io.fromMemory({ ...topology, weightSpecs, weightData }));
}

/** From reals in memory to probabilities in memory. */
async function predict(tf: Tf, model: Tfjs.LayersModel, { inputs, shape }: PlainJob, from: number, count: number) {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const x = tf.tensor(inputs.subarray(from * size, (from + count) * size), [count, ...shape]);
  const y = model.predict(x) as Tfjs.Tensor;
  const values = await y.data();
  x.dispose();
  y.dispose();
  return values;
}

async function time(tf: Tf, model: Tfjs.LayersModel, job: PlainJob, batch: number): Promise<PlainTiming> {
  for (let pass = 0; pass < WARM_PASSES; pass++) await predict(tf, model, job, 0, batch);
  const times: number[] = [];
  const end = performance.now() + 1000 * job.seconds;
  do {
    const start = performance.now();
    await predict(tf, model, job, 0, batch);
    times.push(performance.now() - start);
  } while (performance.now() < end || times.length < FEWEST_PASSES);
  return { batch, ms: median(times), passes: times.length, warmPasses: WARM_PASSES };
}

async function labelsOf(tf: Tf, model: Tfjs.LayersModel, job: PlainJob): Promise<number[]> {
  const labels: number[] = [];
  const step = Math.max(...job.batches);
  for (let from = 0; from < job.count; from += step) {
    const count = Math.min(step, job.count - from);
    const values = await predict(tf, model, job, from, count);
    const classes = values.length / count;
    for (let n = 0; n < count; n++) {
      const row = [...values.slice(n * classes, (n + 1) * classes)];
      labels.push(row.indexOf(Math.max(...row)));
    }
  }
  return labels;
}
