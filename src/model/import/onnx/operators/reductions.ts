/** Sums, means and extremes over axes. @module */
import { FILL, range } from '../../../../core/nd.js';
import { sizeOf } from '../../../../core/ring.js';
import { added, broadcast, inverse, multiplied, relu, scaled, smooth, subtracted } from '../arithmetic.js';
import type { Variable } from '../constant.js';
import { axisOf, integersOf, type NodeContext, type OperatorImporter, shapeOf, variableInput } from '../context.js';
import { gathered, reshaped, transposed, variableOf } from '../move.js';
import { reduced, reductionOf } from '../reduction.js';

export const reductionOperators: Readonly<Record<string, OperatorImporter>> = {
  ReduceMean: over((_, x) => [x, 'average']),
  ReduceSum: over((_, x) => [x, 'sum']),
  ReduceMax: over((_, x) => [x, 'max']),
  ReduceMin: (context) => {
    const negative = scaled(context, variableInput(context, 0), -1);
    return [scaled(context, reduce(context, negative, 'max'), -1)];
  },
  ReduceL1: over((context, x) => [added(context, x, scaled(context, relu(context, scaled(context, x, -1)), 2)), 'sum']),
  ReduceL2: (context) => {
    const x = variableInput(context, 0);
    return [smooth(context, reduce(context, multiplied(context, x, x), 'sum'), { function: 'sqrt', least: LEAST })];
  },
  ReduceLogSum: (context) => [smooth(context, reduce(context, variableInput(context, 0), 'sum'), { function: 'log' })],
  // m + log(sum(exp(x - m))), m the maximum
  ReduceLogSumExp: (context) => {
    const x = variableInput(context, 0);
    const { axes, shape } = reductionOf(context);
    const kept = shapeOf(context, x).map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const most = reduced(context, x, 'max', axes, kept);
    const [same, spread] = broadcast(context, [x, most]) as [Variable, Variable];
    const exponents = smooth(context, subtracted(context, same, spread), { function: 'expNegative' });
    const log = smooth(context, reduced(context, exponents, 'sum', axes, kept), { function: 'log', least: 1 });
    return [reshaped(context, added(context, most, log), shape)];
  },
  // windows as long as the axis, with zeros before or after
  CumSum: (context) => {
    const { attributes, builder, name } = context;
    const x = variableInput(context, 0);
    const shape = shapeOf(context, x);
    const axis = axisOf(context, integersOf(context, 1, 'axes')?.[0] ?? 0, shape.length);
    const extent = shape[axis]!;
    const isReversed = attributes.flag('reverse', false);
    const order = [axis, ...range(0, shape.length).filter((other) => other !== axis)];
    const first = transposed(context, x, order);
    const skipped = isReversed ? [...range(1, extent), FILL] : [FILL, ...range(0, extent - 1)];
    const shiftedRows = attributes.flag('exclusive', false) ? gathered(context, first, 0, skipped) : first;
    const rows = variableOf(context, reshaped(context, shiftedRows, [extent, 1, sizeOf(shape) / extent]), x);
    const pool = {
      inHeight: extent,
      inWidth: 1,
      channels: sizeOf(shape) / extent,
      windowHeight: extent,
      windowWidth: 1,
      strideHeight: 1,
      strideWidth: 1,
      padTop: isReversed ? 0 : extent - 1,
      padBottom: isReversed ? extent - 1 : 0,
      padLeft: 0,
      padRight: 0,
    };
    const id = builder.add({ op: 'sumPool', name, inputs: [rows.id], pool, divisorBits: 0 });
    return [transposed(context, reshaped(context, { ...x, id }, shapeOf(context, first)), inverse(order))];
  },
  ReduceSumSquare: over((context, x) => [multiplied(context, x, x), 'sum']),
};

/** Sums of squares below it count as this. */
const LEAST = 1e-12;

type Kind = 'average' | 'sum' | 'max';

function over(prepare: (context: NodeContext, x: Variable) => readonly [Variable, Kind]): OperatorImporter {
  return (context) => {
    const [x, kind] = prepare(context, variableInput(context, 0));
    return [reduce(context, x, kind)];
  };
}

function reduce(context: NodeContext, x: Variable, kind: Kind): Variable {
  const { axes, shape } = reductionOf(context);
  return axes.length === 0 ? x : reduced(context, x, kind, axes, shape);
}
