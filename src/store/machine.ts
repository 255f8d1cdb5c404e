/** What this machine has for parties and their bundles. @module */
import { statfsSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';

/** What a machine has. */
export interface Machine {
  readonly memoryBytes: number;
  readonly temporaryFolder: string;
  /** Free on the disk of a folder, which need not be there yet. */
  freeBytes(folder: string): number;
}

export const THIS_MACHINE: Machine = {
  get memoryBytes() {
    return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  },
  get temporaryFolder() {
    return tmpdir();
  },
  freeBytes: (folder) => {
    for (let path = resolve(folder); ; path = dirname(path)) {
      try {
        const { bavail, bsize } = statfsSync(path);
        return bavail * bsize;
      } catch (error) {
        // what is in a folder's way is said by who opens it
        const { code } = error as NodeJS.ErrnoException;
        if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(path) === path) throw error;
      }
    }
  },
};
