/** The entry of a worker thread. @module */
import { serveJobs } from '../kernels/worker.js';
import { silentJobs } from '../ot/silent/jobs.js';
import { convolveJob } from './convolve-job.js';
import { extendJob } from './cot-threads.js';
import { receivePartJob, sendPartJob } from './cross-terms.js';
import type { OfflineJobs } from './jobs.js';
import { garbleJob } from './tables/garbling.js';
import { heJobs } from './triples/he/jobs.js';

/** The jobs of one thread, which keeps the keys that it has expanded. */
const jobs = {
  extend: extendJob(),
  convolve: convolveJob,
  garble: garbleJob,
  sendPart: sendPartJob,
  receivePart: receivePartJob,
  ...silentJobs,
  ...heJobs,
} satisfies OfflineJobs;

serveJobs(jobs);
