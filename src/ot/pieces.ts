/**
 * How a product by correlated transfers is cut: vectors in pieces of at most 2^12 hashes, pieces in parts whose message is one segment.
 * @module
 */
import type { Fans } from './fans.js';
import { LABEL_BYTES } from './sizes.js';

/** Blocks of one pad set: two of them stay within 2^12 hashes under a key. */
export const PIECE_BLOCKS = 2048;
/** Messages leave in segments of about this size, cut between pieces. */
export const SEGMENT_BYTES: number = 512 * 1024;
/** Entries that kernels handle at once; pads are drawn for whole groups. */
export const GROUP = 16;
/** Bytes of the units that carry w bits. */
export function unitBytes(w: number): number {
  return [1, 2, 4, 8].find((bytes) => w <= 8 * bytes)!;
}

/** Pad bytes of one entry, all bits of an element whose products are wanted mod 2^m. */
export function padBytes(m: number): number {
  let bytes = 0;
  for (let w = m; w > 0; w--) bytes += unitBytes(w);
  return bytes;
}

/** The longest vector that one piece can carry. */
export function pieceLimit(m: number): number {
  return GROUP * Math.floor(PIECE_BLOCKS / padBytes(m));
}

/** Bytes of a piece's message: p * m (m + 1) / 2 bits, those of one significance of all entries in whole bytes. */
export function pieceBytes(p: number, m: number): number {
  let bytes = 0;
  for (let w = m; w > 0; w--) bytes += (w >> 3) * p + (w & 7) * Math.ceil(p / 8);
  return bytes;
}

export interface Piece {
  readonly element: number;
  readonly first: number;
  readonly p: number;
}

/** Pieces from vector entry `first` of `element` on. */
function* piecesFrom(fans: Fans, m: number, element: number, first: number): Generator<Piece> {
  const limit = pieceLimit(m);
  for (; element < fans.count; element++, first = 0) {
    const size = fans.size(element);
    for (; first < size; first += limit) yield { element, first, p: Math.min(limit, size - first) };
  }
}

/** Consecutive pieces whose message is one segment, with a start point of their own: what one side can do of a product at once, in any order. */
export interface Part {
  /** Its first piece. */
  readonly element: number;
  readonly first: number;
  readonly pieces: number;
  /** One past the last element that it has a piece of. */
  readonly end: number;
  /** Of the segment: the start point and the messages of the pieces. */
  readonly bytes: number;
}

/** The parts of a product, in the order in which their segments are sent. */
export function partsOf(fans: Fans, m: number): Part[] {
  const parts: Part[] = [];
  let part = { element: 0, first: 0, pieces: 0, end: 0, bytes: LABEL_BYTES };
  for (const { element, first, p } of piecesFrom(fans, m, 0, 0)) {
    const bytes = pieceBytes(p, m);
    if (part.bytes + bytes > SEGMENT_BYTES) {
      parts.push(part);
      part = { element, first, pieces: 0, end: element, bytes: LABEL_BYTES };
    }
    part.pieces++;
    part.end = element + 1;
    part.bytes += bytes;
  }
  return [...parts, part];
}

export function* piecesOf(fans: Fans, m: number, part: Part): Generator<Piece> {
  let left = part.pieces;
  for (const piece of piecesFrom(fans, m, part.element, part.first)) {
    if (left-- === 0) return;
    yield piece;
  }
}

/** The sizes of the segments that carry the message, in order. */
export function gilboaSegments(fans: Fans, m: number): number[] {
  return partsOf(fans, m).map(({ bytes }) => bytes);
}

/** Hashes that the sender of a product takes. */
export function gilboaHashes(fans: Fans, m: number): number {
  const limit = pieceLimit(m);
  let groups = 0;
  for (let element = 0; element < fans.count; element++) {
    const size = fans.size(element);
    groups += Math.floor(size / limit) * (limit / GROUP) + Math.ceil((size % limit) / GROUP);
  }
  return 2 * groups * padBytes(m);
}
