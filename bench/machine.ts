/** What a run of the benches ran on. @module */
import { cpus, totalmem } from 'node:os';
import { modelsPath } from '../models/mnist.js';
import { PIXELS } from './images.js';
import { describeAdapter, runPlain } from './plaintext.js';
import type { Machine, Results } from './results.js';
import { versionsOf } from './versions.js';

export type Environment = Pick<Results, 'made' | 'machine' | 'versions'>;

/** Goes with every result, so that figures are never without it. */
export async function environmentOf(): Promise<Environment> {
  return { made: new Date().toISOString(), machine: await machineOf(), versions: versionsOf() };
}

/** With what WebGPU has to say of a GPU. */
async function machineOf(): Promise<Machine> {
  const model = modelsPath('zoo/secureml/model.json');
  const job = { model, shape: [28, 28, 1], inputs: new Float32Array(PIXELS), count: 1, batches: [1], seconds: 0 };
  const answer = await runPlain({ ...job, wasmThreads: 1, backend: 'webgpu' });
  const found = 'absent' in answer ? undefined : answer.adapter;
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    gpu: found ? describeAdapter(found) : `none (${'absent' in answer ? answer.absent : 'no adapter'})`,
  };
}
