/** Normalisations: by known statistics an affine step, by those of the tensor itself from its mean and variance. @module */
import { range } from '../../../../core/nd.js';
import { sizeOf } from '../../../../core/ring.js';
import { pool } from '../../spatial.js';
import {
  affineAlong,
  broadcast,
  multiplied,
  plusConstant,
  scaled,
  shifted,
  smooth,
  subtracted,
  timesConstant,
} from '../arithmetic.js';
import type { Numbers, Variable } from '../constant.js';
import {
  axesOf,
  axisOf,
  constantInput,
  type NodeContext,
  type OperatorImporter,
  optionalConstant,
  shapeOf,
  variableInput,
} from '../context.js';
import { reshaped, variableOf } from '../move.js';
import { reduced } from '../reduction.js';

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
  InstanceNormalization: (context) => {
    const x = variableInput(context, 0);
    const [, channels, ...space] = shapeOf(context, x);
    const normal = normalised(context, x, range(2, 2 + space.length), context.attributes.float('epsilon', 1e-5));
    const [scale, bias] = [1, 2].map((index) => numbersOf(context, index, channels!)) as [Numbers, Numbers];
    return [affineAlong(context, normal, 1, scale, bias)];
  },
  LayerNormalization: (context) => {
    const { attributes } = context;
    attributes.ignore('stash_type');
    const x = variableInput(context, 0);
    const rank = shapeOf(context, x).length;
    const axis = axisOf(context, attributes.int('axis', -1), rank);
    const { normal, mean, inverse } = standardised(context, x, range(axis, rank), attributes.float('epsilon', 1e-5));
    return [scaledAndShifted(context, normal), mean, inverse];
  },
  RMSNormalization: (context) => {
    const { attributes } = context;
    attributes.ignore('stash_type');
    const x = variableInput(context, 0);
    const rank = shapeOf(context, x).length;
    const axis = axisOf(context, attributes.int('axis', -1), rank);
    return [scaledAndShifted(context, byRoot(context, x, range(axis, rank), attributes.float('epsilon', 1e-5)))];
  },
  GroupNormalization: (context) => {
    const { attributes, opset } = context;
    attributes.ignore('stash_type');
    const x = variableInput(context, 0);
    const [images, channels, ...space] = shapeOf(context, x) as [number, number, ...number[]];
    const groups = attributes.int('num_groups', 1);
    if (groups < 1 || channels % groups !== 0)
      throw context.bad(`groups that divide ${channels} channels`, String(groups));
    const grouped = variableOf(context, reshaped(context, x, [images, groups, channels / groups, ...space]), x);
    const normal = normalised(context, grouped, range(2, 3 + space.length), attributes.float('epsilon', 1e-5));
    const back = variableOf(context, reshaped(context, normal, shapeOf(context, x)), x);
    // up to opset 20 a scale and bias for each group
    const count = opset < 21 ? groups : channels;
    const [scale, bias] = [1, 2].map((index) => {
      const numbers = numbersOf(context, index, count);
      return Float64Array.from({ length: channels }, (_, i) => numbers[Math.floor((i * count) / channels)]!);
    }) as [Float64Array, Float64Array];
    return [affineAlong(context, back, 1, scale, bias)];
  },
  MeanVarianceNormalization: (context) => {
    const x = variableInput(context, 0);
    const axes = axesOf(context, context.attributes.ints('axes') ?? [0, 2, 3], shapeOf(context, x).length);
    return [normalised(context, x, axes, 1e-9)];
  },
  LpNormalization: (context) => {
    const { attributes } = context;
    const x = variableInput(context, 0);
    const axis = axisOf(context, attributes.int('axis', -1), shapeOf(context, x).length);
    if (attributes.int('p', 2) !== 2) throw context.unsupported('p of 2', '1');
    const count = shapeOf(context, x)[axis]!;
    const square = reduced(context, multiplied(context, x, x), 'average', [axis], keptShape(context, x, [axis]));
    const inverse = smooth(context, square, { function: 'rsqrt', least: LEAST_SQUARE });
    return [scaled(context, timesSpread(context, x, inverse), 1 / Math.sqrt(count))];
  },
  // x / (bias + alpha * mean of the squares of channels around)^beta
  LRN: (context) => {
    const { attributes, builder, name } = context;
    const x = variableInput(context, 0);
    const [images, channels, ...space] = shapeOf(context, x) as [number, number, ...number[]];
    const size = attributes.int('size', 1);
    const [alpha, beta, bias] = [
      attributes.float('alpha', 1e-4),
      attributes.float('beta', 0.75),
      attributes.float('bias', 1),
    ];
    if (size < 1 || bias <= 0 || alpha < 0) {
      const came = `${size}, ${bias} and ${alpha}`;
      throw context.unsupported('a size of 1 or more, a bias above 0 and an alpha that is not below', came);
    }
    const before = Math.floor((size - 1) / 2);
    const window = { window: size, stride: 1, dilation: 1, before, after: size - 1 - before };
    const squares = reshaped(context, multiplied(context, x, x), [images, channels, sizeOf(space)]);
    const means = pool(builder, name, 'average of the window', [window], variableOf(context, squares, x).id);
    const mean = variableOf(context, reshaped(context, { ...x, id: means }, shapeOf(context, x)), x);
    const base = shifted(context, scaled(context, mean, alpha), bias);
    const exponent = scaled(context, smooth(context, base, { function: 'log', least: bias }), -beta);
    return [multiplied(context, x, smooth(context, exponent, { function: 'exp' }))];
  },
};

/** Mean squares below it count as this. */
const LEAST_SQUARE = 1e-6;

interface Standardised {
  readonly normal: Variable;
  readonly mean: Variable;
  /** 1 / sqrt(variance + epsilon) */
  readonly inverse: Variable;
}

/** (x - mean) / sqrt(variance + epsilon) over axes, and what it is made of. */
function standardised(context: NodeContext, x: Variable, axes: readonly number[], epsilon: number): Standardised {
  const mean = reduced(context, x, 'average', axes, keptShape(context, x, axes));
  const [same, spread] = broadcast(context, [x, mean]) as [Variable, Variable];
  const centred = subtracted(context, same, spread);
  const inverse = inverseRoot(context, centred, axes, epsilon);
  return { normal: timesSpread(context, centred, inverse), mean, inverse };
}

function normalised(context: NodeContext, x: Variable, axes: readonly number[], epsilon: number): Variable {
  return standardised(context, x, axes, epsilon).normal;
}

/** x / sqrt(mean of x^2 + epsilon) over axes */
function byRoot(context: NodeContext, x: Variable, axes: readonly number[], epsilon: number): Variable {
  return timesSpread(context, x, inverseRoot(context, x, axes, epsilon));
}

/** 1 / sqrt(mean of x^2 + epsilon) over axes */
function inverseRoot(context: NodeContext, x: Variable, axes: readonly number[], epsilon: number): Variable {
  const square = reduced(context, multiplied(context, x, x), 'average', axes, keptShape(context, x, axes));
  return smooth(context, shifted(context, square, epsilon), { function: 'rsqrt', least: epsilon });
}

/** x * factor, repeated as x */
function timesSpread(context: NodeContext, x: Variable, factor: Variable): Variable {
  const [same, spread] = broadcast(context, [x, factor]) as [Variable, Variable];
  return multiplied(context, same, spread);
}

/** The shape of x with 1 along axes. */
function keptShape(context: NodeContext, x: Variable, axes: readonly number[]): readonly number[] {
  return shapeOf(context, x).map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

/** x * input 1 + input 2 */
function scaledAndShifted(context: NodeContext, x: Variable): Variable {
  const scale = optionalConstant(context, 1, 'scales');
  const bias = optionalConstant(context, 2, 'biases');
  const product = scale === undefined ? x : timesConstant(context, x, scale);
  return bias === undefined ? product : plusConstant(context, product, bias);
}

function numbersOf(context: NodeContext, index: number, count: number): Numbers {
  const { data } = constantInput(context, index, 'scales and biases');
  if (data.length !== count) throw context.bad(`${count} scales and biases`, String(data.length));
  return data;
}
