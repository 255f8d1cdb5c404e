/** Arithmetic on tensors of the graph, from which operators are made. A single number is public, a constant of more is secret weights. @module */
import { broadcastShape, expand, transpose } from '../../../core/nd.js';
import { sizeOf } from '../../../core/ring.js';
import type { RealActivation } from '../../ops/activations/activations.js';
import type { Smooth } from '../../ops/activations/smooth/functions.js';
import type { Floats } from '../../ops/node.js';
import type { Constant, Numbers, Value, Variable } from './constant.js';
import { type NodeContext, shapeOf, variable } from './context.js';
import { expanded, reshaped, transposed, variableOf } from './move.js';

/** x * factor, public */
export function scaled(context: NodeContext, x: Variable, factor: number): Variable {
  if (factor === 1) return x;
  const { builder, name } = context;
  if (factor === 0) return blank(context, x);
  return variable(x, builder.add({ op: 'scale', name, inputs: [x.id], factors: [factor] }));
}

/** Zeros in the shape of x. */
function blank(context: NodeContext, x: Variable): Variable {
  const { builder, name } = context;
  const shape = shapeOf(context, x);
  return variable(
    x,
    builder.move(name, [x.id], () => ({ shape, data: new Int32Array(sizeOf(shape)).fill(-1) })),
  );
}

/** x + number, public */
export function shifted(context: NodeContext, x: Variable, number: number): Variable {
  const { builder, name } = context;
  return number === 0 ? x : variable(x, builder.add({ op: 'offset', name, inputs: [x.id], offset: number }));
}

export function activated(context: NodeContext, x: Variable, activation: RealActivation): Variable {
  const { builder, name } = context;
  return variable(x, builder.add({ op: 'nonlinear', name, inputs: [x.id], ...activation }));
}

export function relu(context: NodeContext, x: Variable): Variable {
  return activated(context, x, { activation: 'relu' });
}

/** A smooth function of the table; those with a pole count inputs below `least` as that. */
export function smooth(context: NodeContext, x: Variable, settings: Omit<Smooth, 'activation'>): Variable {
  return activated(context, x, { activation: 'smooth', ...settings });
}

/** x + y of one shape */
export function added(context: NodeContext, x: Variable, y: Variable): Variable {
  const { builder, name } = context;
  return variable(x, builder.add({ op: 'add', name, inputs: [x.id, y.id] }));
}

/** x - y of one shape */
export function subtracted(context: NodeContext, x: Variable, y: Variable): Variable {
  return added(context, x, scaled(context, y, -1));
}

/** x * y of one shape, element by element */
export function multiplied(context: NodeContext, x: Variable, y: Variable): Variable {
  const { builder, name } = context;
  return variable(x, builder.add({ op: 'product', name, inputs: [x.id, y.id] }));
}

/** The values in the shape that they have together; a constant becomes a tensor of the graph. */
export function broadcast(context: NodeContext, values: readonly Value[]): readonly Variable[] {
  const like = values.find((value) => value.kind === 'variable');
  if (like === undefined) throw context.unsupported('inputs that depend on the input', 'constants');
  const shape = values.map((value) => shapeOf(context, value)).reduce((x, y) => together(context, x, y));
  return values.map((value) => variableOf(context, expanded(context, value, shape), like));
}

/** x * k */
export function timesConstant(context: NodeContext, x: Variable, k: Constant): Variable {
  const [single] = k.data;
  if (k.data.length === 1) return scaled(context, toShape(context, x, k), single!);
  return affine(context, x, k, { factor: k.data });
}

/** x + k */
export function plusConstant(context: NodeContext, x: Variable, k: Constant): Variable {
  const [single] = k.data;
  if (k.data.length === 1) return shifted(context, toShape(context, x, k), single!);
  return affine(context, x, k, { offset: k.data });
}

/** x * factor + offset along one axis */
export function affineAlong(context: NodeContext, x: Variable, axis: number, factor: Floats, offset: Floats): Variable {
  const shape = shapeOf(context, x).map((extent, i) => (i === axis ? extent : 1));
  return affine(context, x, { shape }, { factor, offset });
}

/** The numbers stand in `shape` and are repeated along the other axes of x; the axes where they differ are the channels of an affine step. */
function affine(
  context: NodeContext,
  x: Variable,
  { shape }: Pick<Constant, 'shape'>,
  { factor, offset }: { readonly factor?: Floats; readonly offset?: Floats },
): Variable {
  const { builder, name } = context;
  const whole = toShape(context, x, { shape });
  const full = shapeOf(context, whole);
  const extents = [...new Array<number>(full.length - shape.length).fill(1), ...shape];
  const axes = full.map((_, axis) => axis);
  const channels = axes.filter((axis) => extents[axis] !== 1);
  const others = axes.filter((axis) => !channels.includes(axis));
  const order = [...others, ...channels];
  const size = sizeOf(channels.map((axis) => full[axis]!));
  const turned = transposed(context, whole, order);
  const rows = variableOf(context, reshaped(context, turned, [...others.map((axis) => full[axis]!), size]), x);
  const step = builder.add({
    op: 'affine',
    name,
    inputs: [rows.id],
    factor: factor ?? new Float64Array(size).fill(1),
    offset: offset ?? new Float64Array(size),
  });
  const back = reshaped(context, variable(x, step), shapeOf(context, turned));
  return variableOf(context, transposed(context, back, inverse(order)), x);
}

/** x repeated where the other has more. */
function toShape(context: NodeContext, x: Variable, other: Pick<Constant, 'shape'>): Variable {
  return variableOf(context, expanded(context, x, together(context, shapeOf(context, x), other.shape)), x);
}

function together(context: NodeContext, x: readonly number[], y: readonly number[]): readonly number[] {
  const shape = broadcastShape(x, y);
  if (shape === undefined) throw context.bad('inputs that broadcast', `[${x.join(',')}] and [${y.join(',')}]`);
  return shape;
}

/** The order that undoes another. */
export function inverse(order: readonly number[]): readonly number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** A constant repeated to a shape. */
export function spread(constant: Constant, shape: readonly number[]): Numbers {
  return expand<Numbers>(constant, shape).data;
}

export function transposedConstant(constant: Constant, order: readonly number[]): Numbers {
  return transpose<Numbers>(constant, order).data;
}
