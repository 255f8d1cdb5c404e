/** Operators that keep the order of elements, or the order along each axis. @module */
import { broadcastShape } from '../../../../core/nd.js';
import { sizeOf } from '../../../../core/ring.js';
import { axesOf, axisOf, inputOf, integersOf, type NodeContext, type OperatorImporter, shapeOf } from '../context.js';
import { expanded, reshaped, transposed } from '../move.js';

export const reshapingOperators: Readonly<Record<string, OperatorImporter>> = {
  Reshape: (context) => {
    const x = inputOf(context, 0);
    const target = integersOf(context, 1, 'extents') ?? [];
    const keepsZero = context.opset >= 14 && context.attributes.flag('allowzero', false);
    return [reshaped(context, x, reshapeTo(context, shapeOf(context, x), target, keepsZero))];
  },
  Flatten: (context) => {
    const x = inputOf(context, 0);
    const shape = shapeOf(context, x);
    const given = context.attributes.int('axis', 1);
    const axis = given === shape.length ? given : axisOf(context, given, shape.length);
    return [reshaped(context, x, [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))])];
  },
  Squeeze: (context) => {
    const x = inputOf(context, 0);
    const shape = shapeOf(context, x);
    const given = axesGiven(context);
    const axes = given === undefined ? undefined : axesOf(context, given, shape.length);
    const wide = axes?.find((axis) => shape[axis] !== 1);
    if (wide !== undefined) throw context.bad('extents of 1 to squeeze', `${shape[wide]} along axis ${wide}`);
    return [
      reshaped(
        context,
        x,
        shape.filter((extent, axis) => (axes === undefined ? extent !== 1 : !axes.includes(axis))),
      ),
    ];
  },
  Unsqueeze: (context) => {
    const x = inputOf(context, 0);
    const shape = [...shapeOf(context, x)];
    const given = axesGiven(context) ?? [];
    for (const axis of [...axesOf(context, given, shape.length + given.length)].sort((a, b) => a - b))
      shape.splice(axis, 0, 1);
    return [reshaped(context, x, shape)];
  },
  Transpose: (context) => {
    const x = inputOf(context, 0);
    const axes = shapeOf(context, x).map((_, axis) => axis);
    const order = axesOf(context, context.attributes.ints('perm') ?? axes.toReversed(), axes.length);
    if (order.length !== axes.length) throw context.bad(`${axes.length} axes in perm`, String(order.length));
    return [transposed(context, x, order)];
  },
  Expand: (context) => {
    const x = inputOf(context, 0);
    const from = shapeOf(context, x);
    const target = extentsOf(context, integersOf(context, 1, 'extents') ?? []);
    const shape = broadcastShape(from, target);
    if (shape === undefined) throw context.bad(`a shape that [${from.join(',')}] expands to`, `[${target.join(',')}]`);
    return [expanded(context, x, shape)];
  },
};

/** An attribute up to opset 12, an input later. */
function axesGiven(context: NodeContext, index = 1, since = 13): readonly number[] | undefined {
  return context.opset < since ? context.attributes.ints('axes') : integersOf(context, index, 'axes');
}

/** -1 stands for what follows from the others, 0 for the extent of the input unless zeros are kept. */
function reshapeTo(
  context: NodeContext,
  from: readonly number[],
  target: readonly number[],
  keepsZero: boolean,
): readonly number[] {
  const shape = target.map((extent, axis) => (extent === 0 && !keepsZero ? (from[axis] ?? 0) : extent));
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((_, axis) => axis !== open));
  const full = open < 0 ? shape : shape.with(open, known === 0 ? 0 : sizeOf(from) / known);
  const isShape = full.every((extent) => Number.isInteger(extent) && extent >= 0);
  if (!isShape || sizeOf(full) !== sizeOf(from)) {
    throw context.bad(`a shape of as many elements as [${from.join(',')}]`, `[${target.join(',')}]`);
  }
  return full;
}

/** Extents of a shape that a file gives. */
export function extentsOf(context: NodeContext, extents: readonly number[]): readonly number[] {
  const negative = extents.find((extent) => extent < 0);
  if (negative !== undefined) throw context.bad('extents of at least 0', String(negative));
  return context.room(extents);
}
