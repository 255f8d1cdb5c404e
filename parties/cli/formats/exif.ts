/** Which way up a photo is: EXIF's tag of the orientation. CIPA DC-008, section 4.6.4; TIFF 6.0, section 2. @module */
import type { Pixels } from './pixels.js';

/** 1 to 8: the row and column of the picture's top and left that stored rows and columns begin at. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export const UPRIGHT: Orientation = 1;

const HEADER = 'Exif\0\0';
const LITTLE_ENDIAN = 0x4949;
const TAG = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

/** Of the data of an APP1 segment of a JPEG, which has other things too; upright where it says none. */
export function exifOrientation(segment: Uint8Array): Orientation {
  const hasHeader = Buffer.from(segment.subarray(0, HEADER.length)).toString('latin1') === HEADER;
  return hasHeader ? tiffOrientation(segment.subarray(HEADER.length)) : UPRIGHT;
}

/** Of EXIF's directories by themselves, as other formats hold them. */
export function tiffOrientation(tiff: Uint8Array): Orientation {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return UPRIGHT;
  const little = view.getUint16(0) === LITTLE_ENDIAN;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return UPRIGHT;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * ENTRY_BYTES;
    if (at + ENTRY_BYTES > tiff.length) return UPRIGHT;
    if (view.getUint16(at, little) !== TAG || view.getUint16(at + 2, little) !== SHORT) continue;
    const value = view.getUint16(at + 8, little);
    return isOrientation(value) ? value : UPRIGHT;
  }
  return UPRIGHT;
}

function isOrientation(value: number): value is Orientation {
  return value >= 1 && value <= 8;
}

/** The picture as it is to be seen. */
export function turn({ width, height, rgba }: Pixels, orientation: Orientation): Pixels {
  const turned = orientation >= 5 ? { width: height, height: width } : { width, height };
  const [right, bottom] = [width - 1, height - 1];
  const source = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
  const target = new Uint32Array(width * height);
  for (let y = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++) target[y * turned.width + x] = source[stored(x, y)]!;
  }
  return { ...turned, rgba: new Uint8Array(target.buffer) };

  /** Where the pixel at (x, y) of the picture is stored. */
  function stored(x: number, y: number): number {
    switch (orientation) {
      case 1:
        return y * width + x;
      case 2:
        return y * width + right - x;
      case 3:
        return (bottom - y) * width + right - x;
      case 4:
        return (bottom - y) * width + x;
      case 5:
        return x * width + y;
      case 6:
        return (bottom - x) * width + y;
      case 7:
        return (bottom - x) * width + right - y;
      case 8:
        return x * width + right - y;
      default:
        return orientation satisfies never;
    }
  }
}
