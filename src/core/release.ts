/**
 * Gives large buffers back at once.
 *
 * Ciphers and sockets return a fresh buffer for every call. Left to the garbage collector, tens of MiB of them pile up outside its heap:
 * it collects in panic (V8: "external memory pressure"), and the allocator hands out cold pages instead of the one that was just used.
 * Detaching a buffer frees it on the spot, which makes AES through node:crypto about twice as fast.
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Transfer = (this: ArrayBuffer, length: number) => ArrayBuffer;

/** ArrayBuffer.prototype.transfer (ES2024). Node 20 has it behind a flag that a new context heeds. */
function findTransfer(): Transfer | undefined {
  const native = (ArrayBuffer.prototype as { transfer?: Transfer }).transfer;
  if (native) return native;
  setFlagsFromString('--harmony-rab-gsab-transfer');
  return runInNewContext('ArrayBuffer.prototype.transfer') as Transfer | undefined;
}

const transfer = findTransfer();

/** Bytes of a buffer that a view may leave out (a frame's header) and still own it. */
const SLACK = 16;

/**
 * Frees the memory behind `bytes`, if they are all of it: nobody may use them, or another view of the same buffer, from here on. A view of a
 * part of a buffer is left to the garbage collector, since others may read the rest.
 */
export function release(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (transfer && buffer instanceof ArrayBuffer && buffer.byteLength - bytes.byteLength <= SLACK)
    transfer.call(buffer, 0);
}
