/** The values of a graph by their names; those of the graph around a subgraph are seen inside. @module */
import type { GraphProto, NodeProto } from 'onnx-buf';
import type { Value } from './constant.js';

export class Scope {
  readonly #values = new Map<string, () => Value>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  has(name: string): boolean {
    return this.#values.has(name) || (this.#outer?.has(name) ?? false);
  }

  /** A value, or how to make it when it is first read. */
  set(name: string, make: () => Value): void {
    let made: Value | undefined;
    this.#values.set(name, () => {
      made ??= make();
      return made;
    });
  }

  get(name: string): Value | undefined {
    return this.#values.get(name)?.() ?? this.#outer?.get(name);
  }
}

/** The nodes that outputs depend on, in the graph's order, and the names that are read. */
export function neededNodes(
  graph: GraphProto,
  outputs: Iterable<string>,
): { readonly nodes: readonly NodeProto[]; readonly reads: ReadonlyMap<string, number> } {
  const reads = new Map<string, number>();
  const read = (name: string): void => void reads.set(name, (reads.get(name) ?? 0) + 1);
  for (const name of outputs) read(name);
  const nodes: NodeProto[] = [];
  for (const node of graph.node.toReversed()) {
    if (!node.output.some((name) => reads.has(name))) continue;
    nodes.push(node);
    for (const name of readBy(node)) read(name);
  }
  return { nodes: nodes.reverse(), reads };
}

/** The names that a node reads, those in its subgraphs included. */
function* readBy({ input, attribute }: NodeProto): Generator<string> {
  for (const name of input) if (name !== '') yield name;
  for (const { g, graphs } of attribute) {
    for (const graph of g === undefined ? graphs : [g, ...graphs]) {
      for (const node of graph.node) yield* readBy(node);
      for (const { name } of graph.output) yield name;
    }
  }
}
