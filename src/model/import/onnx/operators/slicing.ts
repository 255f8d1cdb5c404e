/** Operators that take, join or repeat parts along axes. @module */
import { concat, range } from '../../../../core/nd.js';
import { sizeOf } from '../../../../core/ring.js';
import type { Value } from '../constant.js';
import {
  axesOf,
  axisOf,
  constantInput,
  inputOf,
  integersOf,
  type NodeContext,
  type OperatorImporter,
  optionalConstant,
  shapeOf,
} from '../context.js';
import { gathered, move, reshaped, sliced, transposed } from '../move.js';

export const slicingOperators: Readonly<Record<string, OperatorImporter>> = {
  Concat: (context) => [
    concatenated(
      context,
      context.inputs.map((_, i) => inputOf(context, i)),
      context.attributes.int('axis', context.opset < 4 ? 1 : 0),
    ),
  ],
  Split: split,
  Slice: slice,
  Gather: gather,
  Tile: (context) => {
    const x = inputOf(context, 0);
    const shape = shapeOf(context, x);
    const repeats = integersOf(context, 1, 'repeats') ?? [];
    if (repeats.length !== shape.length || repeats.some((count) => count < 0)) {
      throw context.bad(`${shape.length} repeats of at least 0`, `[${repeats.join(',')}]`);
    }
    context.room(shape.map((extent, axis) => extent * repeats[axis]!));
    const indices = repeats.map((count, axis) =>
      Array.from({ length: count * shape[axis]! }, (_, i) => i % shape[axis]!),
    );
    return [alongEach(context, x, indices)];
  },
  Pad: pad,
  DepthToSpace: (context) => {
    const x = inputOf(context, 0);
    const [images, depth, height, width] = imagesOf(context, x);
    const block = blockOf(context);
    const channels = depth / block ** 2;
    if (!Number.isInteger(channels)) throw context.bad(`channels that ${block ** 2} divides`, String(depth));
    const isDepthFirst = context.attributes.choice('mode', ['DCR', 'CRD'], 'DCR') === 'DCR';
    const blocks = isDepthFirst
      ? [images, block, block, channels, height, width]
      : [images, channels, block, block, height, width];
    const turned = transposed(
      context,
      reshaped(context, x, blocks),
      isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3],
    );
    return [reshaped(context, turned, [images, channels, height * block, width * block])];
  },
  SpaceToDepth: (context) => {
    const x = inputOf(context, 0);
    const [images, channels, height, width] = imagesOf(context, x);
    const block = blockOf(context);
    if (height % block !== 0 || width % block !== 0)
      throw context.bad(`extents that ${block} divides`, `${height},${width}`);
    const blocks = [images, channels, height / block, block, width / block, block];
    const turned = transposed(context, reshaped(context, x, blocks), [0, 3, 5, 1, 2, 4]);
    return [reshaped(context, turned, [images, channels * block ** 2, height / block, width / block])];
  },
};

const MOST_PARTS = 2 ** 16;

export function concatenated(context: NodeContext, values: readonly Value[], along: number): Value {
  const [first, ...others] = values;
  if (first === undefined || values.length > MOST_PARTS)
    throw context.bad(`1 to ${MOST_PARTS} inputs`, String(values.length));
  const shape = shapeOf(context, first);
  const axis = axisOf(context, along, shape.length);
  const shapes = values.map((value) => shapeOf(context, value));
  const agreed = shape.with(axis, 0).join(',');
  const other = shapes.find((each) => each.length !== shape.length || each.with(axis, 0).join(',') !== agreed);
  if (other !== undefined)
    throw context.bad(`inputs that agree but for axis ${axis}`, `[${shape.join(',')}] and [${other.join(',')}]`);
  const total = shapes.reduce((sum, each) => sum + each[axis]!, 0);
  if (values.length === 1) return first;
  // what has no elements is no part of a movement
  const parts = values.filter((_, i) => sizeOf(shapes[i]!) > 0);
  const [head = first, ...tail] = parts.length === 0 ? [first, ...others] : parts;
  return move(context, [head, ...tail], shape.with(axis, total), (pieces) => concat(pieces, axis));
}

function split(context: NodeContext): readonly Value[] {
  const { attributes, opset, outputs } = context;
  const x = inputOf(context, 0);
  const shape = shapeOf(context, x);
  const axis = axisOf(context, attributes.int('axis', 0), shape.length);
  const extent = shape[axis]!;
  const count = opset >= 18 ? attributes.int('num_outputs', outputs) : outputs;
  if (count < 1 || count > MOST_PARTS) throw context.bad(`1 to ${MOST_PARTS} outputs`, String(count));
  const given = opset < 13 ? attributes.ints('split') : integersOf(context, 1, 'lengths');
  const each = Math.ceil(extent / count);
  const lengths = given ?? Array.from({ length: count }, (_, i) => Math.max(0, Math.min(each, extent - i * each)));
  if (lengths.some((length) => length < 0) || lengths.reduce((sum, length) => sum + length, 0) !== extent) {
    throw context.bad(`lengths that sum to ${extent}`, `[${lengths.join(',')}]`);
  }
  if (outputs > lengths.length) throw context.bad(`${outputs} lengths, one an output`, String(lengths.length));
  let start = 0;
  return lengths.map((length) => {
    start += length;
    return sliced(context, x, axis, start - length, start);
  });
}

function slice(context: NodeContext): readonly Value[] {
  const { attributes, opset } = context;
  const x = inputOf(context, 0);
  const shape = shapeOf(context, x);
  const [starts, ends] =
    opset < 10
      ? [attributes.ends('starts'), attributes.ends('ends')]
      : [integersOf(context, 1, 'starts'), integersOf(context, 2, 'ends')];
  const axes =
    (opset < 10 ? attributes.ints('axes') : integersOf(context, 3, 'axes')) ?? (starts ?? []).map((_, axis) => axis);
  const steps = (opset < 10 ? undefined : integersOf(context, 4, 'steps')) ?? axes.map(() => 1);
  if (
    starts === undefined ||
    ends === undefined ||
    starts.length !== axes.length ||
    ends.length !== axes.length ||
    steps.length !== axes.length
  ) {
    throw context.bad('a start, an end and a step for each axis', 'other numbers of them');
  }
  let sized = x;
  for (const [i, axis] of axesOf(context, axes, shape.length).entries()) {
    const step = steps[i]!;
    if (step === 0) throw context.bad('steps other than 0', '0');
    sized = gathered(context, sized, axis, sliceIndices(shape[axis]!, starts[i]!, ends[i]!, step));
  }
  return [sized];
}

/** The indices of extent[start:end:step]; negative ends count from the back, and what lies beyond is cut. */
function sliceIndices(extent: number, start: number, end: number, step: number): readonly number[] {
  const [least, most] = step > 0 ? [0, extent] : [-1, extent - 1];
  const clamp = (position: number): number =>
    Math.min(Math.max(position < 0 ? position + extent : position, least), most);
  const [from, to] = [clamp(start), clamp(end)];
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, i) => from + i * step);
}

function gather(context: NodeContext): readonly Value[] {
  const x = inputOf(context, 0);
  const shape = shapeOf(context, x);
  const axis = axisOf(context, context.attributes.int('axis', 0), shape.length);
  const indices = constantInput(context, 1, 'indices');
  const extent = shape[axis]!;
  const target = context.room([...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)]);
  const positions = Array.from(indices.data, (index) => (index < 0 ? index + extent : index));
  const outside = positions.find((index) => !Number.isInteger(index) || index < 0 || index >= extent);
  if (outside !== undefined) throw context.bad(`indices from ${-extent} to ${extent - 1}`, String(outside));
  return [reshaped(context, gathered(context, x, axis, positions), target)];
}

function pad(context: NodeContext): readonly Value[] {
  const { attributes, opset } = context;
  const x = inputOf(context, 0);
  const shape = shapeOf(context, x);
  const mode = attributes.choice('mode', ['constant', 'reflect', 'edge', 'wrap'], 'constant');
  const given = opset < 11 ? attributes.ints('pads') : integersOf(context, 1, 'pads');
  const axes = axesOf(
    context,
    (opset < 18 ? undefined : integersOf(context, 3, 'axes')) ?? shape.map((_, axis) => axis),
    shape.length,
  );
  if (given === undefined || given.length !== 2 * axes.length)
    throw context.bad(`${2 * axes.length} pads`, String(given?.length ?? 0));
  const filler = opset < 11 ? attributes.float('value', 0) : (optionalConstant(context, 2, 'a value')?.data[0] ?? 0);
  const target = [...shape];
  for (const [i, axis] of axes.entries()) target[axis]! += given[i]! + given[i + axes.length]!;
  if (target.some((extent) => extent < 0)) throw context.bad('pads that leave something', `[${given.join(',')}]`);
  context.room(target);
  const indices = shape.map((extent, axis) => {
    const i = axes.indexOf(axis);
    return range(i < 0 ? 0 : -given[i]!, i < 0 ? extent : extent + given[i + axes.length]!).map((index) =>
      padIndex(context, mode, index, extent),
    );
  });
  return [alongEach(context, x, indices, filler)];
}

/** The index inside that stands at an index outside; -1 for the fill value. */
function padIndex(
  context: NodeContext,
  mode: 'constant' | 'reflect' | 'edge' | 'wrap',
  index: number,
  extent: number,
): number {
  if (index >= 0 && index < extent) return index;
  switch (mode) {
    case 'constant':
      return -1;
    case 'edge':
      return index < 0 ? 0 : extent - 1;
    case 'wrap':
      return ((index % extent) + extent) % extent;
    case 'reflect': {
      const period = 2 * (extent - 1);
      if (period === 0) throw context.bad('more than one element to reflect', '1');
      const folded = ((index % period) + period) % period;
      return folded < extent ? folded : period - folded;
    }
    default:
      return mode satisfies never;
  }
}

/** A gather along each axis, those that change nothing left out. */
function alongEach(context: NodeContext, value: Value, indices: readonly (readonly number[])[], fill = 0): Value {
  let moved = value;
  for (const [axis, along] of indices.entries()) {
    const isSame = along.length === shapeOf(context, value)[axis] && along.every((index, i) => index === i);
    if (!isSame) moved = gathered(context, moved, axis, along, fill);
  }
  return moved;
}

function imagesOf(context: NodeContext, x: Value): readonly [number, number, number, number] {
  const shape = shapeOf(context, x);
  if (shape.length !== 4) throw context.bad('an input of shape [n, channels, height, width]', `[${shape.join(',')}]`);
  return shape as readonly [number, number, number, number];
}

function blockOf(context: NodeContext): number {
  const block = context.attributes.int('blocksize', 0);
  if (block < 1 || block > 2 ** 12) throw context.bad('a blocksize of 1 to 4096', String(block));
  return block;
}
