/** Records and parts in files, each file checked as a whole when it is opened. @module */
import { type Access, type Database, LmdbFile, type LmdbKey } from './lmdb-file.js';
import { Damaged } from './pages.js';
import type { Change, Key, Records } from './records.js';
import { seal, Tally, unseal } from './seal.js';

/** What is larger than a record: bytes under [name, index]. */
export interface Parts {
  get(name: string, index: number): Uint8Array | undefined;
  /** Writes some parts, all or none; they are durable when this returns. */
  put(name: string, firstIndex: number, parts: readonly Uint8Array[]): void;
  remove(name: string): void;
  names(): string[];
  close(): Promise<void>;
}

/** @throws TacitError STORE_CORRUPT, also where a record is damaged or missing; STORE_FULL or BAD_INPUT where the file cannot be used */
export function openRecords(path: string, access: Access): Records {
  const file = new LmdbFile(path, access);
  try {
    file.use(checkTally);
  } catch (error) {
    void file.close();
    throw error;
  }
  return {
    get full() {
      return file.full;
    },
    get: (key) =>
      file.use((database) => {
        const sealed = database.getBinary([...key]);
        return sealed && unseal(key, sealed);
      }),
    entries: (kind) => file.use((database) => [...recordsIn(database, rangeOf(kind))]),
    transact: (body) => file.transact((database) => apply(database, body())),
    refresh: () => file.use((database) => database.resetReadTxn()),
    close: () => file.close(),
  };
}

/** @throws TacitError STORE_CORRUPT, STORE_FULL or BAD_INPUT where the file cannot be used */
export function openParts(path: string, access: Access): Parts {
  const file = new LmdbFile(path, access);
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
      }, parts),
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

/** Within a transaction: makes the changes, and keeps the tally. */
function apply(database: Database, changes: readonly Change[]): void {
  if (changes.length === 0) return;
  const tally = new Tally(database.getBinary([...Tally.KEY]));
  for (const [key, value] of changes) {
    const before = database.getBinary([...key]);
    if (before) tally.remove(before);
    if (value === undefined) database.removeSync([...key]);
    else {
      const sealed = seal(key, value);
      database.putSync([...key], sealed);
      tally.add(sealed);
    }
  }
  database.putSync([...Tally.KEY], tally.sealed());
}

/** Reads every record. @throws Damaged where one is damaged, or they are not as many as were written */
function checkTally(database: Database): void {
  const tally = new Tally();
  for (const { key, value } of database.getRange({})) {
    unseal(keyOf(key), value);
    const found = database.getBinary(key);
    if (!found || Buffer.compare(found, value) !== 0) throw new Damaged('a record that its key does not find');
    if (keyOf(key)[0] !== Tally.KEY[0]) tally.add(value);
  }
  const written = database.getBinary([...Tally.KEY]) ?? new Tally().sealed();
  if (Buffer.compare(tally.sealed(), written) !== 0) throw new Damaged('other records than were written');
}

function* recordsIn(
  database: Database,
  range: { start: LmdbKey; end: LmdbKey },
): Generator<readonly [key: Key, value: unknown]> {
  for (const { key, value } of database.getRange(range)) yield [keyOf(key), unseal(keyOf(key), value)];
}

/** LMDB gives a key of one part without its brackets. */
function keyOf(key: LmdbKey | string): Key {
  return (Array.isArray(key) ? key : [key]) as unknown as Key;
}

/** All keys that begin with `first`. */
function rangeOf(first: string): { start: LmdbKey; end: LmdbKey } {
  return { start: [first], end: [`${first}\0`] };
}

/** One look for each name, not one for each part. */
function namesOf(database: Database): string[] {
  const names: string[] = [];
  for (let start: LmdbKey = []; ; ) {
    const [key] = [...database.getKeys({ start, limit: 1 })];
    if (key === undefined) return names;
    const name = String(key[0]);
    names.push(name);
    ({ end: start } = rangeOf(name));
  }
}
