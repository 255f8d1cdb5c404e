/** Softmax and its logarithm, along one axis, or up to opset 12 along it and all that follow. @module */
import { sizeOf } from '../../../../core/ring.js';
import { inverse } from '../arithmetic.js';
import { axisOf, type OperatorImporter, shapeOf, variable, variableInput } from '../context.js';
import { reshaped, transposed, variableOf } from '../move.js';

export const softmaxOperators: Readonly<Record<string, OperatorImporter>> = {
  Softmax: importer(false),
  LogSoftmax: importer(true),
};

function importer(log: boolean): OperatorImporter {
  return (context) => {
    const { attributes, builder, name, opset } = context;
    const x = variableInput(context, 0);
    const shape = shapeOf(context, x);
    const isOld = opset < 13;
    const axis = axisOf(context, attributes.int('axis', isOld ? 1 : -1), shape.length);
    const axes = shape.map((_, i) => i);
    const order = isOld ? axes : [...axes.filter((i) => i !== axis), axis];
    const turned = transposed(context, x, order);
    const last = shapeOf(context, turned);
    const rows = isOld ? [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))] : last;
    const input = variableOf(context, reshaped(context, turned, rows), x);
    const result = variable(x, builder.add({ op: 'softmax', name, inputs: [input.id], log }));
    return [transposed(context, reshaped(context, result, last), inverse(order))];
  };
}
