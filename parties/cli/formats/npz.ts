/** NumPy's .npz files: a ZIP archive of .npy files. https://numpy.org/doc/stable/reference/generated/numpy.savez.html @module */
import { crc32 } from 'node:zlib';
import { TacitError } from '../../../src/core/errors.js';
import { concat, type Nd } from '../../../src/core/nd.js';
import { printable } from '../../../src/core/text.js';
import { type ZipEntry, zipEntries } from '../../../src/model/import/zip.js';
import type { Port } from '../../../src/model/ops/node.js';
import { countOf } from '../layout.js';
import { shapesOf } from '../rules.js';
import { MOST_VALUES, type NdArray } from './nd-array.js';
import { readNpy, writeNpy } from './npy.js';

const NPY = '.npy';
/** What the only input of a model may always be called. */
const INPUT = 'input';
/** Of doubles, with a header. */
const MOST_NPY_BYTES = 8 * MOST_VALUES + 2 ** 16;

/**
 * What it holds for the inputs of a model: of one input its only array, or the one of the input's name or `input`; of several the array of
 * each by its name, [N, elements of all].
 *
 * @throws BAD_INPUT where it is not whole, or leaves open which array is meant
 */
export function readNpz(bytes: Uint8Array, name: string, inputs: readonly Port[]): NdArray {
  const entries = readable(name, () => zipEntries(bytes)).filter((each) => each.name.endsWith(NPY));
  const [first, ...more] = inputs;
  if (first === undefined || more.length === 0) return unpack(oneOf(entries, name, first?.name), name);
  const arrays = inputs.map((port) => ({ array: unpack(named(entries, name, port.name), name), port }));
  const counts = arrays.map(({ array, port }) => countOf(array.shape, port.shape));
  const [count] = counts;
  if (count === undefined || counts.some((each) => each !== count)) {
    const came = arrays.map(({ array, port }) => ({ name: port.name, shape: array.shape }));
    throw new TacitError(
      'BAD_SHAPE',
      `expected the arrays ${shapesOf(inputs)} in ${name}, or as many of each, got ${shapesOf(came)}. Reshape the inputs`,
    );
  }
  const rows: [Nd<Float64Array>, ...Nd<Float64Array>[]] = [{ shape: [count, 0], data: new Float64Array(0) }];
  for (const { array } of arrays) {
    rows.push({ shape: [count, array.values.length / count], data: Float64Array.from(array.values) });
  }
  const { shape, data } = concat(rows, 1);
  return { shape, values: data };
}

function unpack(entry: ZipEntry, name: string): NdArray {
  if (entry.bytes > MOST_NPY_BYTES) {
    throw bad(`arrays of at most ${MOST_NPY_BYTES} bytes in ${name}`, `one of ${entry.bytes}`, 'Split the array');
  }
  const content = readable(name, () => entry.read());
  return readNpy(content, `${name}:${arrayName(entry)}`);
}

function oneOf(entries: readonly ZipEntry[], name: string, input: string | undefined): ZipEntry {
  if (entries.length === 1) return entries[0]!;
  const names = input === undefined || input === INPUT ? [INPUT] : [input, INPUT];
  for (const wanted of names) {
    const entry = entries.find((each) => arrayName(each) === wanted);
    if (entry !== undefined) return entry;
  }
  throw bad(`one array in ${name}, or one called ${names.join(' or ')}`, listed(entries), 'Save the array by itself');
}

function named(entries: readonly ZipEntry[], name: string, input: string): ZipEntry {
  const entry = entries.find((each) => arrayName(each) === input);
  if (entry !== undefined) return entry;
  throw bad(`an array called ${input} in ${name}`, listed(entries), 'Save one array for each input, by its name');
}

function listed(entries: readonly ZipEntry[]): string {
  if (entries.length === 0) return 'no .npy file';
  return printable(entries.slice(0, 8).map(arrayName).join(', '));
}

function arrayName({ name }: ZipEntry): string {
  return name.slice(0, -NPY.length);
}

function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new TacitError(
      'BAD_INPUT',
      `expected a whole .npz file in ${name}, got one that does not unpack. Save it again`,
      {
        cause,
      },
    );
  }
}

/** An archive of stored .npy files, one for each array by its name. */
export function writeNpz(arrays: ReadonlyMap<string, NdArray>): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, array] of arrays) {
    const path = Buffer.from(`${name}${NPY}`, 'utf8');
    const content = Buffer.from(writeNpy(array));
    // version, flags (names in UTF-8), stored, time, date (1980-01-01), checksum, both sizes, lengths of name and extra field
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x0800, 2);
    facts.writeUInt16LE(0x21, 8);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(content.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(path.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), facts, path, content);
    // comment, volume, attributes; where the entry begins
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), facts, place, path);
    at += 4 + facts.length + path.length + content.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(arrays.size, 4);
  end.writeUInt16LE(arrays.size, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, ...directory, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

function bad(expected: string, came: string, advice: string): TacitError {
  return new TacitError('BAD_INPUT', `expected ${expected}, got ${came}. ${advice}`);
}
