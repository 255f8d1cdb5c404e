/** NumPy's .npy files. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html @module */
import { TacitError } from '../../../src/core/errors.js';
import { transpose } from '../../../src/core/nd.js';
import { halfToNumber } from '../../../src/model/import/half.js';
import { checkCount, type NdArray } from './nd-array.js';

const MAGIC = '\x93NUMPY';
const ALIGNMENT = 64;

type Reader = (view: DataView, at: number, little: boolean) => number;

/** By type code and bytes. 64-bit integers are rounded to doubles. */
const READERS: Readonly<Record<string, { readonly bytes: number; readonly read: Reader }>> = {
  f2: { bytes: 2, read: (view, at, little) => halfToNumber(view.getUint16(at, little)) },
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little) },
  b1: { bytes: 1, read: (view, at) => Math.min(1, view.getUint8(at)) },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at) },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little) },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little) },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little) },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little) },
  u8: { bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i8: { bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
};

export function isNpy(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC;
}

/** @throws BAD_INPUT where `bytes` are not a whole .npy file of numbers */
export function readNpy(bytes: Uint8Array, name: string): NdArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('latin1');
  if (bytes.length < 10 || !isNpy(bytes)) throw bad(`an .npy file in ${name}`, 'another format');
  if (bytes[6]! < 1 || bytes[6]! > 3) throw bad(`.npy version 1 to 3 in ${name}`, `version ${bytes[6]}`);
  const wide = bytes[6]! >= 2;
  const start = wide ? 12 : 10;
  const headerBytes = bytes.length < start ? 0 : wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const at = start + headerBytes;
  if (headerBytes === 0 || bytes.length < at) throw bad(`a whole header in ${name}`, 'a truncated file');
  const { type, fortran, shape } = parseHeader(text(start, at), name);
  const reader = Object.hasOwn(READERS, type.slice(1)) ? READERS[type.slice(1)] : undefined;
  if (!reader || !'<>|='.includes(type[0]!)) {
    throw bad(`booleans, integers or float16/32/64 in ${name}`, `the type ${type}`, 'Save x.astype("float32")');
  }
  const count = checkCount(shape, name);
  if (bytes.length - at !== count * reader.bytes) {
    throw bad(`${count * reader.bytes} bytes of data in ${name}`, `${bytes.length - at}`);
  }
  const little = type[0] !== '>';
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = reader.read(view, at + i * reader.bytes, little);
  return fortran ? fromFortran(shape, values) : { shape, values };
}

/** The first index runs fastest there: its rows are those of the transposed array. */
function fromFortran(shape: readonly number[], data: Float64Array): NdArray {
  const axes = shape.map((_, axis) => shape.length - 1 - axis);
  return { shape, values: transpose({ shape: shape.toReversed(), data }, axes).data };
}

function parseHeader(header: string, name: string): { type: string; fortran: boolean; shape: number[] } {
  const type = /'descr':\s*'([^']{2,8})'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const extents = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (type === undefined || order === undefined || extents === undefined) {
    throw bad(`a header with descr, fortran_order and shape in ${name}`, 'another', 'Save a plain array of numbers');
  }
  const shape = extents.split(',').flatMap((extent) => (extent.trim() === '' ? [] : [Number(extent)]));
  return { type, fortran: order === 'True', shape };
}

/** A version 1.0 file: float32 for a Float32Array, else float64. */
export function writeNpy({ shape, values }: NdArray): Uint8Array {
  const type = values instanceof Float32Array ? '<f4' : '<f8';
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dictionary = `{'descr': '${type}', 'fortran_order': False, 'shape': (${extents}), }`;
  const padding = ALIGNMENT - ((10 + dictionary.length + 1) % ALIGNMENT);
  const header = `${dictionary}${' '.repeat(padding % ALIGNMENT)}\n`;
  const prefix = Buffer.alloc(10);
  prefix.write(MAGIC, 'latin1');
  prefix[6] = 1;
  prefix.writeUInt16LE(header.length, 8);
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([prefix, Buffer.from(header, 'latin1'), data]);
}

function bad(expected: string, came: string, advice = 'Save the array again'): TacitError {
  return new TacitError('BAD_INPUT', `expected ${expected}, got ${came}. ${advice}`);
}
