/** What the pipeline asks of an operator: as a node of a float graph, and as one of a fixed-point graph. @module */
import type { RingBits } from '../../core/ring.js';
import type { Kernels } from '../../kernels/kernels.js';
import type { Lowering } from './lowering.js';
import type { FixedNodeBase, RealNode, Shape, Unshaped } from './node.js';
import type { Tensor, Tf } from './tensorflow.js';

/** `New` is the node before its shape is known, `Node` what it becomes in fixed point. */
export interface RealOperator<Op extends RealNode, Node extends FixedNodeBase = never, New = Unshaped<Op>> {
  /** The shape that it gives; throws BAD_MODEL where inputs, weights or parameters do not fit. */
  shape(node: New, inputs: readonly Shape[]): Shape;
  float(tf: Tf, node: Op, batch: number, inputs: readonly Tensor[]): Tensor;
  /** Adds the nodes that it is in fixed point and gives the id of the last. Absent where folding leaves no such node. */
  lower?(to: Lowering<Node>, node: Op, inputs: readonly number[]): number;
}

/** Ring words of one linear node; `bias` has one element an output channel, at the node's fractionBits. */
export interface LinearWeights {
  readonly weights: Uint32Array;
  readonly bias: Uint32Array;
}

export interface Arithmetic {
  readonly bits: RingBits;
  readonly kernels: Kernels;
  /** Whether public constants are added here: on values, and on one share of them. */
  readonly constants: boolean;
}

/** What the plain evaluator works with. */
export interface Evaluation extends Arithmetic {
  /** Of a linear node. */
  weightsOf(id: number): LinearWeights;
  /** Told of elements that left their width. */
  wrapped(id: number, count: number): void;
  /** Told of elements at an end of what a step lets through. */
  clipped(id: number, count: number): void;
}

export interface FixedOperator<Node extends FixedNodeBase> {
  /** On [batch, ...shape] of each input in the ring, wrapped and rounded as the protocols do. */
  words(
    evaluation: Evaluation,
    node: Node,
    batch: number,
    shapes: readonly Shape[],
    inputs: readonly Uint32Array[],
  ): Uint32Array;
}

/** A public linear map: each party computes `words` on its own share. */
export interface LocalOperator<Node extends FixedNodeBase> extends FixedOperator<Node> {
  words(
    arithmetic: Arithmetic,
    node: Node,
    batch: number,
    shapes: readonly Shape[],
    inputs: readonly Uint32Array[],
  ): Uint32Array;
}
