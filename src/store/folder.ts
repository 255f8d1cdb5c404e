/** Folders that are not there yet. @module */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** For their owner alone. */
const MODE = 0o700;

/**
 * Makes a folder and those above it. Node's `recursive` never returns where a file system refuses with ENOENT below a folder that exists (/proc).
 * @throws the system's error
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, MODE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path) throw error;
    makeFolder(above);
    mkdirSync(path, MODE);
  }
}
