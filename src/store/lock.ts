/** One process at a time works with a store. The record of one that was killed is no obstacle: its process is gone. @module */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { TacitError } from '../core/errors.js';
import type { Key, Records } from './records.js';

const KEY: Key = ['lock'];

const lockSchema = z.object({
  process: z.number(),
  /** When it started, where the system tells: process numbers come again. */
  started: z.string(),
});

/** @throws TacitError STORE_IN_USE where a living process holds it */
export function lock(records: Records, folder: string): void {
  records.transact(() => {
    const held = lockSchema.safeParse(records.get(KEY));
    if (held.success && held.data.process !== process.pid && startOf(held.data.process) === held.data.started) {
      throw new TacitError(
        'STORE_IN_USE',
        `expected to be alone with the store ${folder}, process ${held.data.process} works with it`,
      );
    }
    return [[KEY, { process: process.pid, started: startOf(process.pid) }]];
  });
}

export function unlock(records: Records): void {
  records.transact(() => [[KEY, undefined]]);
}

/** When a living process started, as far as the system tells; undefined where there is none. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // it lives, but is somebody else's
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  try {
    // Linux: after the name, which may hold anything, the 20th field
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
