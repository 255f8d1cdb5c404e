/** What an image must be is said before it is decoded, for PNG and JPEG alike. */
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { readImage, readWebp } from '../../parties/cli/formats/images.js';

const RULES = { height: 28, width: 28, channels: 1, resize: false, invert: false, blueFirst: false };

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

function failure(bytes: Uint8Array, rules = RULES): { code: string; message: string } {
  try {
    readImage(bytes, 'x', rules);
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
    const { values, applied } = readImage(encode(28, 28), 'x', RULES);
    expect([values.length, applied]).toEqual([784, []]);
    expect(values[0]).toBeGreaterThan(230);
    expect(values.at(-1)).toBeLessThan(25);
  });

  it.each([
    ['PNG', pngOf],
    ['JPEG', jpegOf],
  ] as const)('%s of another size is refused by its size', (_, encode) => {
    expect(failure(encode(29, 27))).toMatchObject({
      code: 'BAD_SHAPE',
      message: 'expected an image of 28x28 pixels, got 29x27 in x. Give --resize, or resize the image',
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
      /expected a PNG, JPEG or WebP image in x, got another format\. Convert/,
    );
  });

  it('is inverted where that is asked for', () => {
    const inverted = readImage(pngOf(28, 28), 'x', { ...RULES, invert: true });
    const { values } = readImage(pngOf(28, 28), 'x', RULES);
    expect([...inverted.values]).toEqual(Array.from(values, (value) => 255 - value));
    expect(inverted.applied).toEqual(['inverted: byte b to 255 - b']);
  });

  it('keeps opacity as a fourth channel, which is not inverted', () => {
    const png = new PNG({ width: 1, height: 1 });
    png.data.set([10, 20, 30, 40]);
    const rules = { height: 1, width: 1, channels: 4, resize: false, invert: true, blueFirst: false };
    expect([...readImage(PNG.sync.write(png), 'x', rules).values]).toEqual([245, 235, 225, 40]);
  });

  it('has blue first where the model wants it', () => {
    const png = new PNG({ width: 1, height: 1 });
    png.data.set([10, 20, 30, 255]);
    const read = (channels: number) =>
      readImage(PNG.sync.write(png), 'x', { ...RULES, height: 1, width: 1, channels, blueFirst: true });
    expect([...read(3).values]).toEqual([30, 20, 10]);
    expect(read(3).applied).toEqual(['with blue first, as the model wants it']);
    expect([...read(4).values]).toEqual([30, 20, 10, 255]);
    expect(read(1).applied).toEqual([]);
  });

  it('with a second header of another size is refused', () => {
    const small = pngOf(28, 28);
    const second = pngOf(14, 56).subarray(8, 33);
    const both = Buffer.concat([small.subarray(0, 33), second, small.subarray(33)]);
    expect(failure(both)).toMatchObject({ code: 'BAD_INPUT' });
  });

  it('of a JPEG is refused before it is decoded where it is vast, also with --resize', () => {
    const vast = withFrame(jpegOf(28, 28), (frame) => frame.writeUInt32BE(0xffff_ffff, 5));
    expect(failure(vast, { ...RULES, resize: true }).message).toMatch(/1 to 33554432 pixels, got 65535x65535 in x/);
  });

  it('is resized where that is asked for, and said to be', () => {
    const { values, applied } = readImage(pngOf(56, 14), 'x', { ...RULES, resize: true });
    expect(values.length).toBe(784);
    expect(applied).toEqual(['resized to 28x28: bilinear, antialiased, proportions not kept']);
  });
});

/** The JPEG with an EXIF segment that gives its orientation. */
function oriented(bytes: Buffer, orientation: number, big: boolean): Buffer {
  const tiff = Buffer.alloc(26);
  const u16 = (value: number, at: number) => (big ? tiff.writeUInt16BE(value, at) : tiff.writeUInt16LE(value, at));
  const u32 = (value: number, at: number) => (big ? tiff.writeUInt32BE(value, at) : tiff.writeUInt32LE(value, at));
  tiff.write(big ? 'MM' : 'II', 'latin1');
  u16(42, 2);
  u32(8, 4);
  u16(1, 8);
  u16(0x0112, 10);
  u16(3, 12);
  u32(1, 14);
  u16(orientation, 18);
  const data = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const head = Buffer.of(0xff, 0xe1, 0, data.length + 2);
  return Buffer.concat([bytes.subarray(0, 2), head, data, bytes.subarray(2)]);
}

describe('the orientation of a photo', () => {
  // a bright quarter at the top left as it is stored, 16 wide and 32 high: where it is as the photo is seen
  const stored = Buffer.alloc(4 * 16 * 32, 255);
  for (let y = 0; y < 32; y++) {
    for (let x = 0; x < 16; x++) stored.fill(x < 8 && y < 16 ? 255 : 0, 4 * (16 * y + x), 4 * (16 * y + x) + 3);
  }
  const photo = jpeg.encode({ width: 16, height: 32, data: stored }, 100).data;
  const corners = ['top left', 'top right', 'bottom right', 'bottom left'];

  it.each([
    [1, 'top left'],
    [2, 'top right'],
    [3, 'bottom right'],
    [4, 'bottom left'],
    [5, 'top left'],
    [6, 'top right'],
    [7, 'bottom right'],
    [8, 'bottom left'],
    [9, 'top left'],
  ])('%i brings what is stored first to the %s', (orientation, corner) => {
    const turned = orientation >= 5 && orientation <= 8;
    const [width, height] = turned ? [32, 16] : [16, 32];
    for (const big of [false, true]) {
      const bytes = oriented(photo, orientation, big);
      const { values, applied } = readImage(bytes, 'x', { ...RULES, width, height });
      const at = (x: number, y: number) => values[Math.floor(y * height) * width + Math.floor(x * width)]!;
      const brightness = [at(0.2, 0.2), at(0.8, 0.2), at(0.8, 0.8), at(0.2, 0.8)];
      expect(corners[brightness.indexOf(Math.max(...brightness))]).toBe(corner);
      expect(applied).toEqual(orientation === 1 || orientation === 9 ? [] : ['turned upright as EXIF says']);
    }
  });

  it('is nothing that a broken segment could fail by', () => {
    const whole = oriented(photo, 6, true);
    for (let at = 2; at < 40; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = 0xff;
      try {
        readImage(bytes, 'x', { ...RULES, width: 32, height: 16 });
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^BAD_(INPUT|SHAPE)$/) });
      }
    }
  });
});

describe('a WebP image', () => {
  // the left half red, the right half black, 6 x 4: lossless, lossy, and with parts that are half transparent
  const [lossless, lossy, clear] = [
    'UklGRh4AAABXRUJQVlA4TBEAAAAvBcAAAA8Q8x/zH4YeRPQ/AAA=',
    'UklGRkIAAABXRUJQVlA4IDYAAACwAQCdASoGAAQAAoBCJagCdAEO/gLsAP71/N9bn9V9v2pPTsjv/wa/9aIvij/cP/miL4AAAAA=',
    'UklGRm4AAABXRUJQVlA4WAoAAAAQAAAABQAAAwAAQUxQSBIAAAABD/DA/4iIIBBI8UgbFNH/aABWUDggNgAAALABAJ0BKgYABAACgEIlqAJ0AQ7+AuwA/vX831uf1X2/ak9OyO//Br/1oi+KP9w/+aIvgAAAAA==',
  ].map((text) => Buffer.from(text, 'base64')) as [Buffer, Buffer, Buffer];
  const rules = { ...RULES, width: 6, height: 4, channels: 3 };

  it('is read, lossless or not', async () => {
    const exact = await readWebp(lossless, 'x', rules);
    expect([...exact.values.slice(0, 18)]).toEqual([255, 0, 0, 255, 0, 0, 255, 0, 0, ...new Array<number>(9).fill(0)]);
    const near = await readWebp(lossy, 'x', rules);
    for (const [i, value] of exact.values.entries()) expect(Math.abs(value - near.values[i]!)).toBeLessThan(100);
  });

  it('is turned as its EXIF chunk says', async () => {
    const tiff = oriented(Buffer.alloc(2), 6, false).subarray(12);
    const chunk = Buffer.concat([Buffer.from('EXIF\x1a\0\0\0', 'latin1'), tiff]);
    const { values, applied } = await readWebp(Buffer.concat([lossless, chunk]), 'x', {
      ...rules,
      width: 4,
      height: 6,
    });
    expect(applied).toEqual(['turned upright as EXIF says']);
    expect([values[0], values.at(-3)]).toEqual([255, 0]);
  });

  it('of another size is refused by it, before it is decoded; a transparent one is refused too', async () => {
    for (const bytes of [lossless, lossy, clear]) {
      const refused = { code: 'BAD_SHAPE', message: expect.stringContaining('got 6x4 in x') };
      await expect(readWebp(bytes, 'x', RULES)).rejects.toMatchObject(refused);
    }
    await expect(readWebp(clear, 'x', rules)).rejects.toMatchObject({ message: expect.stringMatching(/opaque/) });
  });

  it('cut anywhere, or with any byte changed, is refused or read', async () => {
    for (const whole of [lossless, lossy]) {
      for (let at = 0; at < whole.length; at++) {
        const changed = Buffer.from(whole);
        changed[at]! ^= 0xff;
        for (const bytes of [whole.subarray(0, at), changed]) {
          await readWebp(bytes, 'x', rules).catch((error) => expect(error.code).toMatch(/^BAD_(INPUT|SHAPE)$/));
        }
      }
    }
  });
});
