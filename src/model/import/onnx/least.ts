/**
 * What is known of how small the elements of a tensor can be, from the operations before it, such as a mean of squares and a number beside it:
 * so that roots, logarithms and reciprocals know how far from their pole they are.
 * @module
 */
import { isCovered } from '../../ops/move/move.js';
import type { NonlinearOp } from '../../ops/nonlinear.js';
import type { GraphOp } from '../../ops/operators.js';
import { smooth } from './arithmetic.js';
import type { Variable } from './constant.js';
import type { NodeContext } from './context.js';

/** Operations that are looked through; of sums of sums there may be very many. */
const MOST_STEPS = 200;

const UNKNOWN = Number.NEGATIVE_INFINITY;

/** A number above zero that no element is below, for a function with a pole; nothing where none is known. */
export function leastAbove(context: NodeContext, { id }: Variable): { readonly least?: number } {
  const least = leastOf(context.builder.nodes, id, { left: MOST_STEPS });
  return least > 0 ? { least } : {};
}

function leastOf(nodes: readonly GraphOp[], id: number, steps: { left: number }): number {
  if (steps.left-- <= 0) return UNKNOWN;
  const node = nodes[id]!;
  const inputs = (): readonly number[] => node.inputs.map((input) => leastOf(nodes, input, steps));
  switch (node.op) {
    case 'offset':
      return inputs()[0]! + node.offset;
    case 'scale':
      return node.factors.every((factor) => factor > 0) ? timesLeast(inputs()[0]!, Math.min(...node.factors)) : UNKNOWN;
    case 'averagePool':
      return inputs()[0]!;
    case 'sumPool':
      // a window may be in part outside
      return inputs()[0]! >= 0 ? 0 : UNKNOWN;
    case 'add':
      return inputs().reduce((x, y) => x + y);
    case 'product':
      return node.inputs[0] === node.inputs[1] ? 0 : inputs().every((least) => least >= 0) ? 0 : UNKNOWN;
    case 'move':
      return isCovered(node) ? Math.min(...inputs()) : Math.min(node.fill, ...inputs());
    case 'nonlinear':
      return leastOfFunction(node, () => inputs()[0]!);
    case 'input':
    case 'linear':
    case 'affine':
      return UNKNOWN;
    case 'softmax':
      return node.log ? UNKNOWN : 0;
    default:
      return node satisfies never;
  }
}

function timesLeast(least: number, factor: number): number {
  return least >= 0 ? least * factor : UNKNOWN;
}

function leastOfFunction(node: NonlinearOp, input: () => number): number {
  switch (node.activation) {
    case 'none':
      return input();
    case 'relu':
    case 'clip':
    case 'threshold':
      return 0;
    case 'smooth':
      if (node.function === 'sqrt') return Math.sqrt(Math.max(0, input()));
      return ['exp', 'expNegative', 'sigmoid', 'softplus'].includes(node.function) ? 0 : UNKNOWN;
    case 'leakyRelu':
      return input() >= 0 ? 0 : UNKNOWN;
    default:
      return node satisfies never;
  }
}

/** 1 / x, or 1 / sqrt(z) in one step where x is the root of z. */
export function reciprocalOf(context: NodeContext, x: Variable): Variable {
  const node = context.builder.nodes[x.id]!;
  if (node.op === 'nonlinear' && node.pool === undefined && node.activation === 'smooth' && node.function === 'sqrt') {
    const z = { ...x, id: node.inputs[0]! };
    return smooth(context, z, { function: 'rsqrt', ...leastAbove(context, z) });
  }
  return smooth(context, x, { function: 'reciprocal', ...leastAbove(context, x) });
}
