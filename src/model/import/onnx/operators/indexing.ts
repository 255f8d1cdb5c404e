/** Operators that take or put single elements by indices that are known. @module */
import { concat, FILL, gather, reshape, stridesOf } from '../../../../core/nd.js';
import { sizeOf } from '../../../../core/ring.js';
import type { Constant, Value } from '../constant.js';
import {
  axisOf,
  constantInput,
  inputOf,
  integersOf,
  type NodeContext,
  type OperatorImporter,
  shapeOf,
} from '../context.js';
import { gathered, move, reshaped } from '../move.js';

export const indexingOperators: Readonly<Record<string, OperatorImporter>> = {
  GatherElements: (context) => {
    const x = inputOf(context, 0);
    const { indices, at } = elementsOf(context, x);
    return [picked(context, [x], indices.shape, indexOfEach(indices.shape, at))];
  },
  GatherND: (context) => {
    const x = inputOf(context, 0);
    const shape = shapeOf(context, x);
    const indices = constantInput(context, 1, 'indices');
    const batch = context.attributes.int('batch_dims', 0);
    const { rest, offsets } = slicesOf(context, shape, indices, batch);
    const block = sizeOf(rest);
    context.room([offsets.length, block]);
    const sources = Array.from(
      { length: offsets.length * block },
      (_, i) => offsets[Math.floor(i / block)]! + (i % block),
    );
    return [picked(context, [x], [...indices.shape.slice(0, -1), ...rest], sources)];
  },
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: (context) => {
    const [x, updates] = [inputOf(context, 0), inputOf(context, 2)];
    const shape = shapeOf(context, x);
    const { rest, offsets } = slicesOf(context, shape, constantInput(context, 1, 'indices'), 0);
    const block = sizeOf(rest);
    if (offsets.length * block !== sizeOf(shapeOf(context, updates))) {
      throw context.bad(`${offsets.length * block} updates`, String(sizeOf(shapeOf(context, updates))));
    }
    const targets = Array.from(
      { length: offsets.length * block },
      (_, i) => offsets[Math.floor(i / block)]! + (i % block),
    );
    return [put(context, x, updates, targets)];
  },
  Trilu: (context) => {
    const x = inputOf(context, 0);
    const shape = shapeOf(context, x);
    const [rows, columns] = shape.slice(-2);
    if (rows === undefined || columns === undefined) throw context.bad('matrices', `[${shape.join(',')}]`);
    const k = integersOf(context, 1, 'diagonals')?.[0] ?? 0;
    const isUpper = context.attributes.flag('upper', true);
    const isKept = (i: number): boolean => {
      const above = (i % columns) - (Math.floor(i / columns) % rows);
      return isUpper ? above >= k : above <= k;
    };
    context.room(shape);
    return [
      picked(
        context,
        [x],
        shape,
        Array.from({ length: sizeOf(shape) }, (_, i) => (isKept(i) ? i : FILL)),
      ),
    ];
  },
  Compress: (context) => {
    const { attributes } = context;
    const given = inputOf(context, 0);
    const flat = attributes.int('axis') === undefined;
    const x = flat ? reshaped(context, given, [sizeOf(shapeOf(context, given))]) : given;
    const shape = shapeOf(context, x);
    const axis = axisOf(context, attributes.int('axis', 0), shape.length);
    const { data } = constantInput(context, 1, 'conditions');
    if (data.length > shape[axis]!) throw context.bad(`at most ${shape[axis]} conditions`, String(data.length));
    return [
      gathered(
        context,
        x,
        axis,
        Array.from(data.keys()).filter((i) => data[i] !== 0),
      ),
    ];
  },
  ReverseSequence: (context) => {
    const { attributes } = context;
    const x = inputOf(context, 0);
    const shape = shapeOf(context, x);
    const [batch, time] = [attributes.int('batch_axis', 1), attributes.int('time_axis', 0)];
    const lengths = integersOf(context, 1, 'lengths') ?? [];
    if (batch + time !== 1 || batch * time !== 0 || shape.length < 2)
      throw context.bad('axes 0 and 1', `${batch} and ${time}`);
    if (lengths.length !== shape[batch] || lengths.some((length) => length < 0 || length > shape[time]!)) {
      throw context.bad(`${shape[batch]} lengths up to ${shape[time]}`, `[${lengths.join(',')}]`);
    }
    const strides = stridesOf(shape);
    const sources = indexOfEach(context.room(shape), (coordinates) => {
      const [step, length] = [coordinates[time]!, lengths[coordinates[batch]!]!];
      const from = coordinates.with(time, step < length ? length - 1 - step : step);
      return flatIndex(from, strides);
    });
    return [picked(context, [x], shape, sources)];
  },
};

/** Elements of the values, one after the other, by their indices; FILL is zero. */
function picked(
  context: NodeContext,
  values: readonly [Value, ...Value[]],
  shape: readonly number[],
  indices: readonly number[],
): Value {
  return move(context, values, shape, ([first, ...others], fill) => {
    const flat = concat(
      [reshape(first, [first.data.length]), ...others.map((each) => reshape(each, [each.data.length]))],
      0,
    );
    return reshape(gather(flat, 0, indices, fill), shape);
  });
}

/** x with updates in the places of `targets`; of two in one place the last. */
function put(context: NodeContext, x: Value, updates: Value, targets: readonly number[]): Value {
  const reduction = context.attributes.choice('reduction', ['none'], 'none');
  if (reduction !== 'none') throw context.unsupported('no reduction', reduction);
  const shape = context.room(shapeOf(context, x));
  const sources = Array.from({ length: sizeOf(shape) }, (_, i) => i);
  for (const [i, target] of targets.entries()) sources[target] = sizeOf(shape) + i;
  return picked(context, [x, updates], shape, sources);
}

function scatterElements(context: NodeContext): readonly Value[] {
  const [x, updates] = [inputOf(context, 0), inputOf(context, 2)];
  const { indices, at } = elementsOf(context, x);
  if (shapeOf(context, updates).join(',') !== indices.shape.join(',')) {
    throw context.bad(`updates of shape [${indices.shape.join(',')}]`, `[${shapeOf(context, updates).join(',')}]`);
  }
  return [put(context, x, updates, indexOfEach(indices.shape, at))];
}

interface Elements {
  readonly indices: Constant;
  /** The flat index into x that stands at coordinates of the indices. */
  readonly at: (coordinates: readonly number[]) => number;
}

/** Input 1 has for each element an index along one axis of x. */
function elementsOf(context: NodeContext, x: Value): Elements {
  const shape = shapeOf(context, x);
  const indices = constantInput(context, 1, 'indices');
  const axis = axisOf(context, context.attributes.int('axis', 0), shape.length);
  const fits =
    indices.shape.length === shape.length && indices.shape.every((extent, i) => i === axis || extent <= shape[i]!);
  if (!fits) throw context.bad(`indices within [${shape.join(',')}]`, `[${indices.shape.join(',')}]`);
  context.room(indices.shape);
  const [strides, own] = [stridesOf(shape), stridesOf(indices.shape)];
  return {
    indices,
    at: (coordinates) => {
      const index = indexWithin(context, indices.data[flatIndex(coordinates, own)]!, shape[axis]!);
      return flatIndex(coordinates.with(axis, index), strides);
    },
  };
}

interface Slices {
  /** The shape of a slice. */
  readonly rest: readonly number[];
  /** Where each starts. */
  readonly offsets: readonly number[];
}

/** The last axis of the indices holds the place of a slice; the first `batch` axes are shared with x. */
function slicesOf(context: NodeContext, shape: readonly number[], indices: Constant, batch: number): Slices {
  const depth = indices.shape.at(-1) ?? 0;
  const shared = indices.shape.slice(0, batch);
  const fits = batch >= 0 && batch < indices.shape.length && batch + depth <= shape.length;
  if (!fits || shared.join(',') !== shape.slice(0, batch).join(',')) {
    throw context.bad(`indices into [${shape.join(',')}]`, `[${indices.shape.join(',')}]`);
  }
  const strides = stridesOf(shape);
  const perBatch = sizeOf(indices.shape.slice(batch, -1));
  const count = depth === 0 ? 0 : indices.data.length / depth;
  const offsets = Array.from({ length: count }, (_, i) => {
    let offset = Math.floor(i / perBatch) * (batch === 0 ? 0 : strides[batch - 1]!);
    for (let k = 0; k < depth; k++) {
      offset += indexWithin(context, indices.data[i * depth + k]!, shape[batch + k]!) * strides[batch + k]!;
    }
    return offset;
  });
  return { rest: shape.slice(batch + depth), offsets };
}

function indexWithin(context: NodeContext, index: number, extent: number): number {
  const fromFront = index < 0 ? index + extent : index;
  if (!Number.isInteger(index) || fromFront < 0 || fromFront >= extent) {
    throw context.bad(`indices from ${-extent} to ${extent - 1}`, String(index));
  }
  return fromFront;
}

function flatIndex(coordinates: readonly number[], strides: readonly number[]): number {
  return coordinates.reduce((sum, coordinate, axis) => sum + coordinate * strides[axis]!, 0);
}

/** What `at` gives for the coordinates of each element of a shape, in order. */
function indexOfEach(shape: readonly number[], at: (coordinates: readonly number[]) => number): readonly number[] {
  const strides = stridesOf(shape);
  return Array.from({ length: sizeOf(shape) }, (_, i) =>
    at(shape.map((extent, axis) => Math.floor(i / strides[axis]!) % extent)),
  );
}
