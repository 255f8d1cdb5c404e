/** HDF5 files in memory, by the HDF5 library as WebAssembly: its file system holds the one file, and no devices. @module */
import { Dataset, File, FS, Group, ready } from 'h5wasm';
import { TacitError } from '../../../core/errors.js';
import { sizeOf } from '../../../core/ring.js';
import { MOST_MODEL_BYTES } from '../limits.js';
import { quote } from '../quote.js';
import type { Weight } from '../tfjs/weights.js';

const PATH = '/model';
const DEVICES = '/dev';
const FLOAT = 1;
const FLOAT_BYTES = 4;
const MOST_RANK = 8;

/** A file that is open. */
export class Hdf5 {
  readonly #file: File;
  #bytes = 0;

  constructor(file: File) {
    this.#file = file;
  }

  has(path: string): boolean {
    return this.#file.get(path) !== null;
  }

  /** The text of an attribute, or undefined. */
  text(path: string, name: string): string | undefined {
    const value = this.#attribute(path, name);
    return typeof value === 'string' ? value : undefined;
  }

  /** The texts of an attribute; h5py cuts a long list into `name0`, `name1` and so on. Undefined where there is none. */
  texts(path: string, name: string): readonly string[] | undefined {
    const whole = this.#attribute(path, name);
    if (whole !== undefined) return textsOf(whole);
    const parts: string[] = [];
    for (let i = 0; ; i++) {
      const part = this.#attribute(path, `${name}${i}`);
      if (part === undefined) return i === 0 ? undefined : parts;
      parts.push(...textsOf(part));
    }
  }

  /** Numbers, whose size is checked before they are read. @throws BAD_MODEL */
  weight(path: string): Weight {
    const dataset = this.#file.get(path);
    if (!(dataset instanceof Dataset)) throw bad(`weights at ${quote(path)}`, 'none');
    const { type, size, littleEndian, shape, virtual_sources: sources } = dataset.metadata;
    if (type !== FLOAT || size !== FLOAT_BYTES || !littleEndian || sources !== undefined) {
      throw bad(`float32 weights at ${quote(path)}`, 'another type');
    }
    if (shape === null || shape.length > MOST_RANK) throw bad(`weights with a shape at ${quote(path)}`, 'others');
    this.#bytes += sizeOf(shape) * FLOAT_BYTES;
    if (!(this.#bytes <= MOST_MODEL_BYTES)) throw bad(`at most ${MOST_MODEL_BYTES} bytes of weights`, 'more');
    const values = dataset.value;
    const array = typeof values === 'number' ? Float32Array.of(values) : values;
    if (!(array instanceof Float32Array) || array.length !== sizeOf(shape)) {
      throw bad(`numbers at ${quote(path)}`, 'something else');
    }
    if (!array.every(Number.isFinite)) throw bad(`finite weights at ${quote(path)}`, 'others');
    return { shape: [...shape], values: array, isInteger: false };
  }

  #attribute(path: string, name: string): unknown {
    const group = this.#file.get(path);
    if (!(group instanceof Group)) return undefined;
    const found = Object.hasOwn(group.attrs, name) ? group.attrs[name] : undefined;
    return found?.value ?? undefined;
  }
}

/** What `use` makes of the file of these bytes. @throws BAD_MODEL on what is no HDF5 file, or a broken one */
export async function readHdf5<T>(bytes: Uint8Array, use: (file: Hdf5) => T): Promise<T> {
  const library = await ready;
  // which would print what is wrong with a file otherwise
  library.activate_throwing_error_handler();
  const files = FS!;
  // a file may name others that hold its data: of those there are none
  for (const device of files.readdir(DEVICES)) {
    if (!files.isDir(files.lstat(`${DEVICES}/${device}`).mode)) files.unlink(`${DEVICES}/${device}`);
  }
  files.writeFile(PATH, bytes);
  let file: File | undefined;
  try {
    file = new File(PATH, 'r');
    return use(new Hdf5(file));
  } catch (cause) {
    if (cause instanceof TacitError) throw cause;
    throw new TacitError('BAD_MODEL', 'expected a whole HDF5 file, got another. Export the model again', { cause });
  } finally {
    file?.close();
    files.unlink(PATH);
  }
}

/** An empty list is of numbers. */
function textsOf(value: unknown): readonly string[] {
  if (ArrayBuffer.isView(value) && value.byteLength === 0) return [];
  const list: readonly unknown[] = [value].flat();
  if (!list.every((text) => typeof text === 'string')) throw bad('names of weights', 'something else');
  return list;
}

function bad(expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `expected ${expected}, got ${came}. Export the model again`);
}
