/**
 * A network in exact fixed point: what the plain evaluator evaluates and every protocol computes, bit for bit.
 *
 * Nodes are in topological order and node i produces tensor i, without the batch dimension in its shape, NHWC. A tensor
 * holds integers x * 2^fractionBits in Z_2^ringBits. Only weights and biases are secret; nodes are public. Their kinds: ops/operators.ts.
 * @module
 */
import type { RingBits } from '../core/ring.js';
import type { Port } from './ops/node.js';
import type { LinearWeights } from './ops/operator.js';
import type { FixedNode } from './ops/operators.js';

export type { InputNode } from './ops/input.js';
export type { LinearNode } from './ops/linear/nodes.js';
export type { NonlinearNode } from './ops/nonlinear.js';
export type { LinearWeights } from './ops/operator.js';
export type { FixedNode, LocalNode } from './ops/operators.js';
export type { ProductNode } from './ops/product.js';

/** How far the outputs are from the float network's, RMS of the error as a part of the RMS of these: what was allowed, and what is known. */
export interface Precision {
  readonly tolerance: number;
  /** By the model of errors. */
  readonly predictedError: number;
  readonly observedError: number;
  /** Of the input of the sample that is furthest off, as a part of its own outputs' RMS (quantize/accuracy.ts); up to twice the tolerance. */
  readonly worstError: number;
  /** The part of the sample whose outputs are greatest where the float network's are. */
  readonly agreement: number;
  /** On what errors were observed: calibration inputs, or inputs that were drawn from the declared range. */
  readonly sample: { readonly source: 'calibration' | 'drawn'; readonly count: number };
}

/** The public part: the architecture, its scales and its widths. */
export interface FixedGraph {
  readonly name: string;
  readonly ringBits: RingBits;
  readonly nodes: readonly FixedNode[];
  /** What node 0 holds, one after the other, and what the output does. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** The node whose value is the output (logits), unshifted. */
  readonly output: number;
  /** Proven (or observed) width of the output in bits: what an argmax compares. */
  readonly outputWidth: number;
  /** True where every width follows from interval arithmetic, false where calibration inputs decided one. */
  readonly guaranteed: boolean;
  /** To two digits; absent from a graph that nobody measured. */
  readonly precision?: Precision;
}

/** The whole model as its owner holds it. */
export interface FixedModel {
  readonly graph: FixedGraph;
  /** By id of the linear node. */
  readonly parameters: ReadonlyMap<number, LinearWeights>;
}
