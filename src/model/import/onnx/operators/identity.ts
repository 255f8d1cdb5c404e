/** Operators that change nothing at inference. @module */
import { DataType, isFloat, typeName } from '../constant.js';
import { inputOf, type OperatorImporter, optionalConstant } from '../context.js';

export const identityOperators: Readonly<Record<string, OperatorImporter>> = {
  Identity: (context) => [inputOf(context, 0)],
  Dropout: (context) => {
    const { attributes } = context;
    attributes.ignore('ratio', 'seed', 'is_test');
    if (context.outputs > 1) throw context.unsupported('one output', 'a mask');
    const training = optionalConstant(context, 2, 'modes')?.data[0] ?? 0;
    if (training !== 0) throw context.unsupported('inference', 'training_mode');
    return [inputOf(context, 0)];
  },
  Cast: (context) => {
    const x = inputOf(context, 0);
    const to = context.attributes.int('to', DataType.UNDEFINED) as DataType;
    if (!isFloat(to)) throw context.unsupported('a cast of secrets to floats', typeName(to));
    context.attributes.ignore('saturate');
    return [{ ...x, type: to }];
  },
  CastLike: (context) => {
    const x = inputOf(context, 0);
    const { type } = inputOf(context, 1);
    if (!isFloat(type)) throw context.unsupported('a cast of secrets to floats', typeName(type));
    context.attributes.ignore('saturate');
    return [{ ...x, type }];
  },
};
