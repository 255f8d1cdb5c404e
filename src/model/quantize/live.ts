/** Drops what the output of a fixed-point network does not need, such as a tensor that was read only until it was rescaled. @module */
import type { FixedModel } from '../fixed-model.js';
import type { RealNode } from '../ops/node.js';
import type { LinearWeights } from '../ops/operator.js';
import type { RangeStep } from './range.js';

/** A fixed-point network with what is known of it. */
export interface Lowered {
  readonly model: FixedModel;
  readonly steps: readonly RangeStep[];
  /** By fixed-point node: the node of the float graph whose value it has. */
  readonly origins: ReadonlyMap<number, RealNode>;
}

/** The same with the nodes that are needed alone, numbered anew; the input always is. */
export function live({ model, steps, origins }: Lowered): Lowered {
  const { graph, parameters } = model;
  const needed = new Set([0, graph.output]);
  for (const { id, inputs } of graph.nodes.toReversed()) {
    if (needed.has(id)) for (const input of inputs) needed.add(input);
  }
  const kept = graph.nodes.filter(({ id }) => needed.has(id));
  const numbers = new Map(kept.map(({ id }, number) => [id, number]));
  const numberOf = (id: number): number => numbers.get(id)!;
  const nodes = kept.map((node) => ({ ...node, id: numberOf(node.id), inputs: node.inputs.map(numberOf) }));
  const entries = <T>(of: ReadonlyMap<number, T>): Map<number, T> =>
    new Map([...of].filter(([id]) => needed.has(id)).map(([id, value]) => [numberOf(id), value]));
  return {
    model: {
      graph: { ...graph, nodes, output: numberOf(graph.output) },
      parameters: entries<LinearWeights>(parameters),
    },
    steps: steps.filter(({ id }) => needed.has(id)).map((step) => ({ ...step, id: numberOf(step.id) })),
    origins: entries(origins),
  };
}
