/**
 * A file for each bundle and each share of a model, written once and never changed:
 *
 *     magic, parts, length and tag of each part
 *
 * It is written under another name, brought to the disk and renamed; then the ledger gets its entry, with the key of all tags and the tag of the last
 * piece, which covers lengths and tags. So a file without an entry is half-written or spent, an entry always has its file, and a part can be read by
 * itself.
 * @module
 */
import { createCipheriv, createHash } from 'node:crypto';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { TacitError } from '../core/errors.js';
import type { Spool } from '../correlations/spool.js';
import { secretBytes } from '../platform/random.js';
import { explain, onFile, syncFolder } from './folder.js';
import { type Draft, KEY_BYTES, type Receipt, type Shelf } from './parts.js';
import { nonceOf, type Place, readAll, SpoolFile, TAG_BYTES, TEMPORARY } from './spool-file.js';

const MAGIC: Uint8Array = new TextEncoder().encode('tacit-b2');
/** Of a part in the last piece. */
const ENTRY_BYTES = 4 + TAG_BYTES;

const UNFINISHED = 'unfinished-';
const OURS = new RegExp(`^((${UNFINISHED})?(bundle-\\d{10}|share-[0-9a-f]{32})|${TEMPORARY}[0-9a-f]+)$`);

/** The file of a name: bundles by their number, and what another participant named by a hash, as it need not be a name of a file. */
export function fileOf(name: string): string {
  const [, number] = /^bundle (\d+)$/.exec(name) ?? [];
  if (number !== undefined) return `bundle-${number.padStart(10, '0')}`;
  return `share-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

export function shelfIn(folder: string): Shelf {
  return {
    begin: (name) => begin(folder, fileOf(name)),
    open: (name, binding, receipt) => read(join(folder, fileOf(name)), binding, receipt),
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

async function begin(folder: string, file: string): Promise<Draft> {
  const path = join(folder, file);
  const unfinished = join(folder, `${UNFINISHED}${file}`);
  const key = secretBytes(KEY_BYTES, 'store/checksum');
  const spool = await SpoolFile.create(unfinished, 'w+', MAGIC.length, key);
  return {
    append: (array) => spool.append(array),
    take: (part) => spool.take(part),
    finish: () => spool.finish(),
    discard: () => spool.discard(),
    memoryBytes: 0,
    keep: async (binding) => {
      try {
        await spool.finish();
        const { places, bytes } = spool;
        const index = indexOf(places);
        await spool.write(MAGIC, 0);
        await spool.write(index, MAGIC.length + bytes);
        await spool.sync();
        renameSync(unfinished, path);
        await spool.discard();
        syncFolder(folder);
        return { parts: places.length, bytes, key: Buffer.from(key).toString('hex'), tag: tagOf(key, binding, index) };
      } catch (error) {
        await spool.discard().catch(() => {});
        rmSync(path, { force: true });
        throw explain(path, error);
      }
    },
  };
}

async function read(path: string, binding: object, receipt: Receipt): Promise<Spool> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw corrupt(path, 'a file', 'none');
    throw explain(path, error);
  });
  try {
    const { size } = await file.stat();
    const expected = MAGIC.length + receipt.bytes + receipt.parts * ENTRY_BYTES;
    if (size !== expected) throw corrupt(path, `${expected} bytes`, `${size}`);
    const magic = new Uint8Array(MAGIC.length);
    await readAll(file, magic, 0);
    if (magic.some((byte, i) => byte !== MAGIC[i])) throw corrupt(path, 'a file of this version', 'another');
    const index = new Uint8Array(receipt.parts * ENTRY_BYTES);
    await readAll(file, index, MAGIC.length + receipt.bytes);
    const key = Buffer.from(receipt.key, 'hex');
    if (tagOf(key, binding, index) !== receipt.tag) throw corrupt(path, 'its checksum', 'another');
    return SpoolFile.over(file, path, key, placesIn(index));
  } catch (error) {
    await file.close();
    throw explain(path, error);
  }
}

function indexOf(places: readonly Place[]): Uint8Array {
  const index = Buffer.alloc(places.length * ENTRY_BYTES);
  for (const [i, { length, tag }] of places.entries()) {
    index.writeUInt32LE(length, i * ENTRY_BYTES);
    index.set(tag!, i * ENTRY_BYTES + 4);
  }
  return index;
}

function placesIn(index: Uint8Array): Place[] {
  const view = new DataView(index.buffer, index.byteOffset);
  const places: Place[] = [];
  let offset = MAGIC.length;
  for (let at = 0; at < index.length; at += ENTRY_BYTES) {
    const length = view.getUint32(at, true);
    places.push({ offset, length, tag: index.subarray(at + 4, at + ENTRY_BYTES) });
    offset += length;
  }
  return places;
}

/**
 * GMAC (NIST SP 800-38D) of what a file is bound to, and of its parts' lengths and tags, so that bytes cannot move from one part to the next: in hardware
 * three times as fast as SHA-256, and reading waits for it. The key is one file's; the parts have the nonces from 1 on.
 */
function tagOf(key: Uint8Array, binding: object, index: Uint8Array): string {
  const mac = createCipheriv('aes-128-gcm', key, nonceOf(0));
  const bound = Buffer.from(JSON.stringify(binding));
  mac.setAAD(Buffer.concat([Buffer.from(`${bound.length}/`), bound, index]));
  mac.final();
  return mac.getAuthTag().toString('hex');
}

function corrupt(path: string, expected: string, came: string): TacitError {
  return new TacitError('STORE_CORRUPT', `${path}: expected ${expected}, got ${came}`);
}
