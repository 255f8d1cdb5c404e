/**
 * Arrays of any rank, row major: how their elements move. The same functions move values and the indices of values.
 * Shapes and axes are checked by the caller.
 * @module
 */
import { sizeOf } from './ring.js';

export type NdData = Int32Array | Float32Array | Float64Array;

export interface Nd<T extends NdData = NdData> {
  readonly shape: readonly number[];
  readonly data: T;
}

/** Stands for the fill value in indices. */
export const FILL = -1;

/** The numbers 0, 1, 2, ... in a shape: an array of its own indices. */
export function indicesOf(shape: readonly number[], first = 0): Nd<Int32Array> {
  const data = new Int32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = first + i;
  return { shape, data };
}

export function reshape<T extends NdData>({ data }: Nd<T>, shape: readonly number[]): Nd<T> {
  return { shape, data };
}

/** Axis i of the result is axis `order[i]` of x. */
export function transpose<T extends NdData>(x: Nd<T>, order: readonly number[]): Nd<T> {
  const strides = stridesOf(x.shape);
  return view(
    x,
    order.map((axis) => x.shape[axis]!),
    order.map((axis) => strides[axis]!),
  );
}

/** x repeated along axes of extent 1, and along new axes in front, until it has `shape`. */
export function expand<T extends NdData>(x: Nd<T>, shape: readonly number[]): Nd<T> {
  const strides = stridesOf(x.shape);
  const added = shape.length - x.shape.length;
  return view(
    x,
    shape,
    shape.map((_, axis) => (axis < added || x.shape[axis - added] === 1 ? 0 : strides[axis - added]!)),
  );
}

/** Of each index along `axis` the slice of x that it names; FILL gives `fill`. */
export function gather<T extends NdData>(x: Nd<T>, axis: number, indices: readonly number[], fill = 0): Nd<T> {
  const outer = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  const extent = x.shape[axis]!;
  const data = like(x.data, outer * indices.length * inner);
  for (let i = 0; i < outer; i++) {
    for (const [k, index] of indices.entries()) {
      const to = (i * indices.length + k) * inner;
      if (index === FILL) {
        data.fill(fill, to, to + inner);
      } else {
        const from = (i * extent + index) * inner;
        data.set(x.data.subarray(from, from + inner), to);
      }
    }
  }
  return { shape: x.shape.with(axis, indices.length), data };
}

/** Arrays that agree but for `axis`, one after the other along it. */
export function concat<T extends NdData>(parts: readonly [Nd<T>, ...Nd<T>[]], axis: number): Nd<T> {
  const [first] = parts;
  const outer = sizeOf(first.shape.slice(0, axis));
  const lengths = parts.map(({ shape }) => sizeOf(shape.slice(axis)));
  const row = lengths.reduce((sum, length) => sum + length, 0);
  const data = like(first.data, outer * row);
  let to = 0;
  for (let i = 0; i < outer; i++) {
    for (const [k, part] of parts.entries()) {
      data.set(part.data.subarray(i * lengths[k]!, (i + 1) * lengths[k]!), to);
      to += lengths[k]!;
    }
  }
  const extent = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  return { shape: first.shape.with(axis, extent), data };
}

/** The numbers from `start` to `end` - 1. */
export function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

/** The indices along an axis of `extent`, with FILL `before` and `after` them. */
export function padded(extent: number, before: number, after: number): number[] {
  const filled = (count: number): number[] => new Array<number>(count).fill(FILL);
  return [...filled(before), ...range(0, extent), ...filled(after)];
}

/** The shape of x op y, or undefined where they do not fit: axes are aligned at the end, and an extent of 1 is repeated. */
export function broadcastShape(x: readonly number[], y: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(x.length, y.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const a = x[axis - rank + x.length] ?? 1;
    const b = y[axis - rank + y.length] ?? 1;
    if (a !== b && a !== 1 && b !== 1) return undefined;
    shape.push(a === 1 ? b : a);
  }
  return shape;
}

/** Elements between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Element (i, j, ...) of the result is element i * strides[0] + j * strides[1] + ... of x. */
function view<T extends NdData>(x: Nd<T>, shape: readonly number[], strides: readonly number[]): Nd<T> {
  const data = like(x.data, sizeOf(shape));
  const inner = shape.at(-1) ?? 1;
  const step = strides.at(-1) ?? 0;
  const outer = shape.slice(0, -1);
  const position = new Array<number>(outer.length).fill(0);
  let from = 0;
  for (let to = 0; to < data.length; to += inner) {
    for (let i = 0; i < inner; i++) data[to + i] = x.data[from + i * step]!;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      position[axis]!++;
      if (position[axis]! < outer[axis]!) break;
      from -= position[axis]! * strides[axis]!;
      position[axis] = 0;
    }
  }
  return { shape, data };
}

function like<T extends NdData>(data: T, length: number): T {
  return new (data.constructor as new (length: number) => T)(length);
}
