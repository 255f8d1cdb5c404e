/**
 * A network as the importers hand it on: float weights, public architecture, one input, one output.
 *
 * Nodes are in topological order, node i produces tensor i, node 0 is the input. Shapes leave out the batch dimension;
 * images are NHWC. Weights are HWIO as in core/linear-map.ts.
 * @module
 */
import { TacitError } from '../core/errors.js';
import {
  type Conv2d,
  convOutput,
  inputSize,
  MOST_CIRCUIT_VALUES,
  type Pool2d,
  poolOutput,
  weightSize,
} from '../core/linear-map.js';
import { sizeOf } from '../core/ring.js';

export type Floats = Float32Array | Float64Array;
export type Activation = 'none' | 'relu' | 'clip';

interface NodeBase {
  /** The layer's name in the file, for reports and errors. */
  readonly name: string;
  readonly inputs: readonly number[];
  readonly shape: readonly number[];
}

export interface InputOp extends NodeBase {
  readonly op: 'input';
}

/** x o W + b; `bias` has one element an output channel. */
export interface LinearOp extends NodeBase {
  readonly op: 'linear';
  readonly map: Conv2d;
  readonly weights: Floats;
  readonly bias?: Floats;
}

/** x * factor + offset, both one for each channel (a batch normalisation in inference). */
export interface AffineOp extends NodeBase {
  readonly op: 'affine';
  readonly factor: Floats;
  readonly offset: Floats;
}

/** activation(max over the window of x); without a pool the window is the element. `clip` is min(max(x, 0), clipMax). */
export interface NonlinearOp extends NodeBase {
  readonly op: 'nonlinear';
  readonly pool?: Pool2d;
  readonly activation: Activation;
  readonly clipMax?: number;
}

/** The mean over each window: divided by the window's size, or by the number of its elements inside the image. */
export interface AveragePoolOp extends NodeBase {
  readonly op: 'averagePool';
  readonly pool: Pool2d;
  readonly divisor: 'window' | 'inside';
}

/** The sum over each window times 2^-divisorBits. */
export interface SumPoolOp extends NodeBase {
  readonly op: 'sumPool';
  readonly pool: Pool2d;
  readonly divisorBits: number;
}

/** x * factors, public: one for all elements or one for each position of [height, width]. */
export interface ScaleOp extends NodeBase {
  readonly op: 'scale';
  readonly factors: readonly number[];
}

export interface AddOp extends NodeBase {
  readonly op: 'add';
}

/** x * y, element by element: of two tensors of one shape, or of one with itself. */
export interface ProductOp extends NodeBase {
  readonly op: 'product';
}

/** Along the last axis. */
export interface ConcatOp extends NodeBase {
  readonly op: 'concat';
}

export interface ReshapeOp extends NodeBase {
  readonly op: 'reshape';
}

/** Zeros around [height, width]. */
export interface PadOp extends NodeBase {
  readonly op: 'pad';
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Over the last axis. Allowed at the end alone, where it is left to the client. */
export interface SoftmaxOp extends NodeBase {
  readonly op: 'softmax';
}

export type GraphOp =
  | InputOp
  | LinearOp
  | AffineOp
  | NonlinearOp
  | AveragePoolOp
  | SumPoolOp
  | ScaleOp
  | AddOp
  | ProductOp
  | ConcatOp
  | ReshapeOp
  | PadOp
  | SoftmaxOp;

export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphOp[];
  readonly output: number;
}

/** A node before its shape is known. */
type Unshaped<T> = T extends GraphOp ? Omit<T, 'shape'> : never;
export type NewOp = Unshaped<Exclude<GraphOp, InputOp | ReshapeOp>>;

/** Elements that a tensor may have: below it, indices and byte counts stay exact and allocatable. */
const MAX_ELEMENTS = 2 ** 28;

/** Builds a graph node by node; checks shapes and weights as they come. Every error names the layer. */
export class GraphBuilder {
  readonly nodes: GraphOp[] = [];

  /** Adds the input; shape without the batch dimension. */
  input(name: string, shape: readonly number[]): number {
    if (shape.length !== 1 && shape.length !== 3) {
      throw bad(name, 'an input of shape [n] or [height, width, channels]', show(shape));
    }
    return this.#push({ op: 'input', name, inputs: [], shape });
  }

  /** Adds a node and gives its id; throws BAD_MODEL where shapes or weights do not fit. */
  add(node: NewOp): number {
    const shape = shapeOf(
      node,
      node.inputs.map((id) => this.shape(id)),
    );
    return this.#push({ ...node, shape });
  }

  /** Adds a reshape to `shape`, or gives `input` itself where that is its shape already. */
  reshape(name: string, input: number, shape: readonly number[]): number {
    const from = this.shape(input);
    if (sizeOf(from) !== sizeOf(shape)) throw bad(name, `a shape of ${sizeOf(from)} elements`, show(shape));
    if (from.length === shape.length && from.every((extent, i) => extent === shape[i])) return input;
    return this.#push({ op: 'reshape', name, inputs: [input], shape });
  }

  shape(id: number): readonly number[] {
    return this.nodes[id]!.shape;
  }

  /** @throws BAD_MODEL where the output has no elements to classify, such as a bare input. */
  finish(name: string, output: number): Graph {
    if (this.nodes[output]!.op === 'input') throw bad(name, 'a network of at least one layer', 'none');
    return { name, nodes: this.nodes, output };
  }

  #push(node: GraphOp): number {
    const { shape } = node;
    if (shape.some((extent) => !Number.isSafeInteger(extent) || extent < 1) || sizeOf(shape) > MAX_ELEMENTS) {
      throw bad(node.name, `a shape of 1 to ${MAX_ELEMENTS} elements`, show(shape));
    }
    this.nodes.push(node);
    return this.nodes.length - 1;
  }
}

/** The shape that `node` gives; throws BAD_MODEL where its inputs or weights do not fit. */
export function shapeOf(node: NewOp, inputs: readonly (readonly number[])[]): readonly number[] {
  const x = inputs[0]!;
  switch (node.op) {
    case 'linear':
      return linearShape(node, x);
    case 'affine': {
      const channels = x.at(-1)!;
      checkValues(node.name, 'factors', node.factor, channels);
      checkValues(node.name, 'offsets', node.offset, channels);
      return x;
    }
    case 'nonlinear':
      if (node.pool === undefined) return x;
      if (node.pool.windowHeight * node.pool.windowWidth > MOST_CIRCUIT_VALUES) {
        const size = `${node.pool.windowHeight}x${node.pool.windowWidth}`;
        throw bad(node.name, `a window of at most ${MOST_CIRCUIT_VALUES} elements`, size);
      }
      return poolShape(node.name, node.pool, x);
    case 'averagePool':
    case 'sumPool':
      return poolShape(node.name, node.pool, x);
    case 'scale':
      if (node.factors.length !== 1 && (x.length !== 3 || node.factors.length !== x[0]! * x[1]!)) {
        throw bad(node.name, 'one factor, or one a position', String(node.factors.length));
      }
      return x;
    case 'add':
    case 'product':
      for (const other of inputs)
        if (show(other) !== show(x)) throw bad(node.name, `inputs of ${show(x)}`, show(other));
      return x;
    case 'concat':
      for (const other of inputs) {
        if (show(other.slice(0, -1)) !== show(x.slice(0, -1))) {
          throw bad(node.name, `inputs that agree with ${show(x)} but for the last axis`, show(other));
        }
      }
      return [...x.slice(0, -1), inputs.reduce((sum, shape) => sum + shape.at(-1)!, 0)];
    case 'pad': {
      const [height, width, channels] = image(node.name, x);
      return [height + node.top + node.bottom, width + node.left + node.right, channels];
    }
    case 'softmax':
      return x;
  }
}

function linearShape(node: Omit<LinearOp, 'shape'>, x: readonly number[]): readonly number[] {
  const { map, name } = node;
  if (map.groups < 1 || map.inChannels % map.groups !== 0 || map.outChannels % map.groups !== 0) {
    throw bad(name, `groups that divide ${map.inChannels} and ${map.outChannels} channels`, String(map.groups));
  }
  if (sizeOf(x) !== inputSize(map) || x.at(-1) !== map.inChannels) {
    const expected = x.length === 1 ? [inputSize(map)] : [map.inHeight, map.inWidth, map.inChannels];
    throw bad(name, `an input of ${show(expected)}`, show(x));
  }
  checkValues(name, 'weights', node.weights, weightSize(map));
  if (node.bias !== undefined) checkValues(name, 'biases', node.bias, map.outChannels);
  const shape = convOutput(map);
  if (x.length === 3) return shape;
  return [shape[2]];
}

function poolShape(name: string, pool: Pool2d, x: readonly number[]): readonly number[] {
  image(name, x);
  if (x[0] !== pool.inHeight || x[1] !== pool.inWidth || x[2] !== pool.channels) {
    throw bad(name, `an input of ${show([pool.inHeight, pool.inWidth, pool.channels])}`, show(x));
  }
  return poolOutput(pool);
}

function image(name: string, shape: readonly number[]): readonly [number, number, number] {
  if (shape.length !== 3) throw bad(name, 'an input of shape [height, width, channels]', show(shape));
  return [shape[0]!, shape[1]!, shape[2]!];
}

function checkValues(name: string, what: string, values: Floats, count: number): void {
  if (values.length !== count) throw bad(name, `${count} ${what}`, String(values.length));
  for (let i = 0; i < count; i++) {
    if (!Number.isFinite(values[i]!)) throw bad(name, `finite ${what}`, `${values[i]} at index ${i}`);
  }
}

function show(shape: readonly number[]): string {
  return `[${shape.join(',')}]`;
}

function bad(layer: string, expected: string, came: string): TacitError {
  return new TacitError('BAD_MODEL', `layer ${layer}: expected ${expected}, got ${came}. Export the model again`);
}
