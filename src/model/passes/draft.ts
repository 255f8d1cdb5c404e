/** A graph that is being rewritten: nodes come and go, ids stay until `finish` numbers what the output needs anew. @module */
import { TacitError } from '../../core/errors.js';
import { type Graph, shaped } from '../graph.js';
import type { GraphOp, NewOp } from '../ops/operators.js';

export class Draft {
  readonly #graph: Graph;
  readonly #nodes: GraphOp[];
  #output: number;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#nodes = [...graph.nodes];
    this.#output = graph.output;
  }

  get output(): number {
    return this.#output;
  }

  node(id: number): GraphOp {
    return this.#nodes[id]!;
  }

  /** Ids of the nodes that the output needs, in topological order, the input first. */
  order(): number[] {
    const done = new Set<number>([0]);
    const stack = [this.#output];
    while (stack.length > 0) {
      const id = stack.at(-1)!;
      const waiting = done.has(id) ? [] : this.node(id).inputs.filter((input) => !done.has(input));
      if (waiting.length > 0) {
        stack.push(...waiting);
      } else {
        done.add(id);
        stack.pop();
      }
    }
    return [...done];
  }

  /** Ids of the live nodes that read tensor `id`, once for each reading. */
  consumers(id: number): number[] {
    return this.order().flatMap((reader) =>
      this.node(reader)
        .inputs.filter((input) => input === id)
        .map(() => reader),
    );
  }

  /** The only reader of tensor `id`, or undefined where there are several, or where it is the output. */
  onlyConsumer(id: number): number | undefined {
    const readers = this.consumers(id);
    return readers.length === 1 && id !== this.#output ? readers[0] : undefined;
  }

  /** Adds a node; its shape follows from its inputs. */
  add(node: NewOp): number {
    this.#nodes.push(this.#shaped(node));
    return this.#nodes.length - 1;
  }

  /** Puts another node in the place of `id`; its shape must be the same. */
  replace(id: number, node: NewOp): void {
    const placed = this.#shaped(node);
    const { shape } = this.node(id);
    if (placed.shape.join() !== shape.join()) {
      throw new TacitError('INTERNAL', `layer ${node.name}: expected the shape [${shape}], got [${placed.shape}]`);
    }
    this.#nodes[id] = placed;
  }

  /** Lets every reader of `from` read `to`. */
  redirect(from: number, to: number): void {
    for (const [id, node] of this.#nodes.entries()) {
      if (id !== to && node.inputs.includes(from)) {
        this.#nodes[id] = { ...node, inputs: node.inputs.map((input) => (input === from ? to : input)) };
      }
    }
    if (this.#output === from) this.#output = to;
  }

  finish(): Graph {
    const order = this.order();
    const renumbered = new Map(order.map((id, index) => [id, index]));
    const nodes = order.map((id) => {
      const node = this.node(id);
      return { ...node, inputs: node.inputs.map((input) => renumbered.get(input)!) };
    });
    return { ...this.#graph, nodes, output: renumbered.get(this.#output)! };
  }

  #shaped(node: NewOp): GraphOp {
    return shaped(
      node,
      node.inputs.map((input) => this.node(input).shape),
    );
  }
}
