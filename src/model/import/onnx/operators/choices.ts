/**
 * Which values are the greatest: at the end of a network alone, where it is left to whoever learns the outputs, as a softmax is.
 * A policy can open the greatest labels in place of the values.
 * @module
 */
import type { Ending } from '../../../ops/node.js';
import { DataType } from '../constant.js';
import { axisOf, constantInput, type NodeContext, type OperatorImporter, shapeOf, variableInput } from '../context.js';

export const choiceOperators: Readonly<Record<string, OperatorImporter>> = {
  ArgMax: (context) => {
    context.attributes.ignore('keepdims', 'select_last_index');
    return [chosen(context, context.attributes.int('axis', 0), 'argMax')];
  },
  TopK: (context) => {
    const { attributes, opset } = context;
    if (opset >= 10) constantInput(context, 1, 'counts');
    if (attributes.int('largest', 1) !== 1) throw context.unsupported('the largest values', 'the smallest');
    attributes.ignore('sorted', 'k');
    const value = chosen(context, attributes.int('axis', -1), 'topK');
    // the values and their indices
    return [value, value];
  },
};

function chosen(context: NodeContext, axis: number, ending: Ending): ReturnType<OperatorImporter>[number] {
  const x = variableInput(context, 0);
  const shape = shapeOf(context, x);
  const along = axisOf(context, axis, shape.length);
  if (shape.some((extent, i) => i !== along && extent !== 1)) {
    const what = ending === 'argMax' ? 'greatest element' : 'greatest elements';
    throw context.unsupported(
      `the ${what} of one row, along its axis`,
      `axis ${axis} of [${shape.join(',')}]. Remove it: what it is of can be opened`,
    );
  }
  return { ...x, type: DataType.INT64, ending };
}
