/**
 * One process at a time works with a store. Each that wants to leaves a file that is named after it, and then looks for others': of two that come
 * at once at least one sees the other. The file of a process that was killed is no obstacle: its process is gone, and no other has its name.
 * @module
 */
import { readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TacitError } from '../core/errors.js';
import { FILE_MODE } from './folder.js';

const LOCK = /^lock-(\d+)-(\d*)$/;

/** Folders that this process works with. */
const held = new Set<string>();

/** @returns what gives the folder free @throws TacitError STORE_IN_USE where it, or another living process, works with it */
export function lock(folder: string): () => void {
  const place = realpathSync(folder);
  if (held.has(place)) throw inUse(folder, process.pid);
  const own = `lock-${process.pid}-${startOf(process.pid)}`;
  // empty, so that it needs no room; one may be left of a process that had the same number and moment of its start before the machine stopped
  writeFileSync(join(folder, own), '', { mode: FILE_MODE });
  for (const name of readdirSync(folder)) {
    const [, pid, started] = LOCK.exec(name) ?? [];
    if (pid === undefined || name === own) continue;
    if (startOf(Number(pid)) === started) {
      rmSync(join(folder, own), { force: true });
      throw inUse(folder, Number(pid));
    }
    rmSync(join(folder, name), { force: true });
  }
  held.add(place);
  return () => {
    held.delete(place);
    rmSync(join(folder, own), { force: true });
  };
}

function inUse(folder: string, pid: number): TacitError {
  return new TacitError('STORE_IN_USE', `expected to be alone with the store ${folder}, process ${pid} works with it`);
}

/** When a living process started, as far as the system tells: process numbers come again. Undefined where there is none. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // it lives, but is another user's
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
