/** Values that are known when a model is read: weights, and the numbers that say how data move. @module */
import { TensorProto_DataType as DataType } from 'onnx-buf';
import type { Nd } from '../../../core/nd.js';
import { sizeOf } from '../../../core/ring.js';
import type { Ending } from '../../ops/node.js';

export { DataType };

export type Numbers = Float32Array | Float64Array;

/** Integers up to 2^53 are exact; of those beyond, the end of a slice alone makes sense. */
export interface Constant extends Nd<Numbers> {
  readonly kind: 'constant';
  readonly type: DataType;
}

/** A tensor of the graph, secret. */
export interface Variable {
  readonly kind: 'variable';
  readonly type: DataType;
  readonly id: number;
  /** What is left to whoever learns the outputs: nothing can be computed of it. */
  readonly ending?: Ending;
}

export type Value = Constant | Variable;

const FLOATS: readonly DataType[] = [DataType.FLOAT, DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE];

export function isFloat(type: DataType): boolean {
  return FLOATS.includes(type);
}

/** The least and greatest integer of a type; a float has none. */
const INTEGERS: ReadonlyMap<DataType, readonly [number, number]> = new Map([
  [DataType.UINT8, [0, 2 ** 8 - 1]],
  [DataType.INT8, [-(2 ** 7), 2 ** 7 - 1]],
  [DataType.UINT16, [0, 2 ** 16 - 1]],
  [DataType.INT16, [-(2 ** 15), 2 ** 15 - 1]],
  [DataType.INT32, [-(2 ** 31), 2 ** 31 - 1]],
  [DataType.UINT32, [0, 2 ** 32 - 1]],
  [DataType.INT64, [-(2 ** 63), 2 ** 63]],
  [DataType.UINT64, [0, 2 ** 64]],
]);

export function integerRange(type: DataType): readonly [number, number] | undefined {
  return INTEGERS.get(type);
}

/** A type whose numbers can be computed with. */
export function isNumeric(type: DataType): boolean {
  return isFloat(type) || INTEGERS.has(type) || type === DataType.BOOL;
}

export function typeName(type: DataType): string {
  return (DataType[type] ?? String(type)).toLowerCase();
}

/** Room for numbers of a type. */
export function roomFor(type: DataType, count: number): Numbers {
  return isFloat(type) && type !== DataType.DOUBLE ? new Float32Array(count) : new Float64Array(count);
}

export function constantOf(type: DataType, shape: readonly number[], data: Numbers): Constant {
  return { kind: 'constant', type, shape, data };
}

/** A list of integers, as operators take shapes and axes. */
export function integers(values: readonly number[]): Constant {
  return constantOf(DataType.INT64, [values.length], Float64Array.from(values));
}

/** Calls `at` for each element. */
export function generate(type: DataType, shape: readonly number[], at: (index: number) => number): Constant {
  const data = roomFor(type, sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = at(i);
  return constantOf(type, shape, data);
}
