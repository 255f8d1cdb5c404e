/** A graph that is being rewritten: nodes come and go, ids stay until `finish` numbers what the output needs anew. @module */
import { TacitError } from '../../core/errors.js';
import { type Graph, shaped } from '../graph.js';
import type { GraphOp, NewOp } from '../ops/operators.js';

export class Draft {
  readonly #graph: Graph;
  readonly #nodes: GraphOp[];
  /** Of each tensor the live nodes that read it, once for each reading; kept up to date, so that no rule has to walk the graph. */
  readonly #readers: number[][];
  #output: number;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#nodes = [...graph.nodes];
    this.#output = graph.output;
    this.#readers = graph.nodes.map(() => []);
    for (const id of this.order()) this.#read(id);
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

  /** Whether the output needs the node. */
  isLive(id: number): boolean {
    return id === this.#output || this.#readers[id]!.length > 0;
  }

  /** Ids of the live nodes that read tensor `id`, once for each reading. */
  consumers(id: number): readonly number[] {
    return this.#readers[id]!;
  }

  /** The only reader of tensor `id`, or undefined where there are several, or where it is the output. */
  onlyConsumer(id: number): number | undefined {
    const readers = this.#readers[id]!;
    return readers.length === 1 && id !== this.#output ? readers[0] : undefined;
  }

  /** Adds a node, for one that is placed next; its shape follows from its inputs. */
  add(node: NewOp): number {
    const id = this.#nodes.length;
    this.#nodes.push(this.#shaped(node));
    this.#readers.push([]);
    this.#read(id);
    return id;
  }

  /** Puts another node in the place of `id`; its shape must be the same. */
  replace(id: number, node: NewOp): void {
    const placed = this.#shaped(node);
    const { shape } = this.node(id);
    if (placed.shape.join() !== shape.join()) {
      throw new TacitError('INTERNAL', `layer ${node.name}: expected the shape [${shape}], got [${placed.shape}]`);
    }
    this.#put(id, placed);
  }

  /** Lets every reader of `from` read `to`. */
  redirect(from: number, to: number): void {
    const readers = new Set(this.#readers[from]);
    if (this.#output === from) this.#output = to;
    for (const id of readers) {
      if (id === to) continue;
      const node = this.node(id);
      this.#put(id, { ...node, inputs: node.inputs.map((input) => (input === from ? to : input)) });
    }
    if (!this.isLive(from)) this.#unread(from, this.node(from).inputs);
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

  #put(id: number, node: GraphOp): void {
    const { inputs } = this.node(id);
    this.#nodes[id] = node;
    this.#read(id);
    this.#unread(id, inputs);
  }

  #read(id: number): void {
    for (const input of this.node(id).inputs) this.#readers[input]!.push(id);
  }

  /** Node `id` reads `inputs` no more; those that nothing reads then read nothing either. */
  #unread(id: number, inputs: readonly number[]): void {
    const dropped: [reader: number, input: number][] = inputs.map((input) => [id, input]);
    for (let next = dropped.pop(); next !== undefined; next = dropped.pop()) {
      const [reader, input] = next;
      const readers = this.#readers[input]!;
      readers.splice(readers.indexOf(reader), 1);
      if (!this.isLive(input)) for (const before of this.node(input).inputs) dropped.push([input, before]);
    }
  }

  #shaped(node: NewOp): GraphOp {
    return shaped(
      node,
      node.inputs.map((input) => this.node(input).shape),
    );
  }
}
