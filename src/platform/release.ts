/**
 * Gives large buffers back at once.
 *
 * Ciphers and sockets return a fresh buffer for every call. Left to the garbage collector, tens of MiB of them pile up outside its heap:
 * it collects in panic (V8: "external memory pressure"), and the allocator hands out cold pages instead of the one that was just used.
 * Detaching a buffer frees it on the spot, which makes AES through node:crypto about twice as fast.
 *
 * What is read and sent in bulk lies in rooms, which are used again: a released room is moved to a new buffer without a copy, so that no view
 * of the old one can read what comes next.
 * @module
 */

/** ArrayBuffer.prototype.transfer (ES2024). */
export type Transfer = (this: ArrayBuffer, length: number) => ArrayBuffer;

export function nativeTransfer(): Transfer | undefined {
  return (ArrayBuffer.prototype as { transfer?: Transfer }).transfer;
}

/** Bytes of a buffer that a view may leave out (a frame's header) and still own it. */
const SLACK = 16;
/** Less than this comes from the allocator, and goes back to it. */
const LEAST_ROOM = 4 * 1024;
/** A power of two and the header of a frame. */
const ROOM_HEADER = 64;
/** Spare rooms of all sizes together; more are freed. */
const MOST_SPARE = 16 * 1024 * 1024;

/** Platform.room and Platform.release. */
export interface Memory {
  room(bytes: number): Uint8Array<ArrayBuffer>;
  release(bytes: Uint8Array): void;
}

/** Where buffers cannot be transferred, all is left to the garbage collector. */
export function memoryBy(transfer: Transfer | undefined): Memory {
  if (!transfer) return { room: (bytes) => new Uint8Array(bytes), release: () => {} };
  /** By size. */
  const spare = new Map<number, ArrayBuffer[]>();
  let spareBytes = 0;
  /** Rooms in use: how many bytes of them. */
  const used = new WeakMap<ArrayBuffer, number>();
  return {
    room(bytes) {
      if (bytes < LEAST_ROOM) return new Uint8Array(bytes);
      const size = roomBytes(bytes);
      const buffer = spare.get(size)?.pop();
      if (buffer) spareBytes -= size;
      const room = new Uint8Array(buffer ?? new ArrayBuffer(size), 0, bytes);
      used.set(room.buffer, bytes);
      return room;
    },
    release({ buffer, byteLength }) {
      if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0) return;
      const size = buffer.byteLength;
      if ((used.get(buffer) ?? size) - byteLength > SLACK) return;
      if (!used.delete(buffer) || spareBytes + size > MOST_SPARE) {
        transfer.call(buffer, 0);
        return;
      }
      const moved = transfer.call(buffer, size);
      const same = spare.get(size);
      if (same) same.push(moved);
      else spare.set(size, [moved]);
      spareBytes += size;
    },
  };
}

/** The next power of two, and a header. */
function roomBytes(bytes: number): number {
  return 2 ** (32 - Math.clz32(Math.max(bytes - ROOM_HEADER, LEAST_ROOM) - 1)) + ROOM_HEADER;
}
