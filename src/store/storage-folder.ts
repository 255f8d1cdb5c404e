/**
 * A participant's store in a folder: `ledger` with its spare, `bundle-...` and `share-...`, `lock-...` while a process works with it, and files without a
 * name of bundles that it spends at once. All are
 * for their owner alone.
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, TacitError } from '../core/errors.js';
import { makeFolder, onFile, refuseOthers } from './folder.js';
import { LEDGER_FILE, openRecords } from './ledger-file.js';
import { lock } from './lock.js';
import { shelfIn } from './shelf-files.js';
import { type Access, inMemory, type Storage } from './storage.js';

/** The ledger of earlier versions, which kept everything in LMDB. */
const EARLIER_LEDGER = 'ledger.mdb';

/**
 * The store in `folder`; without one, and where the disk has no room to begin one, a store that lives in memory.
 * @throws TacitError STORE_IN_USE, STORE_CORRUPT, STORE_FULL, BAD_INPUT
 */
export function storageIn(folder: string | undefined, access: Access = 'change'): Storage {
  if (folder === undefined) return inMemory();
  try {
    return inFolder(folder, access);
  } catch (error) {
    if (codeOf(error) !== 'STORE_FULL' || existsSync(join(folder, LEDGER_FILE))) throw error;
    return { ...inMemory(), full: error as TacitError };
  }
}

function inFolder(folder: string, access: Access): Storage {
  if (access === 'change') onFile(folder, () => makeFolder(folder));
  if (existsSync(join(folder, EARLIER_LEDGER))) {
    throw new TacitError(
      'BAD_INPUT',
      `expected a bundle store of this version in ${folder}, got one of an earlier version. Remove the folder and prepare anew`,
    );
  }
  if (existsSync(folder)) refuseOthers(folder);
  const unlock = access === 'change' ? onFile(folder, () => lock(folder)) : () => {};
  try {
    const records = openRecords(folder, access);
    return {
      access,
      records,
      shelf: shelfIn(folder),
      scratch: folder,
      close: async () => {
        const closed = records.close();
        unlock();
        await closed;
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}
