/** The kinds of files that hold inputs, by the names of files and by the first bytes. @module */
import { extname } from 'node:path';
import { isZip } from '../../../src/model/import/zip.js';
import { isJpeg } from './jpeg.js';
import { MOST_VALUES } from './nd-array.js';
import { isNpy } from './npy.js';
import { isPng } from './png.js';
import { isWebp } from './webp.js';

export type FormatName = 'npy' | 'npz' | 'json' | 'pb' | 'image';

export interface Format {
  readonly extensions: readonly string[];
  /** A file that is larger is not read. */
  readonly mostBytes: number;
  /** Never of a format without a mark of its own. */
  readonly startsLike: (bytes: Uint8Array) => boolean;
}

const MOST_ARRAY_BYTES = 8 * MOST_VALUES + 2 ** 16;

export const FORMATS: Readonly<Record<FormatName, Format>> = {
  npy: { extensions: ['.npy'], mostBytes: MOST_ARRAY_BYTES, startsLike: isNpy },
  npz: { extensions: ['.npz'], mostBytes: MOST_ARRAY_BYTES, startsLike: isZip },
  pb: { extensions: ['.pb'], mostBytes: MOST_ARRAY_BYTES, startsLike: () => false },
  image: {
    extensions: ['.png', '.jpg', '.webp', '.jpeg'],
    mostBytes: 2 ** 27,
    startsLike: (bytes) => isPng(bytes) || isJpeg(bytes) || isWebp(bytes),
  },
  // a list, a number, or space before one
  json: {
    extensions: ['.json'],
    mostBytes: 2 ** 28,
    startsLike: ([first]) => /[[\d\s-]/.test(String.fromCharCode(first ?? 0)),
  },
};

const NAMES = Object.keys(FORMATS) as readonly FormatName[];

/** All extensions, for errors and help. */
export const EXTENSIONS: string = NAMES.flatMap((name) =>
  FORMATS[name].extensions.filter((extension) => extension !== '.jpeg'),
).join(', ');
export const MOST_BYTES: number = Math.max(...NAMES.map((name) => FORMATS[name].mostBytes));

/** By the name of the file. */
export function formatOf(path: string): FormatName | undefined {
  const extension = extname(path).toLowerCase();
  return NAMES.find((name) => FORMATS[name].extensions.includes(extension));
}

/** By what it begins with. */
export function formatLike(bytes: Uint8Array): FormatName | undefined {
  return NAMES.find((name) => FORMATS[name].startsLike(bytes));
}
