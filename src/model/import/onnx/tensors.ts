/** Tensors of an ONNX file as constants: every type of number, as raw bytes or in the fields for its type. @module */
import type { TensorProto } from 'onnx-buf';
import { TacitError } from '../../../core/errors.js';
import { sizeOf } from '../../../core/ring.js';
import { printable } from '../../../core/text.js';
import { brainToNumber, halfToNumber } from '../half.js';
import { quote } from '../quote.js';
import { type Constant, constantOf, DataType, roomFor, typeName } from './constant.js';

/** A type of stored numbers; `field` is where they stand if not in raw_data. */
interface Stored {
  readonly bytes: number;
  readonly raw: (view: DataView, offset: number) => number;
  readonly field: (tensor: TensorProto) => ArrayLike<number | bigint>;
  /** What a number in the field stands for. */
  readonly value?: (stored: number) => number;
}

const int32 = (tensor: TensorProto): readonly number[] => tensor.int32Data;
const uint64 = (tensor: TensorProto): readonly bigint[] => tensor.uint64Data;

const STORED: ReadonlyMap<number, Stored> = new Map<number, Stored>([
  [DataType.FLOAT, { bytes: 4, raw: (v, at) => v.getFloat32(at, true), field: ({ floatData }) => floatData }],
  [DataType.DOUBLE, { bytes: 8, raw: (v, at) => v.getFloat64(at, true), field: ({ doubleData }) => doubleData }],
  [
    DataType.FLOAT16,
    { bytes: 2, raw: (v, at) => halfToNumber(v.getUint16(at, true)), field: int32, value: halfToNumber },
  ],
  [
    DataType.BFLOAT16,
    { bytes: 2, raw: (v, at) => brainToNumber(v.getUint16(at, true)), field: int32, value: brainToNumber },
  ],
  [DataType.UINT8, { bytes: 1, raw: (v, at) => v.getUint8(at), field: int32 }],
  [DataType.INT8, { bytes: 1, raw: (v, at) => v.getInt8(at), field: int32 }],
  [DataType.UINT16, { bytes: 2, raw: (v, at) => v.getUint16(at, true), field: int32 }],
  [DataType.INT16, { bytes: 2, raw: (v, at) => v.getInt16(at, true), field: int32 }],
  [DataType.INT32, { bytes: 4, raw: (v, at) => v.getInt32(at, true), field: int32 }],
  [DataType.UINT32, { bytes: 4, raw: (v, at) => v.getUint32(at, true), field: uint64 }],
  [DataType.INT64, { bytes: 8, raw: (v, at) => Number(v.getBigInt64(at, true)), field: ({ int64Data }) => int64Data }],
  [DataType.UINT64, { bytes: 8, raw: (v, at) => Number(v.getBigUint64(at, true)), field: uint64 }],
  [DataType.BOOL, { bytes: 1, raw: (v, at) => v.getUint8(at), field: int32 }],
]);

const MAX_RANK = 16;
const MAX_ELEMENTS = 2 ** 28;

/** The numbers of a tensor whose data, if external, have been read; `name` is for errors. */
export function constantFrom(tensor: TensorProto, name: string): Constant {
  const type = tensor.dataType as DataType;
  const stored = storedOf(tensor, name);
  const shape = shapeOf(tensor, name);
  const count = sizeOf(shape);
  const { rawData } = tensor;
  const field = stored.field(tensor);
  const isRaw = rawData.length > 0 || field.length === 0;
  const came = isRaw ? rawData.length : field.length;
  const expected = isRaw ? count * stored.bytes : count;
  if (came !== expected) throw bad(name, `${expected} ${isRaw ? 'bytes' : 'numbers'}`, String(came));
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const data = roomFor(type, count);
  for (let i = 0; i < count; i++) {
    const number = Number(isRaw ? stored.raw(view, i * stored.bytes) : field[i]!);
    const value = !isRaw && stored.value !== undefined ? stored.value(number) : number;
    if (!Number.isFinite(value)) throw bad(name, 'finite numbers', `${value} at index ${i}`);
    data[i] = value;
  }
  return constantOf(type, shape, data);
}

/** Bytes of a tensor's raw data, for what is read from elsewhere. */
export function rawBytesOf(tensor: TensorProto, name: string): number {
  return sizeOf(shapeOf(tensor, name)) * storedOf(tensor, name).bytes;
}

function storedOf(tensor: TensorProto, name: string): Stored {
  const stored = STORED.get(tensor.dataType);
  if (stored === undefined) {
    const known = [...STORED.keys()].map(typeName).join(', ');
    throw new TacitError(
      'UNSUPPORTED_LAYER',
      `tensor ${printable(name)}: expected numbers of type ${known}, got ${typeName(tensor.dataType)}. Convert the model`,
    );
  }
  if (tensor.segment !== undefined) throw bad(name, 'a whole tensor', 'a segment');
  return stored;
}

function shapeOf({ dims }: TensorProto, name: string): readonly number[] {
  const shape = dims.map(Number);
  const fits = shape.length <= MAX_RANK && shape.every((extent) => extent >= 0) && sizeOf(shape) <= MAX_ELEMENTS;
  if (!fits) throw bad(name, `a shape of at most ${MAX_RANK} axes and ${MAX_ELEMENTS} elements`, quote(shape));
  return shape;
}

function bad(name: string, expected: string, came: string): TacitError {
  return new TacitError(
    'BAD_MODEL',
    `tensor ${printable(name)}: expected ${expected}, got ${came}. Export the model again`,
  );
}
