/** Functions that exporters write as several nodes, of which one is a product with the input: each is one step of its own. @module */
import type { NonlinearOp } from '../../ops/nonlinear.js';
import type { GraphOp } from '../../ops/operators.js';
import { scaled, smooth } from './arithmetic.js';
import type { Variable } from './constant.js';
import type { NodeContext } from './context.js';

/** x * f(x) where that is a function of the table, or undefined. */
export function productAsFunction(context: NodeContext, x: Variable, y: Variable): Variable | undefined {
  return ofFactor(context, x, y) ?? ofFactor(context, y, x);
}

function ofFactor(context: NodeContext, x: Variable, factor: Variable): Variable | undefined {
  const { nodes } = context.builder;
  const inputOf = (node: GraphOp | undefined): GraphOp | undefined => node && nodes[node.inputs[0]!];
  const isX = (node: GraphOp | undefined): boolean => node?.inputs[0] === x.id;
  const last = nodes[factor.id];
  if (isSmooth(last, 'sigmoid') && isX(last)) return smooth(context, x, { function: 'silu' });
  if (isSmooth(last, 'tanh') && isSmooth(inputOf(last), 'softplus') && isX(inputOf(last))) {
    return smooth(context, x, { function: 'mish' });
  }
  // x * (1 + erf(x / sqrt(2))) = 2 gelu(x)
  const error = last?.op === 'offset' && last.offset === 1 ? inputOf(last) : undefined;
  const root = isSmooth(error, 'erf') ? inputOf(error) : undefined;
  const [by] = root?.op === 'scale' ? root.factors : [];
  if (by !== undefined && Math.abs(by - Math.SQRT1_2) < 1e-6 && isX(root)) {
    return scaled(context, smooth(context, x, { function: 'gelu' }), 2);
  }
  return undefined;
}

function isSmooth(node: GraphOp | undefined, name: string): node is NonlinearOp & { readonly activation: 'smooth' } {
  return node?.op === 'nonlinear' && node.pool === undefined && node.activation === 'smooth' && node.function === name;
}
