/** Over which axes a reduction goes, in all versions of the operators, and the pool that it is. @module */
import type { Pool2d } from '../../../core/linear-map.js';
import { sizeOf } from '../../../core/ring.js';
import type { NewOp } from '../../ops/operators.js';
import type { Variable } from './constant.js';
import { axesOf, inputOf, integersOf, type NodeContext, shapeOf } from './context.js';

export interface Reduction {
  readonly axes: readonly number[];
  /** The axes that stay, then those that are reduced. */
  readonly order: readonly number[];
  /** The shape of the result. */
  readonly shape: readonly number[];
}

/** ReduceSum takes its axes as an input since opset 13, the others since 18. */
export function reductionOf(context: NodeContext): Reduction {
  const { attributes, operator, opset } = context;
  const from = shapeOf(context, inputOf(context, 0));
  const all = from.map((_, axis) => axis);
  const isInput = opset >= (operator === 'ReduceSum' ? 13 : 18);
  const given = isInput ? integersOf(context, 1, 'axes') : attributes.ints('axes');
  const isNothing = isInput && attributes.flag('noop_with_empty_axes', false) && (given ?? []).length === 0;
  const axes = isNothing ? [] : given === undefined || given.length === 0 ? all : axesOf(context, given, from.length);
  const kept = all.filter((axis) => !axes.includes(axis));
  const keepsAxes = attributes.flag('keepdims', true);
  const shape = keepsAxes
    ? from.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : kept.map((axis) => from[axis]!);
  return { axes, order: [...kept, ...axes], shape };
}

type Kind = 'max' | 'average' | 'sum';

/** The mean, sum or maximum over axes, in `shape`: a pool over all rows, with the other axes as channels. */
export function reduced(
  context: NodeContext,
  x: Variable,
  kind: Kind,
  axes: readonly number[],
  shape: readonly number[],
): Variable {
  const { builder, name } = context;
  const from = shapeOf(context, x);
  const kept = from.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const [rows, channels] = [axes, kept].map((some) => sizeOf(some.map((axis) => from[axis]!))) as [number, number];
  const turned = builder.transpose(name, x.id, [...axes, ...kept]);
  const pool: Pool2d = {
    inHeight: rows,
    inWidth: 1,
    channels,
    windowHeight: rows,
    windowWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    padTop: 0,
    padBottom: 0,
    padLeft: 0,
    padRight: 0,
  };
  const inputs = [builder.reshape(name, turned, [rows, 1, channels])];
  return { ...x, id: builder.reshape(name, builder.add(poolOp(kind, { name, inputs, pool })), shape) };
}

type Base = { readonly name: string; readonly inputs: readonly number[]; readonly pool: Pool2d };

function poolOp(kind: Kind, base: Base): NewOp {
  switch (kind) {
    case 'max':
      return { ...base, op: 'nonlinear', activation: 'none' };
    case 'average':
      return { ...base, op: 'averagePool', divisor: 'window' };
    case 'sum':
      return { ...base, op: 'sumPool', divisorBits: 0 };
    default:
      return kind satisfies never;
  }
}
