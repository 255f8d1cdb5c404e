/**
 * Gives large buffers back at once.
 *
 * Ciphers and sockets return a fresh buffer for every call. Left to the garbage collector, tens of MiB of them pile up outside its heap:
 * it collects in panic (V8: "external memory pressure"), and the allocator hands out cold pages instead of the one that was just used.
 * Detaching a buffer frees it on the spot, which makes AES through node:crypto about twice as fast.
 * @module
 */

/** ArrayBuffer.prototype.transfer (ES2024). */
export type Transfer = (this: ArrayBuffer, length: number) => ArrayBuffer;

export function nativeTransfer(): Transfer | undefined {
  return (ArrayBuffer.prototype as { transfer?: Transfer }).transfer;
}

/** Bytes of a buffer that a view may leave out (a frame's header) and still own it. */
const SLACK = 16;

/** Platform.release where buffers can be transferred, and nothing elsewhere. */
export function releaseBy(transfer: Transfer | undefined): (bytes: Uint8Array) => void {
  return ({ buffer, byteLength }) => {
    if (transfer && buffer instanceof ArrayBuffer && buffer.byteLength - byteLength <= SLACK) transfer.call(buffer, 0);
  };
}
