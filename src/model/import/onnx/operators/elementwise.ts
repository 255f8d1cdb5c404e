/** Sums, differences, products and extremes of tensors, by broadcasting. @module */
import {
  added,
  broadcast,
  multiplied,
  plusConstant,
  relu,
  scaled,
  smooth,
  subtracted,
  timesConstant,
} from '../arithmetic.js';
import { type Constant, generate, type Value, type Variable } from '../constant.js';
import { constantInput, inputOf, type NodeContext, type OperatorImporter, variableInput } from '../context.js';
import { leastAbove, reciprocalOf } from '../least.js';
import { expanded, gathered, reshaped } from '../move.js';
import { operands } from '../operands.js';
import { productAsFunction } from '../patterns.js';

export const elementwiseOperators: Readonly<Record<string, OperatorImporter>> = {
  Add: (context) => [sum(context, ...operands(context))],
  Sub: (context) => {
    const [x, y] = operands(context);
    return [sum(context, x, y.kind === 'constant' ? mapped(y, (value) => -value) : scaled(context, y, -1))];
  },
  Mul: (context) => [product(context, ...operands(context))],
  Div: (context) => {
    const [x, y] = operands(context);
    if (y.kind === 'variable') return [product(context, x, reciprocalOf(context, y))];
    return [
      product(
        context,
        x,
        mapped(y, (value) => 1 / value),
      ),
    ];
  },
  Neg: (context) => [scaled(context, variableInput(context, 0), -1)],
  // x + 2 relu(-x)
  Abs: (context) => {
    const x = variableInput(context, 0);
    return [added(context, x, scaled(context, relu(context, scaled(context, x, -1)), 2))];
  },
  Sum: (context) => [all(context).reduce((x, y) => sum(context, x, y))],
  Mean: (context) => {
    const values = all(context);
    const total = values.reduce((x, y) => sum(context, x, y));
    return [
      product(
        context,
        total,
        generate(total.type, [], () => 1 / values.length),
      ),
    ];
  },
  // y + relu(x - y)
  Max: (context) => [
    all(context).reduce((x, y) => {
      const [a, b] = pair(context, x, y);
      return added(context, b, relu(context, subtracted(context, a, b)));
    }),
  ],
  // x - relu(x - y)
  Min: (context) => [
    all(context).reduce((x, y) => {
      const [a, b] = pair(context, x, y);
      return subtracted(context, a, relu(context, subtracted(context, a, b)));
    }),
  ],
  Pow: (context) => {
    const x = variableInput(context, 0);
    context.attributes.ignore('broadcast');
    const { data } = constantInput(context, 1, 'exponents');
    const [exponent] = data;
    if (data.length !== 1 || exponent === undefined)
      throw context.unsupported('one exponent', `${data.length} of them`);
    if (exponent === 0.5) return [smooth(context, x, { function: 'sqrt', ...leastAbove(context, x) })];
    if (exponent === -0.5) return [smooth(context, x, { function: 'rsqrt', ...leastAbove(context, x) })];
    if (exponent === -1) return [reciprocalOf(context, x)];
    if (!Number.isInteger(exponent) || exponent < 1 || exponent > MOST_EXPONENT) {
      throw context.unsupported(`an exponent of -1, -0.5, 0.5 or 1 to ${MOST_EXPONENT}`, String(exponent));
    }
    let power = x;
    for (let i = 1; i < exponent; i++) power = multiplied(context, power, x);
    return [power];
  },
  Where: (context) => {
    const condition = constantInput(context, 0, 'conditions');
    const [x, y] = pair(context, inputOf(context, 1), inputOf(context, 2));
    const { builder, name } = context;
    const shape = builder.shape(x.id);
    const choice = expanded(context, condition, shape);
    if (choice.kind === 'variable' || choice.shape.length !== shape.length)
      throw context.bad('a condition that broadcasts', 'another');
    const size = choice.data.length;
    const both = builder.concat(
      name,
      [x, y].map((value) => builder.reshape(name, value.id, [size])),
      0,
    );
    const picked = Array.from(choice.data, (value, i) => (value !== 0 ? i : size + i));
    return [reshaped(context, gathered(context, { ...x, id: both }, 0, picked), shape)];
  },
};

const MOST_EXPONENT = 8;

function all(context: NodeContext): readonly Value[] {
  return context.inputs.map((_, i) => inputOf(context, i));
}

function pair(context: NodeContext, x: Value, y: Value): readonly [Variable, Variable] {
  return broadcast(context, [x, y]) as readonly [Variable, Variable];
}

function sum(context: NodeContext, x: Value, y: Value): Value {
  if (x.kind === 'variable' && y.kind === 'constant') return plusConstant(context, x, y);
  if (x.kind === 'constant' && y.kind === 'variable') return plusConstant(context, y, x);
  const [a, b] = pair(context, x, y);
  return added(context, a, b);
}

export function product(context: NodeContext, x: Value, y: Value): Value {
  if (x.kind === 'variable' && y.kind === 'constant') return timesConstant(context, x, y);
  if (x.kind === 'constant' && y.kind === 'variable') return timesConstant(context, y, x);
  const [a, b] = pair(context, x, y);
  return productAsFunction(context, a, b) ?? multiplied(context, a, b);
}

function mapped(constant: Constant, f: (value: number) => number): Constant {
  return generate(constant.type, constant.shape, (i) => f(constant.data[i]!));
}
