/** Arithmetic on constants, element by element: what exporters leave of the computation of shapes, and of weights. @module */
import { broadcastShape, expand } from '../../../../core/nd.js';
import { type Constant, DataType, generate, integerRange, isFloat, isNumeric, typeName } from '../constant.js';
import { constantInput, inputOf, type NodeContext, type OperatorImporter } from '../context.js';
import { operands } from '../operands.js';

type Unary = (x: number) => number;
type Binary = (x: number, y: number) => number;

const UNARY: Readonly<Record<string, Unary>> = {
  Abs: Math.abs,
  Neg: (x) => -x,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Round: halfToEven,
  Sign: Math.sign,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Reciprocal: (x) => 1 / x,
  Relu: (x) => Math.max(0, x),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Tanh: Math.tanh,
  Sin: Math.sin,
  Cos: Math.cos,
};

const TRUTH: Readonly<Record<string, Binary>> = {
  Equal: (x, y) => Number(x === y),
  Less: (x, y) => Number(x < y),
  LessOrEqual: (x, y) => Number(x <= y),
  Greater: (x, y) => Number(x > y),
  GreaterOrEqual: (x, y) => Number(x >= y),
  And: (x, y) => Number(x !== 0 && y !== 0),
  Or: (x, y) => Number(x !== 0 || y !== 0),
  Xor: (x, y) => Number((x !== 0) !== (y !== 0)),
};

const BINARY: Readonly<Record<string, Binary>> = {
  Add: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Mul: (x, y) => x * y,
  Pow: (x, y) => x ** y,
};

const FOLDED: Readonly<Record<string, Binary>> = { Min: Math.min, Max: Math.max, Sum: (x, y) => x + y };

export const elementwiseEvaluators: Readonly<Record<string, OperatorImporter>> = {
  ...mapped(UNARY, (f) => (context) => [map(context, numeric(context, 0), f)]),
  ...mapped(TRUTH, (f) => (context) => [zip(context, ...numericOperands(context), DataType.BOOL, f)]),
  ...mapped(BINARY, (f) => (context) => [zip(context, ...numericOperands(context), numeric(context, 0).type, f)]),
  ...mapped(FOLDED, (f) => (context) => [
    context.inputs.map((_, i) => numeric(context, i)).reduce((x, y) => zip(context, x, y, x.type, f)),
  ]),
  Not: (context) => [map(context, constantInput(context, 0, 'inputs'), (x) => Number(x === 0))],
  Div: (context) => {
    const x = numeric(context, 0);
    return [
      zip(
        context,
        x,
        numericOperands(context)[1],
        x.type,
        isFloat(x.type) ? (a, b) => a / b : (a, b) => Math.trunc(a / b),
      ),
    ];
  },
  Mod: (context) => {
    const x = numeric(context, 0);
    const truncated = context.attributes.flag('fmod', false);
    return [
      zip(
        context,
        x,
        numericOperands(context)[1],
        x.type,
        truncated ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b),
      ),
    ];
  },
  Clip: (context) => {
    const x = numeric(context, 0);
    const { attributes, opset } = context;
    const bound = (index: number, name: string): number | undefined =>
      opset < 11
        ? attributes.float(name)
        : context.inputs[index] === undefined
          ? undefined
          : numeric(context, index).data[0];
    const [low, high] = [bound(1, 'min') ?? Number.NEGATIVE_INFINITY, bound(2, 'max') ?? Number.POSITIVE_INFINITY];
    return [map(context, x, (value) => Math.min(high, Math.max(low, value)))];
  },
  Where: (context) => {
    const [condition, x, y] = [0, 1, 2].map((i) => constantInput(context, i, 'inputs')) as [
      Constant,
      Constant,
      Constant,
    ];
    const chosen = zip(context, condition, x, x.type, (c, a) => (c !== 0 ? a : 0));
    const other = zip(context, condition, y, x.type, (c, b) => (c !== 0 ? 0 : b));
    return [zip(context, chosen, other, x.type, (a, b) => a + b)];
  },
  Cast: (context) => [
    cast(context, constantInput(context, 0, 'inputs'), context.attributes.int('to', DataType.UNDEFINED) as DataType),
  ],
  CastLike: (context) => [cast(context, constantInput(context, 0, 'inputs'), inputOf(context, 1).type)],
};

function mapped<T>(
  table: Readonly<Record<string, T>>,
  make: (entry: T) => OperatorImporter,
): Record<string, OperatorImporter> {
  return Object.fromEntries(Object.entries(table).map(([name, entry]) => [name, make(entry)]));
}

function numeric(context: NodeContext, index: number): Constant {
  const constant = constantInput(context, index, 'inputs');
  if (!isNumeric(constant.type)) throw context.unsupported('numbers', typeName(constant.type));
  return constant;
}

function numericOperands(context: NodeContext): readonly [Constant, Constant] {
  const [x, y] = operands(context);
  if (x.kind === 'variable' || y.kind === 'variable') throw context.unsupported('constants', 'tensors');
  return [x, y];
}

function map(context: NodeContext, { type, shape, data }: Constant, f: Unary): Constant {
  context.room(shape);
  return checked(
    context,
    generate(type, shape, (i) => f(data[i]!)),
  );
}

/** f of two constants, the smaller repeated; their types have to agree but where one is of truth values. */
export function zip(context: NodeContext, x: Constant, y: Constant, type: DataType, f: Binary): Constant {
  const shape = broadcastShape(x.shape, y.shape);
  if (shape === undefined)
    throw context.bad('inputs that broadcast', `[${x.shape.join(',')}] and [${y.shape.join(',')}]`);
  context.room(shape);
  const [a, b] = [expand(x, shape).data, expand(y, shape).data];
  return checked(
    context,
    generate(type, shape, (i) => f(a[i]!, b[i]!)),
  );
}

/** @throws where a result is no number, or no exact integer of its type; the value itself may be a weight, and is not told */
export function checked(context: NodeContext, constant: Constant): Constant {
  const range = integerRange(constant.type);
  for (const value of constant.data) {
    if (!Number.isFinite(value)) throw context.bad('finite results', String(value));
    if (range !== undefined && !(Number.isInteger(value) && value >= range[0] && value <= range[1])) {
      throw context.bad(`results of type ${typeName(constant.type)}`, 'others');
    }
  }
  return constant;
}

function cast(context: NodeContext, { type, shape, data }: Constant, to: DataType): Constant {
  context.attributes.ignore('saturate', 'round_mode');
  if (!isNumeric(to) || !isNumeric(type)) throw context.unsupported('a cast to numbers', typeName(to));
  context.room(shape);
  if (to === DataType.BOOL) return generate(to, shape, (i) => Number(data[i] !== 0));
  const whole = !isFloat(to);
  return checked(
    context,
    generate(to, shape, (i) => (whole ? Math.trunc(data[i]!) : data[i]!)),
  );
}

/** The nearest integer; of two the even one. */
export function halfToEven(x: number): number {
  const near = Math.round(x);
  return Math.abs(x % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near;
}
