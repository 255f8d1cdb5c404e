/** Images to run networks on: a photo with crops and mirror images of it to calibrate on, and lines that look like handwriting. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PNG } from 'pngjs';

/** Of a photo: left, top, width and height of a crop, as parts of it, and whether it is mirrored. */
const CROPS = [
  [0, 0, 1, 1, true],
  [0.1, 0.1, 0.8, 0.8, false],
  [0, 0, 0.6, 0.6, false],
  [0.4, 0.3, 0.6, 0.6, true],
  [0.25, 0.4, 0.5, 0.5, false],
  [0.3, 0, 0.7, 0.7, false],
];
/** Strokes of a letter, as points on a grid of 4 by 6. */
const LETTERS = [
  '0600 2036 0444',
  '0006 0636 3630',
  '3100 0006 3606',
  '0030 1506 3303 0333',
  '0600 0036 3630',
  '0030 1516',
];
const INK = 20;
const PAPER = 245;

/** Writes the photo whole, and what to calibrate on; gives both. */
export async function photoImages(file, folder) {
  const photo = PNG.sync.read(await readFile(file));
  const crops = CROPS.map((crop) => cropped(photo, crop));
  return writeAll(folder, [photo, ...crops]);
}

/** Writes lines of text-like strokes of one size. */
export async function textImages({ width, height, lines }, folder) {
  const images = Array.from({ length: 1 + CROPS.length }, (_, n) => written(width, height, lines, n));
  return writeAll(folder, images);
}

async function writeAll(folder, images) {
  const files = images.map((_, i) => join(folder, `image-${i}.png`));
  for (const [i, image] of images.entries()) await writeFile(files[i], PNG.sync.write(image));
  const [input, ...calibrate] = files;
  return { input, calibrate };
}

function cropped(photo, [left, top, width, height, mirrored]) {
  const image = new PNG({ width: Math.floor(width * photo.width), height: Math.floor(height * photo.height) });
  const [x0, y0] = [Math.floor(left * photo.width), Math.floor(top * photo.height)];
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const from = 4 * ((y0 + y) * photo.width + x0 + (mirrored ? image.width - 1 - x : x));
      photo.data.copy(image.data, 4 * (y * image.width + x), from, from + 4);
    }
  }
  return image;
}

/** @param seed which letters there are, and how they lean */
function written(width, height, lines, seed) {
  const image = new PNG({ width, height });
  image.data.fill(PAPER);
  const size = height / (lines * 8);
  for (let line = 0; line < lines; line++) {
    const top = (8 * line + 1) * size;
    const letters = Math.floor(width / (5 * size)) - 1 - ((seed + line) % 3);
    for (let i = 0; i < letters; i++) {
      const strokes = LETTERS[(i * (seed + 2) + line) % LETTERS.length];
      for (const stroke of strokes.split(' ')) {
        const [x1, y1, x2, y2] = [...stroke].map(Number);
        const lean = 0.1 * ((seed % 3) - 1);
        const at = (x, y) => [(1 + 5 * i + x + lean * (6 - y)) * size, top + y * size];
        draw(image, at(x1, y1), at(x2, y2), 0.45 * size);
      }
    }
  }
  for (let i = 3; i < image.data.length; i += 4) image.data[i] = 255;
  return image;
}

/** A stroke, its edge one pixel soft. */
function draw(image, [x1, y1], [x2, y2], radius) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const along = Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)));
      const covered = radius + 0.5 - Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
      const shade = PAPER - (PAPER - INK) * Math.min(1, Math.max(0, covered));
      for (let c = 0; c < 3; c++) {
        const to = 4 * (y * image.width + x) + c;
        image.data[to] = Math.min(image.data[to], shade);
      }
    }
  }
}
