/** A child process: one packing, so that its memory is its own. @module */
import { serve } from '../child.js';
import type { HeFigures, HeJob } from './measure.js';
import { measureCryptonets } from './measure-cryptonets.js';
import { measureLola } from './measure-lola.js';
import { loadSeal } from './seal.js';

serve<HeJob, HeFigures>(async (job, onProgress) => {
  const measure = job.packing === 'lola' ? measureLola : measureCryptonets;
  return measure(await loadSeal(), job, onProgress);
});
