/** Jobs of linear steps by ring LWE: on the threads of an arithmetic, where it has some, else here. @module */

import type { Block } from '../../../kernels/memory.js';
import type { KernelModule } from '../../../kernels/module.js';
import type { OfflinePool } from '../../jobs.js';
import { type HeJobs, heJobs } from './jobs.js';

/** What jobs are done with. */
export interface Machine {
  readonly module: KernelModule;
  readonly pool?: OfflinePool;
}

/** Runs jobs: on the threads of an arithmetic, a block of kernel memory for each under way, else on this one, when they are asked for. */
export class HeWork {
  readonly #machine: Machine;
  readonly #blocks: readonly Block[];

  /** @param bytes that a job has of kernel memory */
  constructor(machine: Machine, bytes: number) {
    const { module, pool } = machine;
    this.#machine = machine;
    this.#blocks = Array.from({ length: pool ? pool.threads + 1 : 0 }, () => module.memory.allocate(bytes));
  }

  /** Jobs that may be under way. */
  get slots(): number {
    return Math.max(1, this.#blocks.length);
  }

  async run<Name extends keyof HeJobs>(
    job: Name,
    slot: number,
    args: Parameters<HeJobs[Name]>[1],
  ): Promise<ReturnType<HeJobs[Name]>> {
    const { module, pool } = this.#machine;
    if (pool) return pool.run(job, this.#blocks[slot]!, args);
    const here: (module: KernelModule, args: Parameters<HeJobs[Name]>[1]) => ReturnType<HeJobs[Name]> = heJobs[
      job
    ] as never;
    return here(module, args);
  }

  dispose(): void {
    for (const block of this.#blocks) this.#machine.module.memory.clear(block);
  }
}
