/** Whether this machine has the memory and the disk that participants of a plan need: said before anything starts. @module */
import { TacitError } from '../core/errors.js';
import { BUNDLE_MEMORY } from '../correlations/spool.js';
import { defaultThreads } from '../offline/threads.js';
import { type Need, needsOf } from '../plan/needs.js';
import type { AnyPlan } from '../plan/plan.js';
import { type Machine, THIS_MACHINE } from '../store/machine.js';

/** What will be done with bundles. */
export interface Use {
  /** The folder of a store; without it what is too large for memory goes to the folder of temporary files. */
  readonly store: string | undefined;
  /** Bundles that wait at once. */
  readonly bundles: number;
  /** Whether they stay in the store. */
  readonly keep: boolean;
  /** Of each process; default one less than cores. */
  readonly threads: number | undefined;
}

/**
 * @param workers those that work on this machine, all by default
 * @throws TacitError OUT_OF_MEMORY, STORE_FULL
 */
export function checkNeeds(
  plan: AnyPlan,
  use: Use,
  workers: (worker: string) => boolean = () => true,
  machine: Machine = THIS_MACHINE,
): void {
  const needs = Object.entries(needsOf(plan, use.threads ?? defaultThreads())).flatMap(([worker, need]) =>
    workers(worker) ? need : [],
  );
  const memory = needs.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  const { memoryBytes } = machine;
  if (memory > memoryBytes) {
    throw new TacitError(
      'OUT_OF_MEMORY',
      `expected at most the ${gigabytes(memoryBytes)} of memory of this machine, got a plan that needs ${gigabytes(memory)}. ` +
        (plan.batch > 1 ? 'Use a smaller batch' : 'Use smaller inputs or layers'),
      { facts: { bytes: memory, available: memoryBytes } },
    );
  }
  const disk = needs.reduce((sum, need) => sum + diskBytes(need, use), 0);
  if (disk === 0) return;
  const folder = use.store ?? machine.temporaryFolder;
  const free = machine.freeBytes(folder);
  if (disk > free) {
    throw new TacitError(
      'STORE_FULL',
      `expected at most the ${gigabytes(free)} that are free on the disk of ${folder}, got a plan whose bundles need ${gigabytes(disk)} there. ` +
        `Use ${plan.batch > 1 ? 'a smaller batch' : 'three parties'} or another folder${use.store === undefined ? ' (TMPDIR)' : ''}`,
      { facts: { bytes: disk, available: free } },
    );
  }
}

function diskBytes({ bundleBytes, modelBytes }: Need, { store, bundles, keep }: Use): number {
  const waiting = keep || bundleBytes > BUNDLE_MEMORY ? bundles * bundleBytes : 0;
  return waiting + (store === undefined ? 0 : modelBytes);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1)} GB`;
}
