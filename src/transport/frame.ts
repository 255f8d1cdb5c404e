/**
 * The frame: a fixed 16-byte header and raw bytes.
 *
 *     0      type      1 data, 2 message (JSON), 3 abort (JSON)
 *     1      phase     index in PHASES
 *     2..3   depth     length of the longest chain of messages that led to this one: the measured rounds
 *     4..7   bundle    number of the bundle or inference the frame belongs to
 *     8..11  step      step of the plan
 *     12..15 sequence  of the frame in its lane: a lost, repeated or reordered frame is seen
 *
 * Little endian. A frame carries at most MAX_PAYLOAD bytes; longer payloads travel in several frames.
 * @module
 */
import { ProtocolError } from '../core/errors.js';

export const HEADER_BYTES = 16;
export const MAX_PAYLOAD: number = 1024 * 1024;
export const MAX_FRAME: number = HEADER_BYTES + MAX_PAYLOAD;

const PHASES = ['setup', 'offline', 'online', 'control', 'reverse'] as const;
export type Phase = (typeof PHASES)[number];

export const FrameType = { data: 1, message: 2, abort: 3 } as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

export interface Frame {
  readonly type: FrameType;
  readonly phase: Phase;
  readonly depth: number;
  readonly bundle: number;
  readonly step: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Bytes on the channel of a payload: itself and a header for each frame that carries it. */
export function framedBytes(payloadBytes: number): number {
  return payloadBytes + HEADER_BYTES * Math.max(1, Math.ceil(payloadBytes / MAX_PAYLOAD));
}

/** @param room where to write the frame, if not in memory of its own */
export function encodeFrame(frame: Frame, room?: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const length = HEADER_BYTES + frame.payload.length;
  const bytes = room?.subarray(0, length) ?? new Uint8Array(length);
  bytes[0] = frame.type;
  bytes[1] = PHASES.indexOf(frame.phase);
  bytes[2] = frame.depth;
  bytes[3] = frame.depth >>> 8;
  writeUint32(bytes, 4, frame.bundle);
  writeUint32(bytes, 8, frame.step);
  writeUint32(bytes, 12, frame.sequence);
  bytes.set(frame.payload, HEADER_BYTES);
  return bytes;
}

/** @throws ProtocolError BAD_FRAME where the header is short or names no type or phase */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length < HEADER_BYTES) {
    throw new ProtocolError('BAD_FRAME', `frame: expected at least ${HEADER_BYTES} bytes, got ${bytes.length}`);
  }
  const type = bytes[0]!;
  const phase = PHASES[bytes[1]!];
  if (phase === undefined || (type !== FrameType.data && type !== FrameType.message && type !== FrameType.abort)) {
    throw new ProtocolError('BAD_FRAME', `frame: expected a known type and phase, got ${type} and ${bytes[1]}`);
  }
  return {
    type,
    phase,
    depth: bytes[2]! | (bytes[3]! << 8),
    bundle: readUint32(bytes, 4),
    step: readUint32(bytes, 8),
    sequence: readUint32(bytes, 12),
    payload: bytes.subarray(HEADER_BYTES),
  };
}

// byte by byte: a DataView for each frame costs more than the rest of its header

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
