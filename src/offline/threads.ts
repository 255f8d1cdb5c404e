/** The arithmetic of a process: with threads of its own, or without. @module */
import { processorCount } from '#platform';
import type { Arithmetic } from '../correlations/context.js';
import type { OfflinePool } from '../correlations/jobs.js';
import { loadKernelModule } from '../kernels/module.js';
import { Pool } from '../kernels/pool.js';
import { wasmKernels } from '../kernels/wasm.js';
import { ringOf } from '../plan/compile.js';
import type { ThreePlan } from '../plan/three.js';
import type { Plan } from '../plan/two.js';

/** Threads by default: one core is left for everything else. */
export function defaultThreads(): number {
  return Math.max(1, processorCount() - 1);
}

/**
 * Kernels for a plan.
 * @param threads worker threads for bulk work; with 1 it is done on the calling thread, and no other is started
 */
export function openArithmetic(plan: Plan | ThreePlan, threads: number = defaultThreads()): Arithmetic {
  const shared = threads > 1;
  const module = loadKernelModule(undefined, shared);
  const arithmetic = { bits: ringOf(plan), module, kernels: wasmKernels(module) };
  return shared ? { ...arithmetic, pool: openPool(arithmetic, threads) } : arithmetic;
}

/** Threads for an arithmetic over shared kernel memory. */
export function openPool({ module }: Pick<Arithmetic, 'module'>, threads: number): OfflinePool {
  return new Pool(module.memory, threads, entry());
}

/** Compiled: beside this file. From the TypeScript source (tests): in dist, which the build makes. */
function entry(): URL {
  const here = new URL('../correlations/thread.js', import.meta.url);
  return import.meta.url.endsWith('.ts') ? new URL(here.href.replace(/src(?=.correlations.thread)/, 'dist/src')) : here;
}
