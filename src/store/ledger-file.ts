/**
 * Records in one file that grows by a record a change, each on disk before the call returns (log.ts has its form).
 *
 * The file has room for a few hundred changes from the start, and beside it lies a spare: what is left to be done on a full disk, claims above
 * all, needs no block that is not there already. When the room is used up, what holds is written into the spare, which takes the other's place.
 * @module
 */
import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { TacitError } from '../core/errors.js';
import { Damaged, FILE_MODE, isFull, onFile, syncFolder } from './folder.js';
import { type Chain, FRAME_BYTES, HEADER_BYTES, headerOf, readLog, recordOf } from './log.js';
import { type Change, type Key, type MemoryRecords, memoryRecords, type Records } from './records.js';
import type { Access } from './storage.js';

export const LEDGER_FILE = 'ledger';
const SPARE_FILE = 'ledger-spare';

/** For the changes of a few hundred numbers. */
export const ROOM_BYTES: number = 256 * 1024;
/** A file that is written while it is read may look damaged: not so often. */
const LOOKS = 4;

const packr = new Packr({ useRecords: false, moreTypes: false });

/** @throws TacitError STORE_CORRUPT, STORE_FULL; BAD_INPUT where there is nothing to look at */
export function openRecords(folder: string, access: Access): Records {
  const path = join(folder, LEDGER_FILE);
  return onFile(path, () => (access === 'look' ? viewOf(path) : new LedgerFile(folder, path)));
}

/** What the file says, as of the last refresh. */
function viewOf(path: string): Records {
  if (!existsSync(path)) {
    throw new TacitError('BAD_INPUT', `expected the ledger of a bundle store in ${path}, got none`);
  }
  let held = look(path);
  return {
    full: false,
    get: (key) => held.get(key),
    entries: (kind) => held.entries(kind),
    transact: () => {
      throw new TacitError('INTERNAL', `expected only to look at ${path}, got a change. Report it`);
    },
    refresh: () => {
      held = onFile(path, () => look(path));
    },
    close: () => Promise.resolve(),
  };
}

function look(path: string): Records {
  for (let looks = 1; ; looks++) {
    try {
      return heldIn(readLog(readFileSync(path)).payloads);
    } catch (error) {
      if (!(error instanceof Damaged) || looks === LOOKS) throw error;
    }
  }
}

class LedgerFile implements Records {
  readonly #folder: string;
  readonly #path: string;
  readonly #held: MemoryRecords;
  #place: Place;
  #full = false;
  /** False once closed, and after a write that failed: what stands there then is not known, and the next opening reads it. */
  #usable = true;

  constructor(folder: string, path: string) {
    this.#folder = folder;
    this.#path = path;
    if (existsSync(path)) {
      const bytes = readFileSync(path);
      const { payloads, end, chain, torn } = readLog(bytes);
      this.#held = heldIn(payloads);
      this.#place = { file: openSync(path, 'r+'), size: bytes.length, end, chain };
      if (torn) writeDurably(this.#place.file, new Uint8Array(bytes.length - end), end);
    } else {
      this.#held = memoryRecords();
      this.#place = writeAnew(folder, [], ROOM_BYTES);
    }
    this.#makeSpare();
  }

  /** Whether the spare lacks room. */
  get full(): boolean {
    return this.#full;
  }

  get(key: Key): unknown {
    return this.#held.get(key);
  }

  entries(kind: string): ReturnType<Records['entries']> {
    return this.#held.entries(kind);
  }

  transact(body: () => readonly Change[]): void {
    if (!this.#usable) throw new TacitError('INTERNAL', `expected ${this.#path} to be open, it is closed. Report it`);
    const changes = body();
    if (changes.length === 0) return;
    onFile(this.#path, () => this.#append(packed(changes)));
    this.#held.transact(() => changes);
  }

  refresh(): void {}

  async close(): Promise<void> {
    this.#usable = false;
    closeSync(this.#place.file);
  }

  #append(payload: Uint8Array): void {
    if (this.#full) this.#makeSpare();
    const bytes = FRAME_BYTES + payload.length;
    if (this.#place.end + bytes > this.#place.size) this.#renew(Math.max(bytes, ROOM_BYTES));
    const { file, size, end, chain } = this.#place;
    const record = recordOf(chain, payload);
    this.#usable = false;
    writeDurably(file, record.bytes, end);
    this.#usable = true;
    this.#place = { file, size, end: end + bytes, chain: record.chain };
  }

  #renew(room: number): void {
    const before = this.#place.file;
    this.#place = writeAnew(this.#folder, this.#held.all(), room);
    closeSync(before);
    this.#makeSpare();
  }

  /** The spare has room for what holds now, for all that can be added before it is needed, and for as much again. */
  #makeSpare(): void {
    this.#full = !reserve(join(this.#folder, SPARE_FILE), this.#place.size + ROOM_BYTES);
  }
}

/** An open file, and where its next record will stand. */
interface Place {
  readonly file: number;
  readonly size: number;
  readonly end: number;
  readonly chain: Chain;
}

/** A ledger that says what `changes` do, in place of the one that is there, which stays where there is no room. */
function writeAnew(folder: string, changes: readonly Change[], room: number): Place {
  const payload = packed(changes);
  const end = HEADER_BYTES + FRAME_BYTES + payload.length;
  const size = end + room;
  const header = headerOf(size);
  const first = recordOf(header.chain, payload);
  const image = new Uint8Array(size);
  image.set(header.bytes);
  image.set(first.bytes, HEADER_BYTES);
  const spare = join(folder, SPARE_FILE);
  const file = openSync(spare, constants.O_RDWR | constants.O_CREAT, FILE_MODE);
  try {
    ftruncateSync(file, Math.min(fstatSync(file).size, size));
    writeAll(file, image, 0);
    fsyncSync(file);
    renameSync(spare, join(folder, LEDGER_FILE));
    syncFolder(folder);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return { file, size, end, chain: first.chain };
}

/** Makes a file so long. Returns whether there is room for it. */
function reserve(path: string, size: number): boolean {
  try {
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT, FILE_MODE);
    try {
      const { size: before } = fstatSync(file);
      if (before < size) writeAll(file, new Uint8Array(size - before), before);
    } finally {
      closeSync(file);
    }
    return true;
  } catch (error) {
    if (isFull(error)) return false;
    throw error;
  }
}

function writeDurably(file: number, bytes: Uint8Array, at: number): void {
  writeAll(file, bytes, at);
  fdatasyncSync(file);
}

/** The system may write less than it is given. */
function writeAll(file: number, bytes: Uint8Array, at: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written, bytes.length - written, at + written);
  }
}

/** What is removed is null. */
function packed(changes: readonly Change[]): Uint8Array {
  return packr.pack(changes.map(([key, value]) => [key, value ?? null]));
}

function heldIn(payloads: readonly Uint8Array[]): MemoryRecords {
  const held = memoryRecords();
  for (const payload of payloads) {
    const changes: readonly [Key, object | null][] = packr.unpack(payload);
    held.transact(() => changes.map(([key, value]) => [key, value ?? undefined]));
  }
  return held;
}
