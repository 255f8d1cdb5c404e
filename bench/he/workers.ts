/** Runs CryptoNets' servers in worker threads, a plaintext modulus each. @module */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TacitError } from '../../src/core/errors.js';
import type { ServerResult } from './cryptonets.js';
import type { ServerJob, ServerMessage } from './worker.js';

/** Compiled: beside this file. From the TypeScript source (tests): in dist, which the build makes. */
function entry(): URL {
  const path = import.meta.url.endsWith('.ts') ? '../../dist/bench/he/worker.js' : './worker.js';
  const url = new URL(path, import.meta.url);
  if (existsSync(url)) return url;
  throw new TacitError('INTERNAL', `expected ${fileURLToPath(url)}, found none. Run: npm run build`);
}

/**
 * The results of all jobs, `threads` at a time.
 * @param onProgress told of the fraction done of all jobs
 * @throws TacitError PARTY_DIED where a worker fails
 */
export async function runServers(
  jobs: readonly ServerJob[],
  threads: number,
  onProgress: (fraction: number) => void = () => {},
): Promise<ServerResult[]> {
  const fractions = jobs.map(() => 0);
  const results: ServerResult[] = [];
  const waiting = [...jobs.entries()];
  const serve = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, job] = next;
      results[index] = await runServer(job, (fraction) => {
        fractions[index] = fraction;
        onProgress(fractions.reduce((sum, part) => sum + part, 0) / jobs.length);
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, serve));
  return results;
}

function runServer(job: ServerJob, onProgress: (fraction: number) => void): Promise<ServerResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry(), { workerData: job });
    const died = (how: string): void =>
      reject(new TacitError('PARTY_DIED', `expected the worker of the HE server to finish, it ${how}. Start again`));
    worker.on('message', (message: ServerMessage) => {
      if (message.type === 'progress') onProgress(message.fraction);
      else resolve({ outputs: message.outputs, parts: message.parts });
    });
    worker.on('error', (error) => died(`failed: ${error.message.slice(0, 200)}`));
    worker.on('exit', (code) => died(`ended with ${code}`));
  });
}
