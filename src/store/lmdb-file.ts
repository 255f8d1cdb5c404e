/**
 * What is looked at before LMDB may map a file: it trusts what it maps, so that a file of another kind, or one cut short by a copy that
 * was interrupted, would end the process with a signal where an error is called for.
 *
 * Layout (LMDB of package lmdb 3, data version 2): pages 0 and 1 are metas; at 24 the magic, at 48 the page size, at 144 the last page,
 * at 152 the transaction. All little endian.
 * @module
 */
import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { TacitError } from '../core/errors.js';

const MAGIC = 0xbeefc0de;
const AT = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152 } as const;
const META_BYTES = 160;
const MAX_PAGE = 65_536;

/**
 * Makes sure that `path`, where it exists, is a file of LMDB, and as long as it says. What is missing at its end is filled with zeros, which
 * are noticed where they matter, by checksum or by LMDB.
 * @throws TacitError STORE_CORRUPT where it is another file
 */
export function checkLmdbFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    // a process that was killed while it made the file
    if (size === 0) return;
    const first = metaAt(file, 0);
    const pageSize = first.readUInt32LE(AT.pageSize);
    const known = first.readUInt32LE(AT.magic) === MAGIC && pageSize >= 512 && pageSize <= MAX_PAGE;
    const second = known ? metaAt(file, pageSize) : first;
    if (!known || size < 2 * pageSize || second.readUInt32LE(AT.magic) !== MAGIC) {
      throw new TacitError(
        'STORE_CORRUPT',
        `expected a file of a bundle store in ${path}, got another. Remove its folder and prepare anew`,
      );
    }
    const newest = second.readBigUInt64LE(AT.transaction) > first.readBigUInt64LE(AT.transaction) ? second : first;
    const bytes = (Number(newest.readBigUInt64LE(AT.lastPage)) + 1) * pageSize;
    if (size < bytes) ftruncateSync(file, bytes);
  } finally {
    closeSync(file);
  }
}

function metaAt(file: number, offset: number): Buffer {
  const meta = Buffer.alloc(META_BYTES);
  readSync(file, meta, 0, META_BYTES, offset);
  return meta;
}
