/** Softmax: left to the client at the end of a network, else made of exponentials, their sum and its reciprocal. @module */
import { sizeOf } from '../../../../core/ring.js';
import { broadcast, multiplied, smooth, subtracted } from '../arithmetic.js';
import type { Variable } from '../constant.js';
import { axisOf, type NodeContext, type OperatorImporter, shapeOf, variableInput } from '../context.js';
import { reshaped, variableOf } from '../move.js';
import { reduced } from '../reduction.js';

export const softmaxOperators: Readonly<Record<string, OperatorImporter>> = {
  Softmax: over((context, { below, exponents, sum }) => {
    const [x, y] = broadcast(context, [exponents, smooth(context, sum, { function: 'reciprocal', least: 1 })]);
    return multiplied(context, x ?? below, y ?? below);
  }),
  LogSoftmax: over((context, { below, sum }) => {
    const [x, y] = broadcast(context, [below, smooth(context, sum, { function: 'log', least: 1 })]);
    return subtracted(context, x ?? below, y ?? below);
  }),
};

/** x below its maximum, their exponentials, and the sum of these, at least 1. */
interface Parts {
  readonly below: Variable;
  readonly exponents: Variable;
  readonly sum: Variable;
}

/** Along one axis, or up to opset 12 along it and all that follow. */
function over(finish: (context: NodeContext, parts: Parts) => Variable): OperatorImporter {
  return (context) => {
    const { attributes, builder, name, opset } = context;
    const x = variableInput(context, 0);
    const shape = shapeOf(context, x);
    const isOld = opset < 13;
    const axis = axisOf(context, attributes.int('axis', isOld ? 1 : -1), shape.length);
    // a function of the outputs alone
    if (context.isLast) return [{ ...x, id: builder.add({ op: 'softmax', name, inputs: [x.id] }) }];
    const rows = isOld ? [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))] : shape;
    const parts = partsOf(context, variableOf(context, reshaped(context, x, rows), x), isOld ? 1 : axis);
    return [reshaped(context, finish(context, parts), shape)];
  };
}

function partsOf(context: NodeContext, x: Variable, axis: number): Parts {
  const kept = shapeOf(context, x).with(axis, 1);
  const [same, most] = broadcast(context, [x, reduced(context, x, 'max', [axis], kept)]) as [Variable, Variable];
  const below = subtracted(context, same, most);
  const exponents = smooth(context, below, { function: 'expNegative' });
  return { below, exponents, sum: reduced(context, exponents, 'sum', [axis], kept) };
}
