/** Activations: those of the table, and what is made of them. @module */
import { ofHalves } from '../../../ops/activations/real.js';
import type { SmoothName } from '../../../ops/activations/smooth/functions.js';
import { activated, added, relu, scaled, shifted, smooth, timesConstant } from '../arithmetic.js';
import { generate, type Variable } from '../constant.js';
import {
  constantInput,
  type NodeContext,
  type OperatorImporter,
  optionalConstant,
  shapeOf,
  variableInput,
} from '../context.js';
import { leastAbove, reciprocalOf } from '../least.js';

const SMOOTH: readonly (readonly [operator: string, name: SmoothName])[] = [
  ['Sigmoid', 'sigmoid'],
  ['Tanh', 'tanh'],
  ['Softplus', 'softplus'],
  ['Softsign', 'softsign'],
  ['Mish', 'mish'],
  ['Erf', 'erf'],
  ['Exp', 'exp'],
];

export const activationOperators: Readonly<Record<string, OperatorImporter>> = {
  Relu: (context) => [relu(context, variableInput(context, 0))],
  LeakyRelu: (context) => [leaky(context, variableInput(context, 0), context.attributes.float('alpha', 0.01))],
  PRelu: (context) => {
    const x = variableInput(context, 0);
    const given = constantInput(context, 1, 'slopes');
    // up to opset 6 they are one for each channel
    const rest = new Array<number>(Math.max(0, shapeOf(context, x).length - 2)).fill(1);
    const slope = context.opset < 7 ? { ...given, shape: [...given.shape, ...rest] } : given;
    if (slope.data.length === 1) return [leaky(context, x, slope.data[0]!)];
    const more = generate(slope.type, slope.shape, (i) => 1 - slope.data[i]!);
    return [added(context, x, timesConstant(context, relu(context, scaled(context, x, -1)), more))];
  },
  Clip: clip,
  HardSigmoid: (context) => {
    const { attributes } = context;
    return [
      hardSigmoid(context, variableInput(context, 0), attributes.float('alpha', 0.2), attributes.float('beta', 0.5)),
    ];
  },
  ThresholdedRelu: (context) => {
    const alpha = context.attributes.float('alpha', 1);
    if (alpha < 0) throw context.unsupported('alpha of at least 0', String(alpha));
    const x = variableInput(context, 0);
    return [alpha === 0 ? relu(context, x) : activated(context, x, { activation: 'threshold', threshold: alpha })];
  },
  HardSwish: (context) => [smooth(context, variableInput(context, 0), { function: 'hardSwish' })],
  ...Object.fromEntries(
    SMOOTH.map(([operator, name]): [string, OperatorImporter] => [
      operator,
      (context) => [smooth(context, variableInput(context, 0), { function: name })],
    ]),
  ),
  Log: (context) => {
    const x = variableInput(context, 0);
    return [smooth(context, x, { function: 'log', ...leastAbove(context, x) })];
  },
  Sqrt: (context) => {
    const x = variableInput(context, 0);
    return [smooth(context, x, { function: 'sqrt', ...leastAbove(context, x) })];
  },
  Reciprocal: (context) => [reciprocalOf(context, variableInput(context, 0))],
  Gelu: (context) => {
    const isExact = context.attributes.choice('approximate', ['none', 'tanh'], 'none') === 'none';
    return [smooth(context, variableInput(context, 0), { function: isExact ? 'gelu' : 'geluTanh' })];
  },
  Elu: (context) => [elu(context, variableInput(context, 0), context.attributes.float('alpha', 1))],
  Selu: (context) => {
    const { attributes } = context;
    const [alpha, gamma] = [attributes.float('alpha', 1.6732632), attributes.float('gamma', 1.050701)];
    return [scaled(context, elu(context, variableInput(context, 0), alpha), gamma)];
  },
  // alpha * elu(x / alpha)
  Celu: (context) => {
    const alpha = context.attributes.float('alpha', 1);
    if (alpha <= 0) throw context.unsupported('alpha above 0', String(alpha));
    return [scaled(context, elu(context, scaled(context, variableInput(context, 0), 1 / alpha), 1), alpha)];
  },
};

function elu(context: NodeContext, x: Variable, alpha: number): Variable {
  if (alpha <= 0) throw context.unsupported('alpha above 0', String(alpha));
  return smooth(context, x, { function: 'elu', alpha });
}

/** x, or slope * x where it is negative: x + (1 - slope) relu(-x) where no activation of the table is it. */
function leaky(context: NodeContext, x: Variable, slope: number): Variable {
  const known = ofHalves({ negative: slope, most: Number.POSITIVE_INFINITY });
  if (known !== undefined) return activated(context, x, known);
  return added(context, x, scaled(context, relu(context, scaled(context, x, -1)), 1 - slope));
}

function hardSigmoid(context: NodeContext, x: Variable, alpha: number, beta: number): Variable {
  return activated(context, shifted(context, scaled(context, x, alpha), beta), { activation: 'clip', clipMax: 1 });
}

function clip(context: NodeContext): readonly Variable[] {
  const { attributes, opset } = context;
  const x = variableInput(context, 0);
  const bound = (index: number, name: string): number | undefined =>
    opset < 11 ? attributes.float(name) : optionalConstant(context, index, 'bounds')?.data[0];
  const [low, high] = [finite(bound(1, 'min')), finite(bound(2, 'max'))];
  if (low === undefined && high === undefined) return [x];
  // high - relu(high - x)
  if (low === undefined)
    return [
      shifted(context, scaled(context, relu(context, shifted(context, scaled(context, x, -1), high!)), -1), high!),
    ];
  const above = shifted(context, x, -low);
  if (high === undefined) return [shifted(context, relu(context, above), low)];
  if (high <= low) throw context.unsupported('a maximum above the minimum', `${low} and ${high}`);
  return [shifted(context, activated(context, above, { activation: 'clip', clipMax: high - low }), low)];
}

/** The greatest floats stand for no bound. */
function finite(bound: number | undefined): number | undefined {
  return bound === undefined || Math.abs(bound) > 1e38 ? undefined : bound;
}
