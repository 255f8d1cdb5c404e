/** ZIP archives: the entries of a file in memory, stored or deflated. APPNOTE.TXT 6.3.10, without ZIP64, encryption and volumes. @module */
import { crc32, inflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  /** When unpacked. */
  readonly bytes: number;
  /** Unpacks it. @throws where it is not whole, or not as long as the archive says */
  read(): Uint8Array;
}

const END = 0x06054b50;
const END_BYTES = 22;
const MOST_COMMENT = 0xffff;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === LOCAL;
}

/** What the directory of an archive lists; nothing is unpacked. @throws RangeError where it is not whole, or of a kind that is not read */
export function zipEntries(bytes: Uint8Array): ZipEntry[] {
  const view = viewOf(bytes);
  const end = endOf(view);
  const count = view.getUint16(end + 10, true);
  const entries: ZipEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    check('a directory entry', view.getUint32(at, true) === CENTRAL);
    const nameBytes = view.getUint16(at + 28, true);
    const name = Buffer.from(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes)).toString('utf8');
    entries.push(entryOf(bytes, at, name));
    at += CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** @param at where it stands in the directory */
function entryOf(bytes: Uint8Array, at: number, name: string): ZipEntry {
  const view = viewOf(bytes);
  const method = view.getUint16(at + 10, true);
  check('an entry that is stored or deflated, not encrypted', method === STORED || method === DEFLATED);
  check('an entry without encryption', (view.getUint16(at + 8, true) & ENCRYPTED) === 0);
  const checksum = view.getUint32(at + 16, true);
  const packed = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const local = view.getUint32(at + 42, true);
  return {
    name,
    bytes: size,
    read: () => {
      check('the header of an entry', view.getUint32(local, true) === LOCAL);
      const start = local + LOCAL_BYTES + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      check('an entry within the archive', start + packed <= bytes.length);
      const data = bytes.subarray(start, start + packed);
      // one byte more than was said is the most that is unpacked
      const content = method === STORED ? data : inflateRawSync(data, { maxOutputLength: size + 1 });
      check(`${size} bytes in ${name}`, content.length === size);
      check(`the checksum of ${name}`, crc32(content) === checksum);
      return content;
    },
  };
}

/** Where the end of the directory begins: the last that ends with the file. */
function endOf(view: DataView): number {
  const first = Math.max(0, view.byteLength - END_BYTES - MOST_COMMENT);
  for (let at = view.byteLength - END_BYTES; at >= first; at--) {
    if (view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength)
      return at;
  }
  throw new RangeError('ZIP: expected a directory, got none');
}

function check(what: string, holds: boolean): void {
  if (!holds) throw new RangeError(`ZIP: expected ${what}, got another`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
