/**
 * Softmax inside a network, made of what a graph has:
 *
 *   b = x - max x,  e^b / s  or  b - log s,  s = sum e^b >= 1
 * @module
 */
import { difference, greatestLast, product, sumLast } from '../arithmetic.js';
import { type Graph, GraphBuilder } from '../graph.js';
import type { RealActivation } from '../ops/activations/activations.js';
import type { SoftmaxOp } from '../ops/softmax.js';

/** The same network without softmax. Those that end it the graph's builder has left out (graph.ts). */
export function expandSoftmax(graph: Graph): Graph {
  if (graph.nodes.every(({ op }) => op !== 'softmax')) return graph;
  const builder = new GraphBuilder();
  const ids: number[] = [];
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((id) => ids[id]!);
    if (node.op === 'input') ids.push(builder.input(node.name, node.shape));
    else if (node.op === 'softmax') ids.push(expanded(builder, node, inputs[0]!));
    else ids.push(builder.add({ ...node, inputs }));
  }
  return { ...graph, nodes: builder.nodes, output: ids[graph.output]! };
}

function expanded(builder: GraphBuilder, { name, log }: SoftmaxOp, x: number): number {
  const shape = builder.shape(x);
  const rows = [...shape.slice(0, -1), 1];
  const activated = (id: number, activation: RealActivation): number =>
    builder.add({ op: 'nonlinear', name, inputs: [id], ...activation });
  const below = difference(builder, name, x, builder.reshape(name, greatestLast(builder, name, x), rows));
  const exponents = activated(below, { activation: 'smooth', function: 'expNegative' });
  const sum = builder.reshape(name, sumLast(builder, name, exponents), rows);
  return log
    ? difference(builder, name, below, activated(sum, { activation: 'smooth', function: 'log', least: 1 }))
    : product(builder, name, [exponents, activated(sum, { activation: 'smooth', function: 'reciprocal', least: 1 })]);
}
