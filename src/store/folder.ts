/** Folders and files of their owner alone, and what the system says about them in terms of a bundle store. @module */
import { closeSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { TacitError } from '../core/errors.js';

const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;
/** Permissions of the group and of others. */
const OTHERS = 0o077;

/** What is stored is not as it was written. The message says what came, without any of it. */
export class Damaged extends Error {}

/**
 * Makes a folder and those above it. Node's `recursive` never returns where a file system refuses with ENOENT below a folder that exists (/proc).
 * @throws the system's error
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, FOLDER_MODE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const above = dirname(path);
    if (code !== 'ENOENT' || above === path) throw error;
    makeFolder(above);
    mkdirSync(path, FOLDER_MODE);
  }
}

/** @throws TacitError BAD_INPUT where others than its owner may read, write or enter the folder */
export function refuseOthers(folder: string): void {
  const mode = statSync(folder).mode & 0o777;
  if ((mode & OTHERS) === 0 || process.platform === 'win32') return;
  throw new TacitError(
    'BAD_INPUT',
    `expected ${folder} to be its owner's alone (mode 700), got mode ${mode.toString(8)}. Run chmod 700 ${folder}`,
  );
}

/** Makes durable which files a folder has, after one was made or renamed. */
export function syncFolder(folder: string): void {
  // Windows opens no folder, and writes its tables of files in order
  if (process.platform === 'win32') return;
  const opened = openSync(folder, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Whether the system refused for want of room. */
export function isFull(error: unknown): boolean {
  return NO_ROOM.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Runs `work` on a file of a store. @throws TacitError STORE_FULL, STORE_CORRUPT or BAD_INPUT, which name the file */
export function onFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw explain(path, error);
  }
}

/** What went wrong with a file of a store, in one line. */
export function explain(path: string, error: unknown): TacitError {
  if (error instanceof TacitError) return error;
  const words = error instanceof Error ? error.message : String(error);
  const because = (code: 'STORE_FULL' | 'STORE_CORRUPT' | 'BAD_INPUT', expected: string, advice = ''): TacitError =>
    new TacitError(code, `expected ${expected}, got ${words}${advice}`, { cause: error });
  if (isFull(error)) return because('STORE_FULL', `room on the disk for ${path}`);
  if (error instanceof Damaged) {
    return because('STORE_CORRUPT', `an undamaged ${path}`, '. Remove its folder and prepare anew');
  }
  return because('BAD_INPUT', `to use the bundle store ${path}`, '. Check the folder and its permissions');
}
