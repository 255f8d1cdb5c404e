/**
 * A network as the importers hand it on: float weights, public architecture, one input, one output.
 *
 * Nodes are in topological order, node i produces tensor i, node 0 is the input. Shapes leave out the batch dimension;
 * images are NHWC. What kinds of nodes there are: ops/operators.ts.
 * @module
 */
import { sizeOf } from '../core/ring.js';
import { bad, show } from './ops/checks.js';
import type { Shape } from './ops/node.js';
import { type GraphOp, type NewOp, realOperator } from './ops/operators.js';

export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphOp[];
  readonly output: number;
}

/** Elements that a tensor may have: below it, indices and byte counts stay exact and allocatable. */
const MAX_ELEMENTS = 2 ** 28;

/** Builds a graph node by node; checks shapes and weights as they come. Every error names the layer. */
export class GraphBuilder {
  readonly nodes: GraphOp[] = [];

  /** Adds the input; shape without the batch dimension. */
  input(name: string, shape: Shape): number {
    if (shape.length !== 1 && shape.length !== 3) {
      throw bad(name, 'an input of shape [n] or [height, width, channels]', show(shape));
    }
    return this.#push({ op: 'input', name, inputs: [], shape });
  }

  /** Adds a node and gives its id; throws BAD_MODEL where shapes or weights do not fit. */
  add(node: NewOp): number {
    return this.#push(
      shaped(
        node,
        node.inputs.map((id) => this.shape(id)),
      ),
    );
  }

  /** Adds a reshape to `shape`, or gives `input` itself where that is its shape already. */
  reshape(name: string, input: number, shape: Shape): number {
    return show(this.shape(input)) === show(shape) ? input : this.add({ op: 'reshape', name, inputs: [input], shape });
  }

  shape(id: number): Shape {
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

/** The node with the shape that it gives; throws BAD_MODEL where its inputs or weights do not fit. */
export function shaped(node: NewOp, inputs: readonly Shape[]): GraphOp {
  return { ...node, shape: realOperator(node.op).shape(node, inputs) };
}
