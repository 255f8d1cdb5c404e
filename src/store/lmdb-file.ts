/**
 * One file of embedded LMDB (https://www.symas.com/mdb): one writer, copy on write, no log to replay.
 *
 * Every change is a synchronous transaction that is on disk when the call returns. LMDB never overwrites a page that a committed state
 * uses, so that a process killed at any moment leaves the last committed state, and pages that were freed are used again.
 * @module
 */
import { appendFileSync, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { type ErrorCode, TacitError } from '../core/errors.js';
import { makeFolder } from './folder.js';
import { bytesUsed, checkMetas, checkPages, Damaged } from './pages.js';

/** Whether a file is opened to be changed, and made where there is none, or to be looked at while another process may work with it. */
export type Access = 'change' | 'look';

export type LmdbKey = (string | number)[];
export type Database = RootDatabase<Uint8Array, LmdbKey>;

/** Room for small changes. */
const RESERVE_BYTES = 512 * 1024;
/** What is smaller shares its page with others; pages are 4 KiB, or 16. */
const SMALL_BYTES = 2048;
const PAGE_BYTES = 16 * 1024;
const KEY_BYTES = 128;

/** An open file. What LMDB and the file system throw becomes an error that says what to do. */
export class LmdbFile {
  readonly #path: string;
  readonly #database: Database;
  readonly #access: Access;
  #closed = false;
  #full = false;

  /** @throws TacitError STORE_CORRUPT where a page of it is damaged; STORE_FULL or BAD_INPUT where it cannot be used */
  constructor(path: string, access: Access) {
    this.#path = path;
    this.#access = access;
    this.#database = this.#guard(() => openDatabase(path, access));
    try {
      this.#guard(() => {
        // while LMDB knows of a reader, what it reads is not used again
        const reader = this.#database.useReadTransaction();
        try {
          checkPages(path);
        } finally {
          reader.done();
        }
      });
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  use<T>(work: (database: Database) => T): T {
    // LMDB would not notice, and end the process
    if (this.#closed) throw new TacitError('INTERNAL', `expected ${this.#path} to be open, it is closed. Report it`);
    return this.#guard(() => work(this.#database));
  }

  /** Whether the disk had no room for more than small changes at the last of them. */
  get full(): boolean {
    return this.#full;
  }

  /**
   * Makes changes, all or none; they are durable when this returns.
   * @param parts what it writes that is large: without room for it nothing is begun
   * @throws TacitError STORE_FULL
   */
  transact(body: (database: Database) => void, parts: readonly Uint8Array[] = []): void {
    if (this.#access === 'look') {
      throw new TacitError('INTERNAL', `expected only to look at ${this.#path}, got a change. Report it`);
    }
    this.use((database) => {
      this.#makeRoom(parts.reduce((sum, { length }) => sum + roomFor(length), 0));
      database.transactionSync(() => body(database));
    });
  }

  /**
   * LMDB does not always survive a disk that is full in mid-commit. So the file is made longer before that: a reserve, which what is large may
   * not use, is left for small changes when the disk is full.
   */
  #makeRoom(bytes: number): void {
    const room = statSync(this.#path).size - bytesUsed(this.#path);
    if (room >= bytes + RESERVE_BYTES / 2) return;
    try {
      appendFileSync(this.#path, new Uint8Array(bytes + RESERVE_BYTES - room));
      this.#full = false;
    } catch (error) {
      this.#full = true;
      if (bytes > 0) throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#database.close();
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof TacitError ? error : explain(this.#path, error);
    }
  }
}

/** At most what a part of so many bytes takes. */
function roomFor(bytes: number): number {
  return bytes < SMALL_BYTES ? 2 * (bytes + KEY_BYTES) : bytes + PAGE_BYTES + KEY_BYTES;
}

function openDatabase(path: string, access: Access): Database {
  const readOnly = access === 'look';
  if (readOnly && !existsSync(path)) {
    throw new TacitError('BAD_INPUT', `expected a file of a bundle store in ${path}, got none. Run tacit prepare`);
  }
  makeFolder(dirname(path));
  checkMetas(path);
  // a commit is flushed before it returns: none overlaps with the next
  return open<Uint8Array, LmdbKey>(path, { encoding: 'binary', noSubdir: true, overlappingSync: false, readOnly });
}

const NO_ROOM = /no space|ENOSPC|quota|too large|EFBIG|MAP_FULL|input\/output error/i;
const NOT_OURS = /MDB_(INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND|BAD_DBI|BAD_TXN|PANIC|INCOMPATIBLE)/;

function explain(path: string, error: unknown): TacitError {
  const words = error instanceof Error ? error.message.replace(/: Attempting.*/, '') : String(error);
  const because = (code: ErrorCode, expected: string, advice: string): TacitError =>
    new TacitError(code, `expected ${expected}, got ${words}. ${advice}`, { cause: error });
  if (NO_ROOM.test(words)) {
    return because('STORE_FULL', `room on the disk for ${path}`, 'Free some and run again: nothing stored is lost');
  }
  if (error instanceof Damaged || NOT_OURS.test(words)) {
    return because(
      'STORE_CORRUPT',
      `an undamaged file of a bundle store in ${path}`,
      'Remove its folder and prepare anew',
    );
  }
  return because('BAD_INPUT', `to use the bundle store ${path}`, 'Check the folder and its permissions');
}
