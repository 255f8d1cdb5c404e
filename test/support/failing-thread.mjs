/** A thread that writes into the block that it was lent, and dies. */
import { serveJobs } from '../../dist/src/kernels/worker.js';

serveJobs({
  garble: ({ memory }) => {
    memory.bytes.fill(7, memory.scratch(4096), memory.scratch(4096) + 8192);
    process.exit(3);
  },
});
