/** Plaintext baselines name what they ran on, and software never passes for a GPU. */
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { firstImages, realsOf } from '../../bench/images.js';
import {
  type AdapterFacts,
  describeAdapter,
  isGpu,
  type PlainJob,
  runPlain,
  tensorflowAdapter,
} from '../../bench/plaintext.js';
import { zooModelPath } from '../../models/zoo.js';

function installed(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

const adapter = (partial: Partial<AdapterFacts>): AdapterFacts => ({
  vendor: '',
  architecture: '',
  device: '',
  description: '',
  isFallbackAdapter: false,
  ...partial,
});

describe('WebGPU adapters', () => {
  const software: Partial<AdapterFacts>[] = [
    { vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader driver 5.0.0', isFallbackAdapter: true },
    { vendor: 'google', architecture: 'swiftshader' },
    { vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.7, 256 bits)' },
    { description: 'Microsoft Basic Render Driver' },
    { vendor: 'nvidia', description: 'NVIDIA H100', isFallbackAdapter: true },
  ];

  it.each(software)('%o is no GPU', (facts) => {
    expect(isGpu(adapter(facts))).toBe(false);
    expect(describeAdapter(adapter(facts))).toMatch(/^software adapter, no GPU: ./);
  });

  it('names a GPU', () => {
    const facts = adapter({ vendor: 'nvidia', architecture: 'hopper', description: 'NVIDIA H100' });
    expect(describeAdapter(facts)).toBe('GPU: NVIDIA H100');
  });

  it("takes TensorFlow's GPU build for a GPU where it uses one, and for software where it fell back", () => {
    expect(describeAdapter(tensorflowAdapter(true))).toMatch(/^GPU: .*CUDA/);
    expect(isGpu(tensorflowAdapter(false))).toBe(false);
    expect(describeAdapter(tensorflowAdapter(false))).toMatch(/^software adapter, no GPU: TensorFlow/);
  });
});

describe('a backend in a process of its own', () => {
  const images = firstImages(4);
  const job: PlainJob = {
    backend: 'wasm',
    model: zooModelPath('secureml')!,
    shape: [28, 28, 1],
    inputs: realsOf(images),
    count: 4,
    batches: [1, 3],
    seconds: 0,
    wasmThreads: 1,
  };

  it('times each batch and recognises the digits', async () => {
    const answer = await runPlain(job);
    expect(answer).toMatchObject({ labels: [7, 2, 1, 0], adapter: null, timings: [{ batch: 1 }, { batch: 3 }] });
    expect(answer).toHaveProperty('version', expect.stringMatching(/^tfjs \d.*SIMD/));
  });

  it('counts its own memory, not what this one holds when it forks', async () => {
    const held = Buffer.alloc(2 ** 29, 1);
    const answer = await runPlain({ ...job, backend: 'cpu' });
    expect(answer).toHaveProperty('peakMemoryBytes', expect.any(Number));
    if ('peakMemoryBytes' in answer) expect(answer.peakMemoryBytes).toBeLessThan(held.length);
  });

  it('names the device of one that is there, says why one that is not has no figures', async () => {
    const answer = await runPlain({ ...job, backend: 'node-gpu' });
    if (installed('@tensorflow/tfjs-node-gpu')) expect('absent' in answer || answer.adapter !== null).toBe(true);
    else expect(answer).toEqual({ absent: 'the package @tensorflow/tfjs-node-gpu is not installed' });
  });

  it('says why onnxruntime has no figures, or has the same labels', async () => {
    const answer = await runPlain({ ...job, model: zooModelPath('minionn-mnist')!, backend: 'onnxruntime' });
    if (installed('onnxruntime-node')) expect(answer).toMatchObject({ labels: [7, 2, 1, 0], adapter: null });
    else expect(answer).toEqual({ absent: 'the package onnxruntime-node is not installed' });
  });

  it('says what is wrong with a model that cannot be read', async () => {
    expect(await runPlain({ ...job, model: '/nowhere/model.json' })).toHaveProperty('absent');
  });
});
