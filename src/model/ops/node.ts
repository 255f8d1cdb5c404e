/** What all nodes have in common: those of a float graph as an importer gives it, and those of a fixed-point graph. @module */

export type Floats = Float32Array | Float64Array;
/** Without the batch dimension; what computes on images wants [height, width, channels]. */
export type Shape = readonly number[];

/** Elements of the last axis; 1 of a single number. */
export function channelsOf(shape: Shape): number {
  return shape.at(-1) ?? 1;
}

/** A function that ends a network: see ending.ts. */
export type Ending = 'sigmoid' | 'tanh' | 'softmax' | 'logSoftmax' | 'argMax' | 'topK';

/** What a network takes or gives, by its name in the file. */
export interface Port {
  readonly name: string;
  readonly shape: Shape;
  /** Of an output: the function of it alone that ends the network. */
  readonly ending?: Ending;
}

export interface RealNode {
  /** The layer's name in the file, for reports and errors. */
  readonly name: string;
  readonly inputs: readonly number[];
  readonly shape: Shape;
}

export interface FixedNodeBase extends RealNode {
  readonly id: number;
  readonly fractionBits: number;
}

/** A node before its shape is known. */
export type Unshaped<T> = T extends RealNode ? Omit<T, 'shape'> : never;

/** Integer weights of a linear node; one bias an output channel. */
export interface IntegerWeights {
  readonly weights: Float64Array;
  readonly bias: Float64Array | undefined;
}
