/**
 * What a participant's store is built on: records that change together or not at all, and a shelf for what is large. Here what lives in memory and
 * ends with the process; storage-folder.ts has what outlives it.
 * @module
 */
import { tmpdir } from 'node:os';
import type { TacitError } from '../core/errors.js';
import type { Shelf } from './parts.js';
import { memoryRecords, type Records } from './records.js';

/** Whether a store is opened to be changed, and made where there is none, or to be looked at while another process may work with it. */
export type Access = 'change' | 'look';

export interface Storage {
  readonly access: Access;
  readonly records: Records;
  /** Undefined where nothing outlives the process. */
  readonly shelf: Shelf | undefined;
  /** The folder of what does not outlive the process and is too large for memory. */
  readonly scratch: string;
  /** Why it is in memory, where it was to be in a folder on a disk that is full. */
  readonly full?: TacitError;
  close(): Promise<void>;
}

export function inMemory(): Storage {
  return {
    access: 'change',
    records: memoryRecords(),
    shelf: undefined,
    scratch: tmpdir(),
    close: () => Promise.resolve(),
  };
}
