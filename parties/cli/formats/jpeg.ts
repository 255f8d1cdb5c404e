/** JPEG: its size and kind before it is decoded. ITU-T T.81, annex B. @module */
import jpeg from 'jpeg-js';
import { exifOrientation, type Orientation, UPRIGHT } from './exif.js';
import type { Pixels, Size } from './pixels.js';

/** What the frame header says. */
export interface JpegFrame extends Size {
  /** What EXIF says; the size is that of the pixels as they are stored. */
  readonly orientation: Orientation;
  /** What is wrong with the kind of the file, in words; undefined where it can be decoded. */
  readonly unsupported?: { readonly expected: string; readonly came: string };
}

/** Frames that are decoded: baseline, extended, progressive. */
const DECODED: readonly number[] = [0xc0, 0xc1, 0xc2];
/** Among the markers of frames: tables of Huffman codes and of arithmetic coding, and one that is reserved. */
const NO_FRAMES: readonly number[] = [0xc4, 0xc8, 0xcc];
const APP1 = 0xe1;
const SAMPLE_BITS = 8;
const MOST_DECODER_MB = 2048;

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/** The first frame header. @throws RangeError where there is none */
export function jpegFrame(bytes: Uint8Array): JpegFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  let orientation = UPRIGHT;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      // a fill byte
      at++;
    } else if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.includes(marker)) {
      const [bits, height, width] = [view.getUint8(at + 4), view.getUint16(at + 5), view.getUint16(at + 7)];
      return { width, height, orientation, ...complaintOf(marker, bits) };
    } else {
      const next = at + 2 + view.getUint16(at + 2);
      if (marker === APP1 && orientation === UPRIGHT) orientation = exifOrientation(bytes.subarray(at + 4, next));
      at = next;
    }
  }
  throw new RangeError(`JPEG: expected a frame header, got none up to byte ${at}`);
}

function complaintOf(marker: number, bits: number): Pick<JpegFrame, 'unsupported'> {
  if (!DECODED.includes(marker)) {
    const came = marker > 0xc8 ? 'an arithmetic-coded one' : 'a lossless or hierarchical one';
    return { unsupported: { expected: 'a baseline or progressive JPEG', came } };
  }
  if (bits !== SAMPLE_BITS) return { unsupported: { expected: `${SAMPLE_BITS} bits a sample`, came: String(bits) } };
  return {};
}

/** @param size of its frame, which has been looked at: a second frame may not be larger. @throws where it does not decode */
export function decodeJpeg(bytes: Uint8Array, size: Size): Pixels {
  const maxResolutionInMP = (size.width * size.height) / 1e6;
  const { width, height, data } = jpeg.decode(bytes, {
    useTArray: true,
    tolerantDecoding: false,
    maxResolutionInMP,
    maxMemoryUsageInMB: MOST_DECODER_MB,
  });
  return { width, height, rgba: data };
}
