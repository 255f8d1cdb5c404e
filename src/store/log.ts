/**
 * The form of a ledger's file: a header, records one after another, and zeros where the next ones will stand.
 *
 *     header   magic, size of the file, complement of the size
 *     record   length of the payload, complement of the length, checksum, payload, END
 *
 * A checksum covers the one before it, so that records neither go nor change places. A write that a crash tore is a prefix of a record with zeros
 * behind it: END, the last byte, is missing. Whatever else does not read was written whole and damaged since. The first record, which
 * says all that held when the file was made, was on disk before the file had its name: it is never torn.
 * @module
 */
import { createHash } from 'node:crypto';
import { Damaged } from './folder.js';

const MAGIC = new TextEncoder().encode('tacit-l3');
export const HEADER_BYTES: number = MAGIC.length + 8;
const CHECKSUM_BYTES = 16;
const PREFIX_BYTES: number = 8 + CHECKSUM_BYTES;
/** No single flipped bit makes it zero. */
const END = 0xa5;

/** Bytes that a record takes beside its payload. */
export const FRAME_BYTES: number = PREFIX_BYTES + 1;

/** The checksum that the next record covers. */
export type Chain = Uint8Array;

export interface Framed {
  readonly bytes: Uint8Array;
  readonly chain: Chain;
}

/** The first bytes of a file of `size` bytes. */
export function headerOf(size: number): Framed {
  const bytes = new Uint8Array(HEADER_BYTES);
  bytes.set(MAGIC);
  putGuarded(bytes, MAGIC.length, size);
  return { bytes, chain: checksum(new Uint8Array(), bytes) };
}

export function recordOf(chain: Chain, payload: Uint8Array): Framed {
  const bytes = new Uint8Array(FRAME_BYTES + payload.length);
  const next = checksum(chain, payload);
  putGuarded(bytes, 0, payload.length);
  bytes.set(next, 8);
  bytes.set(payload, PREFIX_BYTES);
  bytes[bytes.length - 1] = END;
  return { bytes, chain: next };
}

export interface Log {
  readonly payloads: readonly Uint8Array[];
  /** Where the next record will stand, and what it will cover. */
  readonly end: number;
  readonly chain: Chain;
  /** Whether a part of a record stands there. */
  readonly torn: boolean;
}

/** @throws Damaged where `bytes` are not what was written */
export function readLog(bytes: Uint8Array): Log {
  const size = bytes.length < HEADER_BYTES ? undefined : guarded(bytes, MAGIC.length);
  if (size === undefined || MAGIC.some((byte, i) => bytes[i] !== byte)) throw new Damaged('another file');
  if (size !== bytes.length) throw new Damaged(`${bytes.length} bytes of ${size}`);
  const payloads: Uint8Array[] = [];
  let end = HEADER_BYTES;
  let { chain } = headerOf(size);
  while (end + FRAME_BYTES <= size) {
    const length = guarded(bytes, end);
    // the length too may be torn: then nothing stands behind it
    if (length === undefined) {
      if (isZero(bytes, end + 8)) break;
      throw new Damaged('a record of no length');
    }
    const last = end + PREFIX_BYTES + length;
    if (last >= size) throw new Damaged('a record longer than the file');
    if (isZero(bytes, last)) break;
    const payload = bytes.subarray(end + PREFIX_BYTES, last);
    const next = checksum(chain, payload);
    if (bytes[last] !== END || next.some((byte, i) => byte !== bytes[end + 8 + i])) {
      throw new Damaged('a record of another checksum');
    }
    payloads.push(payload);
    end = last + 1;
    chain = next;
  }
  if (payloads.length === 0) throw new Damaged('no first record');
  return { payloads, end, chain, torn: !isZero(bytes, end) };
}

/** Zero has no guard of zero, so that what was not written is no number. */
function putGuarded(bytes: Uint8Array, at: number, value: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(at, value, true);
  view.setUint32(at + 4, ~value >>> 0, true);
}

function guarded(bytes: Uint8Array, at: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const value = view.getUint32(at, true);
  return view.getUint32(at + 4, true) === ~value >>> 0 ? value : undefined;
}

function checksum(chain: Chain, payload: Uint8Array): Chain {
  return createHash('sha256').update(chain).update(payload).digest().subarray(0, CHECKSUM_BYTES);
}

function isZero(bytes: Uint8Array, from: number): boolean {
  const rest = bytes.subarray(from);
  return Buffer.compare(rest, new Uint8Array(rest.length)) === 0;
}
