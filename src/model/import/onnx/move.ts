/** How data move, written once: on the values of constants, or on the indices of a tensor's elements. @module */
import { expand, FILL, gather, type Nd, type NdData, range, reshape, transpose } from '../../../core/nd.js';
import { sizeOf } from '../../../core/ring.js';
import { type Constant, constantOf, type Value, type Variable } from './constant.js';
import { type NodeContext, shapeOf, variable } from './context.js';

/** A movement; `fill` stands for the element that no input has. */
export type Change = <T extends NdData>(parts: readonly [Nd<T>, ...Nd<T>[]], fill: number) => Nd<T>;

/** The movement of `values` to `shape`; what comes from no input is `fill`. */
export function move(
  context: NodeContext,
  values: readonly [Value, ...Value[]],
  shape: readonly number[],
  change: Change,
  fill = 0,
): Value {
  context.room(shape);
  const first = values.find((value) => value.kind === 'variable');
  if (first === undefined) {
    const [constant, ...others] = values as readonly [Constant, ...Constant[]];
    return constantOf(constant.type, shape, change([constant, ...others], fill).data);
  }
  const ids = values.map((value) => variableOf(context, value, first).id);
  const moved = context.builder.move(
    context.name,
    ids,
    (parts) => change(parts as readonly [Nd<Int32Array>, ...Nd<Int32Array>[]], FILL),
    fill,
  );
  return variable(first, moved);
}

/** A value as a tensor of the graph. A constant becomes one: public where it is a single number, secret elsewhere. */
export function variableOf({ builder, name, room }: NodeContext, value: Value, like: Variable): Variable {
  if (value.kind === 'variable') return value;
  const { shape, data } = value;
  const size = sizeOf(room(shape));
  const isPublic = size === 1;
  const blank = builder.move(
    name,
    [like.id],
    () => ({ shape: [size], data: new Int32Array(size).fill(FILL) }),
    isPublic ? data[0]! : 0,
  );
  if (isPublic) return variable(like, builder.reshape(name, blank, shape));
  const factor = new Float32Array(size).fill(1);
  return variable(
    like,
    builder.reshape(name, builder.add({ op: 'affine', name, inputs: [blank], factor, offset: data }), shape),
  );
}

export function reshaped(context: NodeContext, value: Value, shape: readonly number[]): Value {
  return move(context, [value], shape, ([x]) => reshape(x, shape));
}

/** Axis i of the result is axis `order[i]`. */
export function transposed(context: NodeContext, value: Value, order: readonly number[]): Value {
  const from = shapeOf(context, value);
  const shape = order.map((axis) => from[axis]!);
  return move(context, [value], shape, ([x]) => transpose(x, order));
}

/** Repeated along axes of extent 1 and new ones in front. */
export function expanded(context: NodeContext, value: Value, shape: readonly number[]): Value {
  return move(context, [value], shape, ([x]) => expand(x, shape));
}

/** Of each index the slice along `axis`; FILL gives `fill`. */
export function gathered(
  context: NodeContext,
  value: Value,
  axis: number,
  indices: readonly number[],
  fill = 0,
): Value {
  const shape = shapeOf(context, value).with(axis, indices.length);
  return move(context, [value], shape, ([x], blank) => gather(x, axis, indices, blank), fill);
}

/** Elements `from` up to, not including, `to` along an axis. */
export function sliced(context: NodeContext, value: Value, axis: number, from: number, to: number): Value {
  return gathered(context, value, axis, range(from, to));
}
