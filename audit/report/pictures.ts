/** Images of a report as PNG in a data URL. @module */
import { PNG } from 'pngjs';
import type { Image, Picture } from '../attack.js';

/** @param low @param high what is black and what is white */
export function pictureUrl({ values }: Picture, { height, width, channels }: Image, low: number, high: number): string {
  const png = new PNG({ width, height });
  for (let at = 0; at < height * width; at++) {
    for (let colour = 0; colour < 3; colour++) {
      const value = values[at * channels + Math.min(colour, channels - 1)]!;
      png.data[4 * at + colour] = Math.max(0, Math.min(255, Math.round((255 * (value - low)) / (high - low))));
    }
    png.data[4 * at + 3] = 255;
  }
  return `data:image/png;base64,${PNG.sync.write(png).toString('base64')}`;
}
