/** --store: which folder a command means. @module */
import { existsSync } from 'node:fs';
import { TacitError } from '../../src/core/errors.js';

/** In the working directory. */
export const DEFAULT_STORE = '.tacit';

const NONE = 'none';

/** The store that a run spends from: the one named, or the default where it is there. */
export function storeInUse(flag: string | undefined): string | undefined {
  if (flag === NONE) return undefined;
  return flag ?? (existsSync(DEFAULT_STORE) ? DEFAULT_STORE : undefined);
}

/** The store that a command is about. @throws TacitError USAGE on none */
export function folderOf(flag: string | undefined): string {
  if (flag === NONE) {
    throw new TacitError(
      'USAGE',
      'expected --store to name a folder, got none. Leave it out, or give for example --store bundles',
    );
  }
  return flag ?? DEFAULT_STORE;
}
