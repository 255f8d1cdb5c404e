/** Batch normalisation in inference. @module */
import { affineAlong } from '../arithmetic.js';
import { constantInput, type OperatorImporter, shapeOf, variableInput } from '../context.js';

export const normalisationOperators: Readonly<Record<string, OperatorImporter>> = {
  BatchNormalization: (context) => {
    const { attributes } = context;
    attributes.ignore('momentum', 'is_test', 'consumed_inputs');
    if (attributes.flag('training_mode', false)) throw context.unsupported('inference', 'training_mode');
    if (!attributes.flag('spatial', true)) throw context.unsupported('statistics of channels', 'of elements');
    const x = variableInput(context, 0);
    const channels = shapeOf(context, x)[1] ?? 1;
    const take = (index: number, what: string): ArrayLike<number> => {
      const { data } = constantInput(context, index, what);
      if (data.length !== channels) throw context.bad(`${channels} ${what}`, String(data.length));
      return data;
    };
    const [gamma, beta, mean, variance] = [
      take(1, 'scales'),
      take(2, 'biases'),
      take(3, 'means'),
      take(4, 'variances'),
    ];
    const epsilon = attributes.float('epsilon', 1e-5);
    // y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
    const factor = Float64Array.from({ length: channels }, (_, i) => gamma[i]! / Math.sqrt(variance[i]! + epsilon));
    const offset = Float64Array.from({ length: channels }, (_, i) => beta[i]! - mean[i]! * factor[i]!);
    return [affineAlong(context, x, 1, factor, offset)];
  },
};
