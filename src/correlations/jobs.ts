/** What the threads of a pool do for the offline phase, by name. @module */
import type { KernelModule } from '../kernels/module.js';
import type { Pool } from '../kernels/pool.js';
import { type ExtendArgs, type Extended, extendJob } from './cot-threads.js';
import { receivePartJob, sendPartJob } from './cross-terms.js';
import { garbleJob } from './tables/garbling.js';

export interface OfflineJobs {
  readonly extend: (module: KernelModule, args: ExtendArgs) => Extended;
  readonly garble: typeof garbleJob;
  readonly sendPart: typeof sendPartJob;
  readonly receivePart: typeof receivePartJob;
}

/** The jobs of one thread, which keeps the keys that it has expanded. */
export function offlineJobs(): OfflineJobs {
  return { extend: extendJob(), garble: garbleJob, sendPart: sendPartJob, receivePart: receivePartJob };
}

export type OfflinePool = Pool<OfflineJobs>;
