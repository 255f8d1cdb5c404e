/**
 * A network as the importers hand it on: float weights, public architecture.
 *
 * Nodes are in topological order, node i produces tensor i, node 0 is the input. Shapes leave out the batch; what computes
 * wants channels last. Several inputs are one node, their elements one after the other; so are several outputs. What kinds of nodes there
 * are: ops/operators.ts.
 * @module
 */
import { concat, expand, FILL, gather, indicesOf, type Nd, padded, range, transpose } from '../core/nd.js';
import { sizeOf } from '../core/ring.js';
import type { ModelCard } from './card.js';
import { bad, show } from './ops/checks.js';
import { isEnding } from './ops/ending.js';
import { isCovered, isReshape } from './ops/move/move.js';
import { piecesOf, rowOf } from './ops/move/pieces.js';
import type { Ending, Port, Shape } from './ops/node.js';
import { type GraphOp, type NewOp, realOperator } from './ops/operators.js';

export interface Graph {
  readonly name: string;
  readonly nodes: readonly GraphOp[];
  readonly output: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Where the file says it. */
  readonly card?: ModelCard;
}

/** Elements that a tensor may have: below it, indices and byte counts stay exact, and movements are computed in a few seconds and a gigabyte. */
const MAX_ELEMENTS = 2 ** 26;

type Indices = Nd<Int32Array>;

/** An output as an importer gives it. */
export interface Finished {
  readonly name: string;
  readonly id: number;
  /** Of what is no node. */
  readonly ending?: Ending;
}

/** Builds a graph node by node; checks shapes and weights as they come. Every error names the layer. */
export class GraphBuilder {
  readonly nodes: GraphOp[] = [];
  #inputs: readonly Port[] = [];

  /** Adds the only input; its shape is without the batch. */
  input(name: string, shape: Shape): number {
    return this.inputs([{ name, shape }])[0]!;
  }

  /** Adds the inputs, and gives the id of each. */
  inputs(ports: readonly Port[]): readonly number[] {
    this.#inputs = ports.map(({ name, shape }) => ({ name, shape }));
    const [first] = ports as [Port];
    for (const { name, shape } of ports) checkShape(name, shape);
    if (ports.length === 1) return [this.#push({ op: 'input', name: first.name, inputs: [], shape: first.shape })];
    const size = ports.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const all = this.#push({ op: 'input', name: 'inputs', inputs: [], shape: [size] });
    let start = 0;
    return ports.map(({ name, shape }) => {
      const from = start;
      start += sizeOf(shape);
      const part = this.move(name, [all], ([x]) => gather(x!, 0, range(from, start)));
      return this.reshape(name, part, shape);
    });
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

  /**
   * Adds a movement: what `change` makes of the indices of the inputs' elements, FILL (core/nd.ts) where `fill` stands.
   * Gives the input itself where nothing moves.
   */
  move(name: string, inputs: readonly number[], change: (inputs: readonly Indices[]) => Indices, fill = 0): number {
    const sizes = inputs.map((id) => sizeOf(this.shape(id)));
    let first = 0;
    const indices = inputs.map((id, i) => {
      const x = indicesOf(this.shape(id), first);
      first += sizes[i]!;
      return x;
    });
    const { shape, data } = change(indices);
    const pieces = piecesOf(data, sizes);
    if (isReshape({ shape, pieces }, sizes[0]!) && show(shape) === show(this.shape(inputs[0]!))) return inputs[0]!;
    return this.add({ op: 'move', name, inputs, shape, pieces, fill });
  }

  reshape(name: string, input: number, shape: Shape): number {
    const size = sizeOf(this.shape(input));
    if (sizeOf(shape) !== size) throw bad(name, `a shape of ${size} elements`, show(shape));
    if (show(shape) === show(this.shape(input))) return input;
    return this.add({ op: 'move', name, inputs: [input], shape, pieces: [rowOf(size)], fill: 0 });
  }

  /** Axis i of the result is axis `order[i]` of the input. */
  transpose(name: string, input: number, order: readonly number[]): number {
    return this.move(name, [input], ([x]) => transpose(x!, order));
  }

  /** Of each index along `axis` the slice that it names; FILL gives `fill`. */
  gather(name: string, input: number, axis: number, indices: readonly number[], fill = 0): number {
    checkShape(name, this.shape(input).with(axis, indices.length));
    return this.move(name, [input], ([x]) => gather(x!, axis, indices, FILL), fill);
  }

  /** Adds elements that are `fill` before and after the others along `axis`. */
  pad(name: string, input: number, axis: number, before: number, after: number, fill = 0): number {
    const extent = this.shape(input)[axis]!;
    checkShape(name, this.shape(input).with(axis, before + extent + after));
    return this.gather(name, input, axis, padded(extent, before, after), fill);
  }

  /** Repeats extents of 1, and adds axes in front. */
  expand(name: string, input: number, shape: Shape): number {
    checkShape(name, shape);
    return this.move(name, [input], ([x]) => expand(x!, shape));
  }

  /** Tensors that agree but for `axis`, one after the other along it. */
  concat(name: string, inputs: readonly number[], axis: number): number {
    const [first] = inputs.map((id) => this.shape(id));
    for (const id of inputs) {
      const shape = this.shape(id);
      if (axis >= shape.length || show(shape.with(axis, 0)) !== show(first!.with(axis, 0))) {
        throw bad(name, `inputs that agree with ${show(first!)} but for axis ${axis}`, show(shape));
      }
    }
    return this.move(name, inputs, (parts) => concat(parts as [Indices, ...Indices[]], axis));
  }

  shape(id: number): Shape {
    return this.nodes[id]!.shape;
  }

  /** @throws BAD_MODEL where the output has no elements to classify, such as a bare input. */
  finish(name: string, output: number): Graph {
    const node = this.nodes[output]!;
    return this.finishAll(name, [{ name: node.name, id: output }]);
  }

  /** The same for several outputs, in their order. */
  finishAll(name: string, outputs: readonly Finished[]): Graph {
    if (outputs.every(({ id }) => this.nodes[id]!.op === 'input')) {
      throw bad(name, 'a network of at least one layer', 'none');
    }
    const names = distinct(outputs.map(({ name: port }) => port));
    const computed = outputs.map(({ id, ending }, i) => {
      const { id: inner, ending: own } = this.#withoutEnding(id);
      return { name: names[i]!, id: inner, ending: ending ?? own };
    });
    const ports = computed.map(({ name: port, id, ending }) => ({
      name: port,
      shape: this.shape(id),
      ...(ending === undefined ? {} : { ending }),
    }));
    const output = computed.length === 1 ? computed[0]!.id : this.#joined(computed);
    return { name, nodes: this.nodes, output, inputs: this.#inputs, outputs: ports };
  }

  /** What an output is computed from, without a function of it alone at the end; movements after that come before it. */
  #withoutEnding(id: number): { readonly id: number; readonly ending?: Ending } {
    const node = this.nodes[id]!;
    const [input] = node.inputs as [number];
    if (node.op === 'softmax') return { id: input, ending: node.log ? 'logSoftmax' : 'softmax' };
    if (node.op === 'nonlinear' && node.pool === undefined && node.activation === 'smooth' && isEnding(node.function)) {
      return { id: input, ending: node.function };
    }
    if (node.op !== 'move' || node.inputs.length !== 1 || !isCovered(node)) return { id };
    const isPart = sizeOf(node.shape) < sizeOf(this.shape(input));
    const inner = this.#withoutEnding(input);
    // of a softmax without some of its elements the client could not make what is left
    if (isPart && (inner.ending === 'softmax' || inner.ending === 'logSoftmax')) return { id };
    return inner.id === input ? { id } : { ...inner, id: this.add({ ...node, inputs: [inner.id] }) };
  }

  #joined(outputs: readonly { readonly name: string; readonly id: number }[]): number {
    const flat = outputs.map(({ name, id }) => this.reshape(name, id, [sizeOf(this.shape(id))]));
    return this.concat('outputs', flat, 0);
  }

  #push(node: GraphOp): number {
    checkShape(node.name, node.shape);
    this.nodes.push(node);
    return this.nodes.length - 1;
  }
}

/** The names, where one came before with a number that makes it another: files of several arrays go by names. */
function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set(names);
  const uses = new Map<string, number>();
  return names.map((name) => {
    let use = (uses.get(name) ?? 0) + 1;
    if (use > 1) while (taken.has(`${name}_${use}`)) use++;
    uses.set(name, use);
    return use === 1 ? name : `${name}_${use}`;
  });
}

/** The node with the shape that it gives; throws BAD_MODEL where its inputs or weights do not fit. */
export function shaped(node: NewOp, inputs: readonly Shape[]): GraphOp {
  return { ...node, shape: realOperator(node.op).shape(node, inputs) };
}

function checkShape(name: string, shape: Shape): void {
  if (shape.some((extent) => !Number.isSafeInteger(extent) || extent < 1) || sizeOf(shape) > MAX_ELEMENTS) {
    throw bad(name, `a shape of 1 to ${MAX_ELEMENTS} elements`, show(shape));
  }
}
