/** --store: which folder a command means. @module */
import { existsSync } from 'node:fs';
import { TacitError } from '../../src/core/errors.js';

/** In the working directory. */
export const DEFAULT_STORE = '.tacit';

const NONE = 'none';

/** The store that a run spends from: the one named, or the default where it is there. @throws TacitError USAGE on an empty name */
export function storeInUse(flag: string | undefined): string | undefined {
  expectNamed(flag);
  if (flag === NONE) return undefined;
  return flag ?? (existsSync(DEFAULT_STORE) ? DEFAULT_STORE : undefined);
}

/** The store that a command is about. @throws TacitError USAGE on none */
export function folderOf(flag: string | undefined): string {
  expectNamed(flag);
  if (flag === NONE) {
    throw new TacitError(
      'USAGE',
      'expected --store to name a folder, got none. Leave it out, or give for example --store bundles',
    );
  }
  return flag ?? DEFAULT_STORE;
}

/** An empty name comes of a shell variable that is not set; taken as a path it would be the working directory. */
function expectNamed(flag: string | undefined): void {
  if (flag?.trim() !== '') return;
  throw new TacitError(
    'USAGE',
    'expected --store to name a folder, got an empty name. Leave it out, or give for example --store bundles',
  );
}
