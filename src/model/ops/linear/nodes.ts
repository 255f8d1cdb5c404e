/** The nodes of a linear layer. @module */
import type { Conv2d } from '../../../core/linear-map.js';
import type { FixedNodeBase, Floats, RealNode } from '../node.js';

/** `bias` has one element an output channel; weights are HWIO as in core/linear-map.ts. */
export interface LinearOp extends RealNode {
  readonly op: 'linear';
  readonly map: Conv2d;
  readonly weights: Floats;
  readonly bias?: Floats;
}

/** fractionBits = that of x + weightFractionBits. */
export interface LinearNode extends FixedNodeBase {
  readonly op: 'linear';
  readonly map: Conv2d;
  readonly weightFractionBits: number;
  readonly hasBias: boolean;
}
