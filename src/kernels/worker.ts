/** What a thread of a pool (pool.ts) does: the jobs that it is sent, one after another. @module */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { codeOf } from '../core/errors.js';
import { joinKernelModule } from './module.js';
import type { Answer, Job, Task } from './pool.js';

/** Answers tasks until the pool ends this thread. */
export function serveJobs(jobs: Readonly<Record<string, Job>>): void {
  if (isMainThread || parentPort === null) throw new Error('expected to be a thread of a pool');
  const port = parentPort;
  const moduleOver = joinKernelModule(workerData as WebAssembly.Memory);
  port.on('message', ({ job, block, args }: Task) =>
    port.postMessage(answerOf(() => jobs[job]!(moduleOver(block), args))),
  );
}

function answerOf(work: () => unknown): Answer {
  try {
    return { result: work() };
  } catch (error) {
    return { code: codeOf(error), message: error instanceof Error ? error.message : String(error) };
  }
}
