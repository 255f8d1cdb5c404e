/** The entry of a worker thread of the offline phase. @module */
import { serveJobs } from '../kernels/worker.js';
import { offlineJobs } from './jobs.js';

serveJobs({ ...offlineJobs() });
