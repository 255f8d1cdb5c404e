/** Constants from shapes and settings. @module */
import { transpose } from '../../../../core/nd.js';
import { sizeOf } from '../../../../core/ring.js';
import { type Constant, constantOf, DataType, generate, integers, isFloat, type Numbers } from '../constant.js';
import {
  axisOf,
  constantInput,
  inputOf,
  integersOf,
  type NodeContext,
  type OperatorImporter,
  shapeOf,
} from '../context.js';
import { extentsOf } from '../operators/reshaping.js';
import { reductionOf } from '../reduction.js';
import { checked } from './elementwise.js';

/** What is known of a tensor without its values. */
export const shapeOperators: Readonly<Record<string, OperatorImporter>> = {
  Shape: (context) => {
    const shape = shapeOf(context, inputOf(context, 0));
    const clamp = (axis: number): number => Math.min(Math.max(axis < 0 ? axis + shape.length : axis, 0), shape.length);
    const { attributes, opset } = context;
    if (opset < 15) return [integers(shape)];
    return [integers(shape.slice(clamp(attributes.int('start', 0)), clamp(attributes.int('end', shape.length))))];
  },
  Size: (context) => [generate(DataType.INT64, [], () => sizeOf(shapeOf(context, inputOf(context, 0))))],
};

export const creationEvaluators: Readonly<Record<string, OperatorImporter>> = {
  Constant: (context) => [constantNode(context)],
  ConstantOfShape: (context) => {
    const value = context.attributes.tensor('value') ?? constantOf(DataType.FLOAT, [1], new Float32Array(1));
    const [filler] = value.data;
    if (value.data.length !== 1) throw context.bad('a value of one element', String(value.data.length));
    return [generate(value.type, extentsOf(context, integersOf(context, 0, 'extents') ?? []), () => filler!)];
  },
  Range: (context) => {
    const [start, limit, delta] = [0, 1, 2].map((i) => constantInput(context, i, 'bounds')) as [
      Constant,
      Constant,
      Constant,
    ];
    const [from, to, step] = [start.data[0] ?? 0, limit.data[0] ?? 0, delta.data[0] ?? 0];
    const count = Math.max(0, Math.ceil((to - from) / step));
    if (!Number.isSafeInteger(count)) throw context.bad('a step other than 0', String(step));
    return [generate(start.type, context.room([count]), (i) => from + i * step)];
  },
  EyeLike: (context) => {
    const { shape, type } = constantInput(context, 0, 'a shape');
    const { attributes } = context;
    if (shape.length !== 2) throw context.bad('a matrix', `[${shape.join(',')}]`);
    const [to, k] = [attributes.int('dtype', type) as DataType, attributes.int('k', 0)];
    const columns = shape[1]!;
    return [generate(to, context.room(shape), (i) => Number((i % columns) - Math.floor(i / columns) === k))];
  },
  NonZero: (context) => {
    const { shape, data } = constantInput(context, 0, 'values');
    const found = Array.from(data.keys()).filter((i) => data[i] !== 0);
    context.room([shape.length, found.length]);
    const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
    const at = (i: number): number => {
      const axis = Math.floor(i / found.length);
      return Math.floor(found[i % found.length]! / strides[axis]!) % shape[axis]!;
    };
    return [generate(DataType.INT64, [shape.length, found.length], at)];
  },
  OneHot: (context) => {
    const [indices, depth, values] = [0, 1, 2].map((i) => constantInput(context, i, 'inputs')) as [
      Constant,
      Constant,
      Constant,
    ];
    const [count = 0] = depth.data;
    const [off = 0, on = 0] = values.data;
    const axis = axisOf(context, context.attributes.int('axis', -1), indices.shape.length + 1);
    const shape = extentsOf(context, indices.shape.toSpliced(axis, 0, count));
    const inner = sizeOf(shape.slice(axis + 1));
    const at = (i: number): number => {
      const index = indices.data[Math.floor(i / (inner * count)) * inner + (i % inner)]!;
      return (index < 0 ? index + count : index) === Math.floor(i / inner) % count ? on : off;
    };
    return [generate(values.type, shape, at)];
  },
  ReduceProd: (context) => [reduced(context, (x, y) => x * y, 1)],
  ReduceSum: (context) => [reduced(context, (x, y) => x + y, 0)],
  ReduceMax: (context) => [reduced(context, Math.max, Number.NEGATIVE_INFINITY)],
  ReduceMin: (context) => [reduced(context, Math.min, Number.POSITIVE_INFINITY)],
  ReduceMean: (context) => {
    const sum = reduced(context, (x, y) => x + y, 0);
    if (!isFloat(sum.type)) throw context.unsupported('a mean of floats', 'one of integers');
    const count = constantInput(context, 0, 'inputs').data.length / sum.data.length;
    return [generate(sum.type, sum.shape, (i) => sum.data[i]! / count)];
  },
};

/** A constant is one attribute of several. */
function constantNode(context: NodeContext): Constant {
  const { attributes } = context;
  const tensor = attributes.tensor('value');
  if (tensor !== undefined) return tensor;
  const integer = attributes.int('value_int');
  if (integer !== undefined) return generate(DataType.INT64, [], () => integer);
  const list = attributes.ends('value_ints');
  if (list !== undefined) return integers(list);
  const real = attributes.float('value_float');
  if (real !== undefined) return generate(DataType.FLOAT, [], () => real);
  const reals = attributes.floats('value_floats');
  if (reals !== undefined) return generate(DataType.FLOAT, [reals.length], (i) => reals[i]!);
  throw context.unsupported('a constant of numbers', 'another');
}

function reduced(context: NodeContext, f: (x: number, y: number) => number, start: number): Constant {
  const x = constantInput(context, 0, 'inputs');
  const { axes, order, shape } = reductionOf(context);
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  const { data } = transpose<Numbers>(x, order);
  context.room(shape);
  return checked(
    context,
    generate(x.type, shape, (i) => {
      let value = start;
      for (let k = i * count; k < (i + 1) * count; k++) value = f(value, data[k]!);
      return value;
    }),
  );
}
