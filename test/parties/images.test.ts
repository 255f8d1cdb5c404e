/** What an image must be is said before it is decoded, for PNG and JPEG alike. */
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { readImage } from '../../parties/cli/images.js';

const SHAPE = [28, 28, 1];

/** Bright at the top, dark at the bottom. */
function pixels(width: number, height: number): Buffer {
  const size = 4 * width * height;
  return Buffer.from(
    Uint8Array.from({ length: size }, (_, i) => (i % 4 === 3 ? 255 : 255 - Math.floor((255 * i) / size))),
  );
}

function jpegOf(width: number, height: number): Buffer {
  return jpeg.encode({ width, height, data: pixels(width, height) }, 95).data;
}

function pngOf(width: number, height: number): Buffer {
  const png = new PNG({ width, height });
  png.data.set(pixels(width, height));
  return PNG.sync.write(png);
}

/** The bytes with those after the first marker of a frame changed. */
function withFrame(bytes: Buffer, change: (frame: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy.subarray(copy.indexOf(Buffer.of(0xff, 0xc0))));
  return copy;
}

function failure(bytes: Uint8Array): { code: string; message: string } {
  try {
    readImage(bytes, 'x', SHAPE);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('expected a refusal, got an image');
}

describe('images', () => {
  it.each([
    ['PNG', pngOf],
    ['JPEG', jpegOf],
  ] as const)('%s of the right size is read', (_, encode) => {
    const { shape, values } = readImage(encode(28, 28), 'x', SHAPE);
    expect(shape).toEqual(SHAPE);
    expect(values[0]).toBeGreaterThan(230);
    expect(values.at(-1)).toBeLessThan(25);
  });

  it.each([
    ['PNG', pngOf],
    ['JPEG', jpegOf],
  ] as const)('%s of another size is refused by its size', (_, encode) => {
    expect(failure(encode(29, 27))).toMatchObject({
      code: 'BAD_SHAPE',
      message: 'expected an image of 28x28 pixels, got 29x27 in x. Resize the image',
    });
  });

  it('a JPEG that claims to be vast is refused by its size too, not decoded', () => {
    const vast = withFrame(jpegOf(28, 28), (frame) => frame.writeUInt32BE(0xffff_ffff, 5));
    expect(failure(vast).message).toMatch(/28x28 pixels, got 65535x65535 in x/);
  });

  it('a JPEG of a kind that is not decoded is called by its kind', () => {
    const arithmetic = withFrame(jpegOf(28, 28), (frame) => frame.writeUInt8(0xc9, 1));
    expect(failure(arithmetic)).toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringMatching(/expected a baseline or progressive JPEG in x, got an arithmetic-coded one\./),
    });
    const deep = withFrame(jpegOf(28, 28), (frame) => frame.writeUInt8(12, 4));
    expect(failure(deep).message).toMatch(/expected 8 bits a sample in x, got 12\./);
  });

  it.each([
    ['PNG', pngOf(28, 28)],
    ['JPEG', jpegOf(28, 28)],
  ])('a %s cut short is refused at every length', (_, bytes) => {
    for (let length = 0; length < bytes.length - 2; length += 7) {
      expect(failure(bytes.subarray(0, length)).code).toBe('BAD_INPUT');
    }
  });

  it('another format is not called a broken image', () => {
    expect(failure(Buffer.from('GIF89a...')).message).toMatch(
      /expected a PNG or JPEG image in x, got another format\. Convert/,
    );
  });
});
