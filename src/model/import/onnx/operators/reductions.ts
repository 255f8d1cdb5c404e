/** Sums, means and extremes over axes. @module */
import { added, multiplied, relu, scaled } from '../arithmetic.js';
import type { Variable } from '../constant.js';
import { type NodeContext, type OperatorImporter, variableInput } from '../context.js';
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
  ReduceSumSquare: over((context, x) => [multiplied(context, x, x), 'sum']),
};

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
