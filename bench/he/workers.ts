/** Runs CryptoNets' servers in worker threads, a plaintext modulus each. @module */
import { Worker } from 'node:worker_threads';
import { TacitError } from '../../src/core/errors.js';
import { compiled } from '../child.js';
import type { ServerResult } from './cryptonets.js';
import type { ServerMessage, ServerSetup } from './worker.js';

export interface ServerJob extends ServerSetup {
  /** Handed over to the worker: empty afterwards. */
  readonly pixels: readonly Uint8Array<ArrayBuffer>[];
}

export interface Served {
  readonly results: readonly ServerResult[];
  /** Of each server: from keys to readiness. */
  readonly setupMs: readonly number[];
  /** From the pixels of all to the last output. */
  readonly ms: number;
}

/** Which of `count` jobs each of `threads` threads does, one after the other. */
export function lanesOf(count: number, threads: number): number[][] {
  const lanes = Math.min(count, threads);
  return Array.from({ length: lanes }, (_, lane) =>
    Array.from({ length: Math.ceil((count - lane) / lanes) }, (_, i) => lane + i * lanes),
  );
}

/**
 * The results of all jobs, `threads` at a time: first every server is set up, then all are given their pixels.
 * @param onProgress told of the fraction done of all jobs
 * @throws TacitError PARTY_DIED where a worker fails
 */
export async function runServers(
  jobs: readonly ServerJob[],
  threads: number,
  onProgress: (fraction: number) => void = () => {},
): Promise<Served> {
  const workers: Worker[] = [];
  const setupMs: number[] = [];
  const results: ServerResult[] = [];
  const fractions = jobs.map(() => 0);
  const inLanes = (work: (job: number) => Promise<void>): Promise<unknown> =>
    Promise.all(
      lanesOf(jobs.length, threads).map(async (lane) => {
        for (const job of lane) await work(job);
      }),
    );
  const told = (job: number) => (message: ServerMessage) => {
    if (message.type === 'ready') setupMs[job] = message.ms;
    else if (message.type === 'result') results[job] = { outputs: message.outputs, parts: message.parts };
    else {
      fractions[job] = message.fraction;
      onProgress(fractions.reduce((sum, part) => sum + part, 0) / jobs.length);
    }
  };
  try {
    await inLanes((job) => {
      const { pixels: _, ...setup } = jobs[job]!;
      const worker = new Worker(compiled('he/worker.js'), { workerData: setup });
      workers[job] = worker;
      return answerOf(worker, told(job));
    });
    const start = performance.now();
    await inLanes((job) => {
      const { pixels } = jobs[job]!;
      const answer = answerOf(workers[job]!, told(job));
      workers[job]!.postMessage(
        pixels,
        pixels.map(({ buffer }) => buffer),
      );
      return answer;
    });
    return { results, setupMs, ms: performance.now() - start };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Until the worker has said more than how far it is. */
function answerOf(worker: Worker, told: (message: ServerMessage) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const died = (how: string): void =>
      reject(new TacitError('PARTY_DIED', `expected the worker of the HE server to finish, it ${how}. Start again`));
    // listeners of an earlier job have their answer
    worker.removeAllListeners();
    worker.on('message', (message: ServerMessage) => {
      told(message);
      if (message.type !== 'progress') resolve();
    });
    worker.on('error', (error) => died(`failed: ${error.message.slice(0, 200)}`));
    worker.on('exit', (code) => died(`ended with ${code}`));
  });
}
