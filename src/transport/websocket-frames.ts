/**
 * The frames of WebSockets (RFC 6455, section 5), read from and written to a socket.
 *
 * A message is copied once, from the piece of the stream that the socket gave to where its receiver reads it: a piece of a slab, or a room
 * that is used again (`#platform`). So nothing that a receiver gives back is left to the garbage collector.
 * @module
 */
import { release, room } from '#platform';
import { MOST_PIECE, Slab } from './slab.js';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
export type Opcode = (typeof OPCODE)[keyof typeof OPCODE];

/** Section 7.4.1. */
export const CLOSE_CODE = {
  normal: 1000,
  protocol: 1002,
  unsupported: 1003,
  none: 1005,
  abnormal: 1006,
  tooBig: 1009,
} as const;
export type CloseCode = (typeof CLOSE_CODE)[keyof typeof CLOSE_CODE];

const FINAL = 0x80;
const RESERVED = 0x70;
const OPCODE_BITS = 0x0f;
const CONTROL = 0x08;
const MASKED = 0x80;
const LENGTH_BITS = 0x7f;
/** Values of the length for a length of 2 and of 8 bytes behind it. */
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_BYTES = 4;
const MOST_HEADER = 2 + 8 + MASK_BYTES;
/** Of a control frame. */
export const MOST_CONTROL = 125;

/** What the far end did that a WebSocket must not: the link ends with this code. */
export class FrameError extends Error {
  readonly closeCode: CloseCode;

  constructor(closeCode: CloseCode, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}

/** What comes. Payloads of control frames are valid during the call alone. */
export interface Incoming {
  message(bytes: Uint8Array<ArrayBuffer>): void;
  ping(payload: Uint8Array): void;
  pong(): void;
  closed(code: number): void;
}

export class FrameReader {
  /** Whether the far end dialled: then it masks. */
  readonly #masked: boolean;
  #mostBytes: number;
  readonly #incoming: Incoming;
  readonly #slab: Slab = new Slab();
  readonly #header: Uint8Array = new Uint8Array(MOST_HEADER);
  /** Bytes of the header that have come. */
  #headerBytes = 0;
  /** Where the payload of the frame under way goes, from #start on; none while its header comes. */
  #target: Uint8Array<ArrayBuffer> | undefined;
  #start = 0;
  #at = 0;
  #end = 0;
  readonly #control: Uint8Array<ArrayBuffer> = new Uint8Array(MOST_CONTROL);
  /** A message in several frames, and its bytes so far. */
  #fragments: Uint8Array<ArrayBuffer> | undefined;
  #fragmentBytes = 0;

  constructor(masked: boolean, mostBytes: number, incoming: Incoming) {
    this.#masked = masked;
    this.#mostBytes = mostBytes;
    this.#incoming = incoming;
  }

  /** Messages that begin from here on have at most so many bytes. */
  limit(mostBytes: number): void {
    this.#mostBytes = mostBytes;
  }

  /** Takes the next bytes of the stream; they may be used again afterwards. @throws FrameError */
  read(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#target === undefined) {
        this.#header[this.#headerBytes++] = chunk[at++]!;
        if (this.#headerBytes < 2 || this.#headerBytes < headerBytes(this.#header[1]!)) continue;
        this.#begin();
      }
      const piece = Math.min(this.#end - this.#at, chunk.length - at);
      this.#target!.set(chunk.subarray(at, at + piece), this.#at);
      this.#at += piece;
      at += piece;
      if (this.#at === this.#end) this.#finish();
    }
  }

  /** The header is there. */
  #begin(): void {
    const first = this.#header[0]!;
    const second = this.#header[1]!;
    const opcode = first & OPCODE_BITS;
    const final = (first & FINAL) !== 0;
    if ((first & RESERVED) !== 0) throw protocolError('reserved bits');
    if (((second & MASKED) !== 0) !== this.#masked) throw protocolError(this.#masked ? 'no mask' : 'a mask');
    const length = this.#length(second & LENGTH_BITS);
    if ((opcode & CONTROL) !== 0) {
      if (!final || length > MOST_CONTROL) throw protocolError('a control frame of several parts');
      this.#into(this.#control, 0, length);
      return;
    }
    if (opcode === OPCODE.text) {
      throw new FrameError(CLOSE_CODE.unsupported, 'sent text where binary frames were expected');
    }
    if (opcode !== (this.#fragments ? OPCODE.continuation : OPCODE.binary)) throw protocolError(`opcode ${opcode}`);
    const most = this.#fragments?.length ?? this.#mostBytes;
    if (this.#fragmentBytes + length > most) {
      throw new FrameError(CLOSE_CODE.tooBig, `sent a message of more than ${most} bytes`);
    }
    if (final && this.#fragments === undefined) {
      this.#into(this.#piece(length), 0, length);
      return;
    }
    this.#fragments ??= room(this.#mostBytes);
    this.#into(this.#fragments, this.#fragmentBytes, length);
  }

  #length(short: number): number {
    const view = new DataView(this.#header.buffer);
    if (short === LENGTH_16) return view.getUint16(2);
    if (short < LENGTH_16) return short;
    // above 2^53 it is not exact, but far too large as well
    return view.getUint32(2) * 2 ** 32 + view.getUint32(6);
  }

  #piece(bytes: number): Uint8Array<ArrayBuffer> {
    return bytes > MOST_PIECE ? room(bytes) : this.#slab.take(bytes);
  }

  #into(target: Uint8Array<ArrayBuffer>, start: number, bytes: number): void {
    this.#target = target;
    this.#start = this.#at = start;
    this.#end = start + bytes;
  }

  /** The payload is there. */
  #finish(): void {
    const target = this.#target!;
    const payload = target.subarray(this.#start, this.#end);
    if (this.#masked) unmask(payload, this.#header.subarray(this.#headerBytes - MASK_BYTES, this.#headerBytes));
    const first = this.#header[0]!;
    this.#target = undefined;
    this.#headerBytes = 0;
    switch (first & OPCODE_BITS) {
      case OPCODE.ping:
        this.#incoming.ping(payload);
        break;
      case OPCODE.pong:
        this.#incoming.pong();
        break;
      case OPCODE.close:
        this.#incoming.closed(closeCodeOf(payload));
        break;
      case OPCODE.binary:
      case OPCODE.continuation:
        this.#part(payload, (first & FINAL) !== 0);
        break;
      default:
        throw protocolError(`opcode ${first & OPCODE_BITS}`);
    }
  }

  #part(payload: Uint8Array<ArrayBuffer>, final: boolean): void {
    if (this.#fragments === undefined) {
      this.#incoming.message(payload);
      return;
    }
    this.#fragmentBytes += payload.length;
    if (!final) return;
    // of its size: a reader that is slow holds what was sent, and not the room of the largest message
    const whole = this.#piece(this.#fragmentBytes);
    whole.set(this.#fragments.subarray(0, this.#fragmentBytes));
    release(this.#fragments);
    this.#fragments = undefined;
    this.#fragmentBytes = 0;
    this.#incoming.message(whole);
  }
}

function protocolError(what: string): FrameError {
  return new FrameError(CLOSE_CODE.protocol, `sent ${what} where a WebSocket frame has none`);
}

/** Of a header, by its second byte. */
function headerBytes(second: number): number {
  const short = second & LENGTH_BITS;
  return 2 + (short === LENGTH_64 ? 8 : short === LENGTH_16 ? 2 : 0) + ((second & MASKED) !== 0 ? MASK_BYTES : 0);
}

/** Parties mask by zeros. */
function unmask(payload: Uint8Array, mask: Uint8Array): void {
  if (mask.every((byte) => byte === 0)) return;
  for (let i = 0; i < payload.length; i++) payload[i]! ^= mask[i & 3]!;
}

function closeCodeOf(payload: Uint8Array): number {
  return payload.length < 2 ? CLOSE_CODE.none : payload[0]! * 256 + payload[1]!;
}

/** Bytes of the header of a frame. */
export function frameHeaderBytes(payloadBytes: number, masked: boolean): number {
  return headerBytes((masked ? MASKED : 0) | shortLength(payloadBytes));
}

function shortLength(payloadBytes: number): number {
  return payloadBytes < LENGTH_16 ? payloadBytes : payloadBytes < 2 ** 16 ? LENGTH_16 : LENGTH_64;
}

/** Writes the header of a whole message to cleared memory; the mask is zero. */
export function writeFrameHeader(out: Uint8Array, opcode: Opcode, payloadBytes: number, masked: boolean): void {
  const short = shortLength(payloadBytes);
  out[0] = FINAL | opcode;
  out[1] = (masked ? MASKED : 0) | short;
  const view = new DataView(out.buffer, out.byteOffset);
  if (short === LENGTH_16) view.setUint16(2, payloadBytes);
  else if (short === LENGTH_64) view.setUint32(6, payloadBytes);
}
