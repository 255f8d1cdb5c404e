/** Matrix products: by weights a dense layer, of two secrets their products summed up. @module */

import { dense } from '../../../../core/linear-map.js';
import { broadcastShape } from '../../../../core/nd.js';
import { sizeOf } from '../../../../core/ring.js';
import type { Floats } from '../../../ops/node.js';
import { added, broadcast, multiplied, plusConstant, scaled, spread, transposedConstant } from '../arithmetic.js';
import { type Constant, constantOf, generate, type Value, type Variable } from '../constant.js';
import { inputOf, type NodeContext, type OperatorImporter, shapeOf, variable } from '../context.js';
import { expanded, reshaped, transposed, variableOf } from '../move.js';
import { reduced } from '../reduction.js';

export const productOperators: Readonly<Record<string, OperatorImporter>> = {
  MatMul: (context) => [matrixProduct(context, inputOf(context, 0), inputOf(context, 1))],
  Gemm: gemm,
};

/** alpha * A * B + beta * C */
function gemm(context: NodeContext): readonly Value[] {
  const { attributes, inputs } = context;
  attributes.ignore('broadcast');
  const [a, b] = ['transA', 'transB'].map((name, i) => {
    const x = inputOf(context, i);
    if (shapeOf(context, x).length !== 2) throw context.bad('matrices', `[${shapeOf(context, x).join(',')}]`);
    return attributes.flag(name, false) ? transposed(context, x, [1, 0]) : x;
  }) as [Value, Value];
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)];
  const c = inputs[2];
  if (a.kind === 'variable' && b.kind === 'constant') {
    const weights = times(b, alpha);
    const columns = b.shape[1]!;
    if (
      c?.kind === 'constant' &&
      sizeOf(c.shape.slice(0, -1)) === 1 &&
      (c.shape.at(-1) === columns || c.data.length === 1)
    ) {
      const bias = spread(times({ ...c, shape: c.shape.slice(-1) }, beta), [columns]);
      return [byWeights(context, a, weights, bias)];
    }
    return [plus(context, byWeights(context, a, weights), c, beta)];
  }
  const product = matrixProduct(context, a, b);
  return [plus(context, product.kind === 'variable' ? scaled(context, product, alpha) : product, c, beta)];
}

function plus(context: NodeContext, product: Value, c: Value | undefined, beta: number): Value {
  if (c === undefined || beta === 0) return product;
  if (product.kind === 'constant') throw context.unsupported('a product that depends on the input', 'a constant');
  if (c.kind === 'constant') return plusConstant(context, product, times(c, beta));
  const [x, y] = broadcast(context, [product, scaled(context, c, beta)]) as [Variable, Variable];
  return added(context, x, y);
}

function times(constant: Constant, factor: number): Constant {
  return factor === 1 ? constant : generate(constant.type, constant.shape, (i) => constant.data[i]! * factor);
}

/** The product over the last axis of a and the last but one of b; axes before are broadcast, a vector is a row or a column. */
export function matrixProduct(context: NodeContext, a: Value, b: Value): Value {
  const [from, to] = [shapeOf(context, a), shapeOf(context, b)];
  if (from.length === 0 || to.length === 0) throw context.bad('vectors or matrices', 'a number');
  const left = from.length === 1 ? reshaped(context, a, [1, ...from]) : a;
  const right = to.length === 1 ? reshaped(context, b, [...to, 1]) : b;
  const [x, y] = [shapeOf(context, left), shapeOf(context, right)];
  if (x.at(-1) !== y.at(-2)) throw context.bad(`matrices that fit`, `[${from.join(',')}] and [${to.join(',')}]`);
  const batch = broadcastShape(x.slice(0, -2), y.slice(0, -2));
  if (batch === undefined) throw context.bad('matrices that broadcast', `[${from.join(',')}] and [${to.join(',')}]`);
  const product = ofMatrices(context, left, right, batch);
  const shape = [...batch, ...(from.length === 1 ? [] : [x.at(-2)!]), ...(to.length === 1 ? [] : [y.at(-1)!])];
  return reshaped(context, product, shape);
}

function ofMatrices(context: NodeContext, a: Value, b: Value, batch: readonly number[]): Value {
  if (a.kind === 'variable') {
    if (b.kind === 'variable') return ofSecrets(context, a, b, batch);
    return sizeOf(b.shape.slice(0, -2)) === 1
      ? byWeights(context, a, { ...b, shape: b.shape.slice(-2) })
      : byEachWeights(context, a, b, batch);
  }
  if (b.kind === 'constant') throw context.unsupported('a matrix that depends on the input', 'two constants');
  // A B = (B' A')'
  return turned(context, ofMatrices(context, turned(context, b), turned(context, a), batch));
}

/** The last two axes exchanged. */
function turned(context: NodeContext, x: Value): Value {
  const axes = shapeOf(context, x).map((_, axis) => axis);
  return transposed(context, x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** x * W over the last axis */
function byWeights(
  context: NodeContext,
  x: Variable,
  { shape, data }: Pick<Constant, 'shape' | 'data'>,
  bias?: Floats,
): Variable {
  const from = shapeOf(context, x);
  const [inputs, outputs] = shape as [number, number];
  if (from.at(-1) !== inputs) throw context.bad(`rows of ${inputs}`, `[${from.join(',')}]`);
  const { builder, name } = context;
  const map = { ...dense(inputs, outputs), inHeight: sizeOf(from.slice(0, -1)) };
  return variable(
    x,
    builder.add({ op: 'linear', name, inputs: [x.id], map, weights: data, ...(bias === undefined ? {} : { bias }) }),
  );
}

/** Another matrix for each element of the batch: a group of channels each. */
function byEachWeights(context: NodeContext, x: Variable, b: Constant, batch: readonly number[]): Value {
  const [rows, inner] = shapeOf(context, x).slice(-2) as [number, number];
  const outputs = b.shape.at(-1)!;
  const count = sizeOf(batch);
  const weights = spread(b, context.room([...batch, inner, outputs]));
  const matrices = expanded(context, x, [...batch, rows, inner]);
  const apart = transposed(context, reshaped(context, matrices, [count, rows, inner]), [1, 0, 2]);
  const { builder, name } = context;
  const product = builder.add({
    op: 'linear',
    name,
    inputs: [variableOf(context, reshaped(context, apart, [rows, count * inner]), x).id],
    map: { ...dense(count * inner, count * outputs), inHeight: rows, groups: count },
    weights: transposedConstant(constantOf(b.type, [count, inner, outputs], weights), [1, 0, 2]),
  });
  const parted = reshaped(context, variable(x, product), [rows, count, outputs]);
  return reshaped(context, transposed(context, parted, [1, 0, 2]), [...batch, rows, outputs]);
}

/** Row by column: products of all pairs, then their sums. */
function ofSecrets(context: NodeContext, a: Variable, b: Variable, batch: readonly number[]): Variable {
  const [rows, inner] = shapeOf(context, a).slice(-2) as [number, number];
  const columns = shapeOf(context, b).at(-1)!;
  const shape = [...batch, rows, columns, inner];
  const left = reshaped(context, expanded(context, a, [...batch, rows, inner]), [...batch, rows, 1, inner]);
  const right = reshaped(context, turned(context, expanded(context, b, [...batch, inner, columns])), [
    ...batch,
    1,
    columns,
    inner,
  ]);
  const [x, y] = [left, right].map((value) => variableOf(context, expanded(context, value, shape), a)) as [
    Variable,
    Variable,
  ];
  return reduced(context, multiplied(context, x, y), 'sum', [shape.length - 1], shape.slice(0, -1));
}
