/** PNG: its size before it is decoded, and whether its pixels are all there. PNG specification, third edition. @module */
import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import type { Pixels, Size } from './pixels.js';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Signature and IHDR with its checksum. */
const HEADER_BYTES = 33;
const IDAT = 0x49444154;

/** Samples a pixel by colour type, section 11. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** The passes of an image and of Adam7 as (first, step) a column and a row, section 8. */
const WHOLE = [[0, 1, 0, 1]] as const;
const ADAM7 = [
  [0, 8, 0, 8],
  [4, 8, 0, 8],
  [0, 4, 4, 8],
  [2, 4, 0, 4],
  [0, 2, 2, 4],
  [1, 2, 0, 2],
  [0, 1, 1, 2],
] as const;

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** @throws RangeError where the header is not whole */
export function pngSize(bytes: Uint8Array): Size {
  if (bytes.length < HEADER_BYTES)
    throw new RangeError(`PNG header: expected ${HEADER_BYTES} bytes, got ${bytes.length}`);
  const view = viewOf(bytes);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** @throws where it is not whole, or does not decode */
export function decodePng(bytes: Uint8Array): Pixels {
  checkData(bytes);
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { width, height, rgba: data };
}

/** @throws RangeError where the pixels are not all there: the decoder would take zeros for what is missing */
function checkData(bytes: Uint8Array): void {
  const view = viewOf(bytes);
  const { width, height } = pngSize(bytes);
  const [depth, colour, interlaced] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === IDAT) parts.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  const bits = depth * SAMPLES[colour]!;
  let expected = 0;
  for (const [left, across, top, down] of interlaced ? ADAM7 : WHOLE) {
    const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    if (columns > 0 && rows > 0) expected += rows * (1 + Math.ceil((columns * bits) / 8));
  }
  const { length } = inflateSync(Buffer.concat(parts), { maxOutputLength: expected + 1 });
  if (length !== expected) throw new RangeError(`image data: expected ${expected} bytes, got ${length}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
