/** WebP: its size before it is decoded, and libwebp as WebAssembly. RFC 9649. @module */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { exifOrientation, type Orientation, tiffOrientation, UPRIGHT } from './exif.js';
import type { Pixels, Size } from './pixels.js';

/** RIFF, the size of the file, WEBP, the first chunk's name and size. */
const HEADER_BYTES = 30;
const LOSSY_START = 0x2a019d;
const LOSSLESS_START = 0x2f;
const ANIMATED = 2;

export function isWebp(bytes: Uint8Array): boolean {
  return text(bytes, 0) === 'RIFF' && text(bytes, 8) === 'WEBP';
}

/** @throws RangeError where the header is not whole, and of an animation */
export function webpSize(bytes: Uint8Array): Size {
  if (bytes.length < HEADER_BYTES)
    throw new RangeError(`WebP header: expected ${HEADER_BYTES} bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u24 = (at: number): number => view.getUint16(at, true) + 2 ** 16 * view.getUint8(at + 2);
  switch (text(bytes, 12)) {
    case 'VP8X':
      if ((view.getUint8(20) & ANIMATED) !== 0) throw new RangeError('WebP: expected a still image, got an animation');
      return { width: u24(24) + 1, height: u24(27) + 1 };
    case 'VP8 ':
      if (u24(23) !== LOSSY_START) break;
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 'VP8L': {
      if (view.getUint8(20) !== LOSSLESS_START) break;
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
  }
  throw new RangeError('WebP: expected the header of an image, got another');
}

/** What its EXIF chunk says, which some programs begin as in a JPEG. */
export function webpOrientation(bytes: Uint8Array): Orientation {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    if (text(bytes, at) === 'EXIF') {
      const data = bytes.subarray(at + 8, at + 8 + size);
      return text(data, 0) === 'Exif' ? exifOrientation(data) : tiffOrientation(data);
    }
    at += 8 + size + (size % 2);
  }
  return UPRIGHT;
}

/** @throws where it does not decode */
export async function decodeWebp(bytes: Uint8Array): Promise<Pixels> {
  const { default: decode, init } = await import('@jsquash/webp/decode.js');
  const code = readFileSync(createRequire(import.meta.url).resolve('@jsquash/webp/codec/dec/webp_dec.wasm'));
  const compiled = new WebAssembly.Module(code);
  // the package would fetch its code, as in a page
  await init({
    instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      const instance = new WebAssembly.Instance(compiled, imports);
      done(instance);
      return instance.exports;
    },
  });
  const { width, height, data } = await decode(Uint8Array.from(bytes).buffer);
  return { width, height, rgba: Uint8Array.from(data) };
}

function text(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
}
