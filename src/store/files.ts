/**
 * Records and parts in files: embedded LMDB (https://www.symas.com/mdb), one writer, copy on write, no log to replay.
 *
 * Every change is a synchronous transaction that is on disk when the call returns. LMDB never overwrites a page that a committed state
 * uses, so that a process killed at any moment leaves the last committed state, and pages that were freed are used again.
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { type ErrorCode, TacitError } from '../core/errors.js';
import { checkLmdbFile } from './lmdb-file.js';
import type { Change, Key, Records } from './records.js';

/** Freed again at once, in files of their own: with these pages records can still change when the disk is full. */
const BALLAST_BYTES = 256 * 1024;

/** What is larger than a record: bytes under [name, index]. */
export interface Parts {
  get(name: string, index: number): Uint8Array | undefined;
  /** Writes some parts, all or none; they are durable when this returns. */
  put(name: string, firstIndex: number, parts: readonly Uint8Array[]): void;
  remove(name: string): void;
  names(): string[];
  close(): Promise<void>;
}

type LmdbKey = (string | number)[];

/** @throws TacitError STORE_CORRUPT, STORE_FULL or BAD_INPUT where the file cannot be used */
export function openRecords(path: string): Records {
  const fresh = !existsSync(path);
  const file = new LmdbFile(path, 'msgpack');
  const transact = (body: () => readonly Change[]): void =>
    file.transact((database) => {
      for (const [key, value] of body()) {
        if (value === undefined) database.removeSync([...key]);
        else database.putSync([...key], value);
      }
    });
  if (fresh) {
    transact(() => [[['ballast'], new Uint8Array(BALLAST_BYTES)]]);
    transact(() => [[['ballast'], undefined]]);
  }
  return {
    get: (key) => file.use((database) => database.get([...key])),
    entries: (kind) =>
      file.use((database) =>
        [...database.getRange(rangeOf(kind))].map(({ key, value }) => [key as unknown as Key, value] as const),
      ),
    transact,
    close: () => file.close(),
  };
}

/** @throws TacitError STORE_CORRUPT, STORE_FULL or BAD_INPUT where the file cannot be used */
export function openParts(path: string): Parts {
  const file = new LmdbFile(path, 'binary');
  return {
    get: (name, index) =>
      file.use((database) => {
        const bytes = database.getBinary([name, index]);
        // from here on a plain Uint8Array, whose slice() copies
        return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      }),
    put: (name, firstIndex, parts) =>
      file.transact((database) => {
        for (const [i, part] of parts.entries()) database.putSync([name, firstIndex + i], unshared(part));
      }),
    remove: (name) =>
      file.transact((database) => {
        for (const key of [...database.getKeys(rangeOf(name))]) database.removeSync(key);
      }),
    names: () => file.use(namesOf),
    close: () => file.close(),
  };
}

/** A copy of bytes that threads share, whose buffer cannot bear the address that LMDB's binding notes on it. */
function unshared(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes);
}

/** All keys that begin with `first`. */
function rangeOf(first: string): { start: LmdbKey; end: LmdbKey } {
  return { start: [first], end: [`${first}\0`] };
}

/** One look for each name, not one for each part. */
function namesOf(database: RootDatabase<unknown, LmdbKey>): string[] {
  const names: string[] = [];
  for (let start: LmdbKey = []; ; ) {
    const [key] = [...database.getKeys({ start, limit: 1 })];
    if (key === undefined) return names;
    const name = String(key[0]);
    names.push(name);
    ({ end: start } = rangeOf(name));
  }
}

/** An open file. What LMDB and the file system throw becomes an error that says what to do. */
class LmdbFile {
  readonly #path: string;
  readonly #database: RootDatabase<unknown, LmdbKey>;
  #closed = false;

  constructor(path: string, encoding: 'msgpack' | 'binary') {
    this.#path = path;
    this.#database = this.#guard(() => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      checkLmdbFile(path);
      // a commit is flushed before it returns: none overlaps with the next
      return open<unknown, LmdbKey>(path, { encoding, noSubdir: true, overlappingSync: false });
    });
  }

  use<T>(work: (database: RootDatabase<unknown, LmdbKey>) => T): T {
    // LMDB would not notice, and end the process
    if (this.#closed) throw new TacitError('INTERNAL', `expected ${this.#path} to be open, it is closed. Report it`);
    return this.#guard(() => work(this.#database));
  }

  transact(body: (database: RootDatabase<unknown, LmdbKey>) => void): void {
    this.use((database) => database.transactionSync(() => body(database)));
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

const NO_ROOM = /no space|ENOSPC|quota|too large|EFBIG|MAP_FULL|input\/output error/i;
const NOT_OURS = /MDB_(INVALID|CORRUPTED|VERSION_MISMATCH|PAGE_NOTFOUND|BAD_DBI|BAD_TXN|PANIC|INCOMPATIBLE)/;

function explain(path: string, error: unknown): TacitError {
  const words = error instanceof Error ? error.message.replace(/: Attempting.*/, '') : String(error);
  const because = (code: ErrorCode, expected: string, advice: string): TacitError =>
    new TacitError(code, `expected ${expected}, got ${words}. ${advice}`, { cause: error });
  if (NO_ROOM.test(words)) {
    return because('STORE_FULL', `room on the disk for ${path}`, 'Free some and run again: nothing stored is lost');
  }
  if (NOT_OURS.test(words)) {
    return because('STORE_CORRUPT', `a bundle store in ${path}`, 'Remove its folder and prepare anew');
  }
  return because('BAD_INPUT', `to use the bundle store ${path}`, 'Check the folder and its permissions');
}
