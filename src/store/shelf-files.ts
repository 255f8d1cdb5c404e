/**
 * A file for each bundle and each share of a model, written once and never changed:
 *
 *     magic, number of parts, length of each part, parts
 *
 * It is written under another name, brought to the disk and renamed; then the ledger gets its entry, with the key and the tag of the checksum. So a
 * file without an entry is half-written or spent, and an entry always has its file.
 * @module
 */
import { createCipheriv, createHash } from 'node:crypto';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { TacitError } from '../core/errors.js';
import { secretBytes } from '../platform/random.js';
import { explain, FILE_MODE, onFile, syncFolder } from './folder.js';
import { KEY_BYTES, type Receipt, type Shelf } from './parts.js';

const MAGIC = Buffer.from('tacit-b1');
/** Bytes and arrays that are read or written at once. */
const STRIDE_BYTES = 4 * 1024 * 1024;
const STRIDE_ARRAYS = 256;

const UNFINISHED = 'unfinished-';
const OURS = /^(unfinished-)?(bundle-\d{10}|share-[0-9a-f]{32})$/;

/** The file of a name: bundles by their number, and what another participant named by a hash, as it need not be a name of a file. */
export function fileOf(name: string): string {
  const [, number] = /^bundle (\d+)$/.exec(name) ?? [];
  if (number !== undefined) return `bundle-${number.padStart(10, '0')}`;
  return `share-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

export function shelfIn(folder: string): Shelf {
  return {
    put: (name, binding, parts) => put(folder, fileOf(name), binding, [...parts]),
    get: (name, binding, receipt) => get(join(folder, fileOf(name)), binding, receipt),
    remove: (name) => {
      const path = join(folder, fileOf(name));
      onFile(path, () => rmSync(path, { force: true }));
    },
    sweep: (keep) => {
      const kept = new Set([...keep].map(fileOf));
      const gone = readdirSync(folder).filter((name) => OURS.test(name) && !kept.has(name));
      for (const name of gone) rmSync(join(folder, name), { force: true });
      return gone.length;
    },
  };
}

async function put(folder: string, file: string, binding: object, parts: readonly Uint8Array[]): Promise<Receipt> {
  const path = join(folder, file);
  const unfinished = join(folder, `${UNFINISHED}${file}`);
  const header = headerOf(parts);
  const key = secretBytes(KEY_BYTES, 'store/checksum');
  const checksum = checksumOf(key, binding);
  try {
    const handle = await open(unfinished, 'w', FILE_MODE);
    try {
      for (const stride of stridesOf([header, ...parts])) {
        for (const array of stride) checksum.setAAD(array);
        await writeAll(handle, stride);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    renameSync(unfinished, path);
    syncFolder(folder);
  } catch (error) {
    for (const left of [unfinished, path]) rmSync(left, { force: true });
    throw explain(path, error);
  }
  const bytes = parts.reduce((sum, { length }) => sum + length, 0);
  return { parts: parts.length, bytes, key: Buffer.from(key).toString('hex'), tag: tagOf(checksum) };
}

async function get(path: string, binding: object, receipt: Receipt): Promise<Uint8Array[]> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw corrupt(path, 'a file', 'none');
    throw explain(path, error);
  });
  try {
    const header = new Uint8Array(MAGIC.length + 4 + 4 * receipt.parts);
    const { size } = await file.stat();
    if (size !== header.length + receipt.bytes) {
      throw corrupt(path, `${header.length + receipt.bytes} bytes`, `${size}`);
    }
    const checksum = checksumOf(Buffer.from(receipt.key, 'hex'), binding);
    const read = async (arrays: readonly Uint8Array[]): Promise<void> => {
      for (const stride of stridesOf(arrays)) {
        await readAll(file, stride);
        for (const array of stride) checksum.setAAD(array);
      }
    };
    await read([header]);
    const lengths = lengthsIn(header);
    if (lengths.reduce((sum, length) => sum + length, 0) !== receipt.bytes) {
      throw corrupt(path, `parts of ${receipt.bytes} bytes`, 'others');
    }
    const parts = lengths.map((length) => new Uint8Array(length));
    await read(parts);
    if (tagOf(checksum) !== receipt.tag) throw corrupt(path, 'its checksum', 'another');
    return parts;
  } catch (error) {
    throw explain(path, error);
  } finally {
    await file.close();
  }
}

function headerOf(parts: readonly Uint8Array[]): Uint8Array {
  const header = Buffer.alloc(MAGIC.length + 4 + 4 * parts.length);
  MAGIC.copy(header);
  for (const [i, value] of [parts.length, ...parts.map(({ length }) => length)].entries()) {
    header.writeUInt32LE(value, MAGIC.length + 4 * i);
  }
  return header;
}

function lengthsIn(header: Uint8Array): number[] {
  const view = new DataView(header.buffer, header.byteOffset + MAGIC.length + 4);
  return Array.from({ length: view.byteLength / 4 }, (_, i) => view.getUint32(4 * i, true));
}

/** Pieces of the arrays in order, without a copy, some at a time. */
function* stridesOf(arrays: Iterable<Uint8Array>): Generator<Uint8Array[]> {
  let stride: Uint8Array[] = [];
  let room = STRIDE_BYTES;
  for (const array of arrays) {
    for (let at = 0; at < array.length; ) {
      const piece = array.subarray(at, at + room);
      stride.push(piece);
      at += piece.length;
      room -= piece.length;
      if (room > 0 && stride.length < STRIDE_ARRAYS) continue;
      yield stride;
      stride = [];
      room = STRIDE_BYTES;
    }
  }
  if (stride.length > 0) yield stride;
}

/** The system may write less than it is given: on a disk that is full, what there is room for. */
async function writeAll(file: FileHandle, arrays: Uint8Array[]): Promise<void> {
  for (let left = arrays; left.length > 0; ) left = after((await file.writev(left)).bytesWritten, left);
}

async function readAll(file: FileHandle, arrays: Uint8Array[]): Promise<void> {
  for (let left = arrays; left.length > 0; ) {
    const { bytesRead } = await file.readv(left);
    if (bytesRead === 0) throw new RangeError('the end of the file');
    left = after(bytesRead, left);
  }
}

/** What is left of the arrays after their first bytes. */
function after(bytes: number, arrays: readonly Uint8Array[]): Uint8Array[] {
  let skipped = bytes;
  return arrays.flatMap((array) => {
    const skip = Math.min(skipped, array.length);
    skipped -= skip;
    return skip < array.length ? [array.subarray(skip)] : [];
  });
}

/**
 * GMAC (NIST SP 800-38D) of binding, header and parts: in hardware three times as fast as SHA-256, and reading waits for it. The key serves once, so
 * that the nonce may be zero; the header has all lengths, so that bytes cannot move from one part to the next.
 */
function checksumOf(key: Uint8Array, binding: object): ReturnType<typeof newMac> {
  const mac = newMac(key);
  const bound = Buffer.from(JSON.stringify(binding));
  mac.setAAD(Buffer.from(`${bound.length}/`));
  return mac.setAAD(bound);
}

function newMac(key: Uint8Array) {
  return createCipheriv('aes-128-gcm', key, Buffer.alloc(12));
}

function tagOf(mac: ReturnType<typeof newMac>): string {
  mac.final();
  return mac.getAuthTag().toString('hex');
}

function corrupt(path: string, expected: string, came: string): TacitError {
  return new TacitError('STORE_CORRUPT', `${path}: expected ${expected}, got ${came}`);
}
