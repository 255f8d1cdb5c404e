/** The thread of test/kernels/pool.test.ts. */
import { threadId } from 'node:worker_threads';
import { TacitError } from '../../dist/src/core/errors.js';
import { serveJobs } from '../../dist/src/kernels/worker.js';

serveJobs({
  increment: ({ memory }, bytes) => {
    const { pointer } = memory.allocate(bytes);
    for (let i = pointer; i < pointer + bytes; i++) memory.bytes[i]++;
    return threadId;
  },
  fail: (_, message) => {
    throw new TacitError('BAD_FRAME', message);
  },
});
