/**
 * Arrays in a file of their owner alone, one after another: written behind the caller, a few at a time, and read by number.
 *
 * A sealed file has a tag of each array, so that it reads as it was written or not at all; the nonce of array i is i + 1 (shelf-files.ts has the key).
 * @module
 */
import { createCipheriv } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { release, room } from '#platform';
import { TacitError } from '../core/errors.js';
import type { Spool } from '../correlations/spool.js';
import { randomName } from '../platform/random.js';
import { explain, FILE_MODE } from './folder.js';

/** Bytes that may wait to be written. */
const WRITE_BEHIND = 8 * 1024 * 1024;
export const TAG_BYTES = 16;
const NONCE_BYTES = 12;

export interface Place {
  readonly offset: number;
  readonly length: number;
  /** Of a sealed file. */
  readonly tag?: Uint8Array;
}

export class SpoolFile implements Spool {
  readonly #file: FileHandle;
  readonly #path: string;
  /** Of the tags. */
  readonly #key: Uint8Array | undefined;
  readonly #places: Place[];
  /** Whether its name goes when it is discarded, unless it has another one by then. */
  readonly #ours: boolean;
  readonly #taken = new Set<number>();
  #end: number;
  #waiting = 0;
  #written: Promise<void> = Promise.resolve();
  #failure: TacitError | undefined;

  private constructor(
    file: FileHandle,
    path: string,
    key: Uint8Array | undefined,
    start: number,
    places?: readonly Place[],
  ) {
    this.#file = file;
    this.#path = path;
    this.#key = key;
    this.#places = [...(places ?? [])];
    this.#ours = places === undefined;
    this.#end = start;
  }

  /**
   * A new file, whose arrays begin at `start`. It is gone when it is discarded under this name.
   * @param key seals it
   */
  static async create(path: string, flags: 'w+' | 'wx+', start = 0, key?: Uint8Array): Promise<SpoolFile> {
    const file = await open(path, flags, FILE_MODE).catch((error: unknown) => Promise.reject(explain(path, error)));
    return new SpoolFile(file, path, key, start);
  }

  /** A file that is there, to take arrays from. */
  static over(file: FileHandle, path: string, key: Uint8Array, places: readonly Place[]): SpoolFile {
    return new SpoolFile(file, path, key, 0, places);
  }

  get memoryBytes(): number {
    return 0;
  }

  get bytes(): number {
    return this.#places.reduce((sum, { length }) => sum + length, 0);
  }

  get places(): readonly Place[] {
    return this.#places;
  }

  /** Where there is no room the array is dropped, and `finish` says so: whoever sends arrays is heard out. */
  async append(array: Uint8Array): Promise<number> {
    const part = this.#places.length;
    const offset = this.#end;
    const { length } = array;
    this.#places.push({ offset, length, ...(this.#key ? { tag: tagOf(this.#key, part, array) } : {}) });
    this.#end += length;
    this.#waiting += length;
    this.#written = this.#written.then(async () => {
      await this.#write(array, offset);
      this.#waiting -= length;
      release(array);
    });
    if (this.#waiting > WRITE_BEHIND) await this.#written;
    return part;
  }

  async take(part: number): Promise<Uint8Array> {
    const place = this.#places[part];
    if (place === undefined || this.#taken.has(part)) throw new Error(`spool: part ${part} is gone`);
    this.#taken.add(part);
    await this.#written;
    if (this.#failure) throw this.#failure;
    const array = room(place.length);
    try {
      await readAll(this.#file, array, place.offset);
    } catch (error) {
      throw explain(this.#path, error);
    }
    if (this.#key && !isTag(place.tag, tagOf(this.#key, part, array))) {
      throw new TacitError('STORE_CORRUPT', `${this.#path}: expected its checksum, got another`);
    }
    return array;
  }

  async finish(): Promise<void> {
    await this.#written;
    if (this.#failure) throw this.#failure;
  }

  /** Writes what is no array of the spool's. */
  async write(array: Uint8Array, offset: number): Promise<void> {
    await this.#write(array, offset);
    if (this.#failure) throw this.#failure;
  }

  /** Brings everything to the disk. */
  sync(): Promise<void> {
    return this.#file.sync();
  }

  async discard(): Promise<void> {
    await this.#written;
    await this.#file.close();
    if (this.#ours) rmSync(this.#path, { force: true });
  }

  async #write(array: Uint8Array, offset: number): Promise<void> {
    if (this.#failure) return;
    try {
      await writeAll(this.#file, array, offset);
    } catch (error) {
      this.#failure = explain(this.#path, error);
      // what others write on this disk needs the room
      await this.#file.truncate(0).catch(() => {});
    }
  }
}

/** A file without a name, gone with the process or when it is discarded, whatever comes first. */
export async function temporarySpool(folder: string): Promise<Spool> {
  const path = join(folder, `${TEMPORARY}${randomName('store/spool')}`);
  const spool = await SpoolFile.create(path, 'wx+');
  try {
    rmSync(path);
  } catch {
    // Windows keeps the name as long as the file is open
  }
  return spool;
}

/** What temporary files are called in a folder. */
export const TEMPORARY = 'spool-';

/** GMAC (NIST SP 800-38D) under a key that seals one file, with a nonce that it sees once. */
function tagOf(key: Uint8Array, part: number, array: Uint8Array): Uint8Array {
  const mac = createCipheriv('aes-128-gcm', key, nonceOf(part + 1));
  mac.setAAD(array);
  mac.final();
  return mac.getAuthTag();
}

export function nonceOf(number: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  new DataView(nonce.buffer).setUint32(0, number, true);
  return nonce;
}

function isTag(expected: Uint8Array | undefined, came: Uint8Array): boolean {
  return expected !== undefined && Buffer.compare(expected, came) === 0;
}

/** The system may write less than it is given: on a disk that is full, what there is room for. */
async function writeAll(file: FileHandle, array: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < array.length; ) {
    at += (await file.write(array, at, array.length - at, offset + at)).bytesWritten;
  }
}

export async function readAll(file: FileHandle, array: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < array.length; ) {
    const { bytesRead } = await file.read(array, at, array.length - at, offset + at);
    if (bytesRead === 0) throw new RangeError('the end of the file');
    at += bytesRead;
  }
}
