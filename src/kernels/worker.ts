/** What a thread of a pool (pool.ts) does: the jobs that it is sent, one after another. @module */
import { serveThread } from '#platform';
import { codeOf } from '../core/errors.js';
import { joinKernelModule } from './module.js';
import type { Answer, Job, Task } from './pool.js';

/** Answers tasks until the pool ends this thread. */
export function serveJobs(jobs: Readonly<Record<string, Job>>): void {
  serveThread((memory) => {
    const moduleOver = joinKernelModule(memory as WebAssembly.Memory);
    return (task) => {
      const { job, block, args } = task as Task;
      return answerOf(() => jobs[job]!(moduleOver(block), args));
    };
  });
}

function answerOf(work: () => unknown): Answer {
  try {
    return { result: work() };
  } catch (error) {
    return { code: codeOf(error), message: error instanceof Error ? error.message : String(error) };
  }
}
