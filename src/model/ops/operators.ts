/** The table of operators: a new one is a file beside this, and its lines here. @module */
import { type AddNode, type AddOp, addNode, addOp } from './add.js';
import { type AffineOp, affine } from './affine.js';
import { type AveragePoolOp, averagePool } from './average-pool.js';
import type { InputNode, InputOp } from './input.js';
import { linearNode, linearOp } from './linear/linear.js';
import type { LinearNode, LinearOp } from './linear/nodes.js';
import { type MoveNode, type MoveOp, moveNode, moveOp } from './move/move.js';
import type { Shape, Unshaped } from './node.js';
import { type NonlinearNode, type NonlinearOp, nonlinearNode, nonlinearOp } from './nonlinear.js';
import { type OffsetNode, type OffsetOp, offsetNode, offsetOp } from './offset.js';
import type { Arithmetic, Evaluation, FixedOperator, LocalOperator, RealOperator } from './operator.js';
import { type ProductNode, type ProductOp, productNode, productOp } from './product.js';
import { type ScaleNode, type ScaleOp, scaleNode, scaleOp } from './scale.js';
import { type ShiftLeftNode, shiftLeft } from './shift-left.js';
import { type SoftmaxOp, softmax } from './softmax.js';
import { type SumPoolNode, type SumPoolOp, sumPoolNode, sumPoolOp } from './sum-pool.js';

/** Of a float graph, but for the input, which is given. */
interface RealOps {
  readonly linear: LinearOp;
  readonly affine: AffineOp;
  readonly nonlinear: NonlinearOp;
  readonly averagePool: AveragePoolOp;
  readonly sumPool: SumPoolOp;
  readonly scale: ScaleOp;
  readonly add: AddOp;
  readonly product: ProductOp;
  readonly offset: OffsetOp;
  readonly move: MoveOp;
  readonly softmax: SoftmaxOp;
}

/** Public maps of a fixed-point graph, linear but for constants. */
interface LocalOps {
  readonly sumPool: SumPoolNode;
  readonly shiftLeft: ShiftLeftNode;
  readonly scale: ScaleNode;
  readonly add: AddNode;
  readonly offset: OffsetNode;
  readonly move: MoveNode;
}

/** Of a fixed-point graph, but for the input. */
interface FixedOps extends LocalOps {
  readonly linear: LinearNode;
  readonly product: ProductNode;
  readonly nonlinear: NonlinearNode;
}

export type ComputedOp = RealOps[keyof RealOps];
export type GraphOp = InputOp | ComputedOp;
/** A node before its shape is known; a movement brings its own. */
export type NewOp = Unshaped<Exclude<ComputedOp, MoveOp>> | MoveOp;
export type LocalNode = LocalOps[keyof LocalOps];
export type ComputedNode = FixedOps[keyof FixedOps];
export type FixedNode = InputNode | ComputedNode;

const REAL: { readonly [K in keyof RealOps]: RealOperator<RealOps[K], ComputedNode> } = {
  linear: linearOp,
  affine,
  nonlinear: nonlinearOp,
  averagePool,
  sumPool: sumPoolOp,
  scale: scaleOp,
  add: addOp,
  product: productOp,
  offset: offsetOp,
  move: moveOp,
  softmax,
};

const LOCAL: { readonly [K in keyof LocalOps]: LocalOperator<LocalOps[K]> } = {
  sumPool: sumPoolNode,
  shiftLeft,
  scale: scaleNode,
  add: addNode,
  offset: offsetNode,
  move: moveNode,
};

const FIXED: { readonly [K in keyof FixedOps]: FixedOperator<FixedOps[K]> } = {
  ...LOCAL,
  linear: linearNode,
  product: productNode,
  nonlinear: nonlinearNode,
};

export function realOperator<K extends keyof RealOps>(op: K): RealOperator<RealOps[K], ComputedNode> {
  return REAL[op];
}

/** A public map on one share of its inputs, or on their values. */
export function localWords(
  arithmetic: Arithmetic,
  node: LocalNode,
  batch: number,
  shapes: readonly Shape[],
  inputs: readonly Uint32Array[],
): Uint32Array {
  return localOperator(node.op).words(arithmetic, node, batch, shapes, inputs);
}

/** Any node in the clear. */
export function wordsOf(
  evaluation: Evaluation,
  node: ComputedNode,
  batch: number,
  shapes: readonly Shape[],
  inputs: readonly Uint32Array[],
): Uint32Array {
  return fixedOperator(node.op).words(evaluation, node, batch, shapes, inputs);
}

function localOperator<K extends keyof LocalOps>(op: K): LocalOperator<LocalOps[K]> {
  return LOCAL[op];
}

function fixedOperator<K extends keyof FixedOps>(op: K): FixedOperator<FixedOps[K]> {
  return FIXED[op];
}
