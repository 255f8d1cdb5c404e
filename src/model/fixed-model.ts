/**
 * A network in exact fixed point: what the plain evaluator evaluates and every protocol computes, bit for bit.
 *
 * Nodes are in topological order and node i produces tensor i, without the batch dimension in its shape, NHWC. A tensor
 * holds integers x * 2^fractionBits in Z_2^ringBits. Only weights and biases are secret; nodes are public.
 * @module
 */
import type { Conv2d, Pool2d } from '../core/linear-map.js';
import type { RingBits } from '../core/ring.js';

interface NodeBase {
  readonly id: number;
  /** The name of the layer it came from, for reports and errors. */
  readonly name: string;
  readonly inputs: readonly number[];
  readonly shape: readonly number[];
  readonly fractionBits: number;
}

/** The client's input: reals in [low, high], encoded at fractionBits. Exactly one, node 0. */
export interface InputNode extends NodeBase {
  readonly op: 'input';
  readonly low: number;
  readonly high: number;
}

/** x o W + b, secret weights; fractionBits = that of x + weightFractionBits. */
export interface LinearNode extends NodeBase {
  readonly op: 'linear';
  readonly map: Conv2d;
  readonly weightFractionBits: number;
  readonly hasBias: boolean;
}

/** The sum over each window (an average pool without its divisor). */
export interface SumPoolNode extends NodeBase {
  readonly op: 'sumPool';
  readonly pool: Pool2d;
}

/** x * 2^bits: brings branches to one scale. */
export interface ShiftLeftNode extends NodeBase {
  readonly op: 'shiftLeft';
  readonly bits: number;
}

/** x * factors: public integers, one for all elements or one for each position of [height, width] (an odd pool divisor). */
export interface ScaleNode extends NodeBase {
  readonly op: 'scale';
  readonly factors: readonly number[];
}

/** The sum of two or more tensors of one shape and scale. */
export interface AddNode extends NodeBase {
  readonly op: 'add';
}

/**
 * x * y, element by element, both secret: of two tensors of one shape, or of one with itself, a square. fractionBits = the sum
 * of theirs.
 */
export interface ProductNode extends NodeBase {
  readonly op: 'product';
}

/** Along the last axis (channels). */
export interface ConcatNode extends NodeBase {
  readonly op: 'concat';
}

/** The same elements in the same order. */
export interface ReshapeNode extends NodeBase {
  readonly op: 'reshape';
}

/** Zeros around [height, width]. */
export interface PadNode extends NodeBase {
  readonly op: 'pad';
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * activation(max over the window of ((x + c) wrapped to `width` signed bits) >> shift), c = 2^(shift-1), or 0 where shift = 0.
 * Without a pool the window is the element itself. Padding of a pool never wins: it counts as -2^(width-1).
 */
export interface NonlinearNode extends NodeBase {
  readonly op: 'nonlinear';
  readonly pool?: Pool2d;
  readonly activation: 'none' | 'relu' | 'clip';
  /** At the output's scale, for `clip`. */
  readonly clipMax?: number;
  readonly width: number;
  readonly shift: number;
}

export type FixedNode =
  | InputNode
  | LinearNode
  | SumPoolNode
  | ShiftLeftNode
  | ScaleNode
  | AddNode
  | ProductNode
  | ConcatNode
  | ReshapeNode
  | PadNode
  | NonlinearNode;

/** The public part: the architecture, its scales and its widths. */
export interface FixedGraph {
  readonly name: string;
  readonly ringBits: RingBits;
  readonly nodes: readonly FixedNode[];
  /** The node whose value is the output (logits), unshifted. */
  readonly output: number;
  /** Proven (or observed) width of the output in bits: what an argmax compares. */
  readonly outputWidth: number;
  /** True where every width follows from interval arithmetic, false where calibration inputs decided one. */
  readonly guaranteed: boolean;
}

/** Ring words of one linear node; `bias` has one element an output channel, at the node's fractionBits. */
export interface LinearWeights {
  readonly weights: Uint32Array;
  readonly bias: Uint32Array;
}

/** The whole model as its owner holds it. */
export interface FixedModel {
  readonly graph: FixedGraph;
  /** By id of the linear node. */
  readonly parameters: ReadonlyMap<number, LinearWeights>;
}
