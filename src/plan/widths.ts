/**
 * How many low bits of each tensor matter: what feeds a circuit of width m alone may be taken mod 2^m, and so may all that it comes from by
 * linear steps. The output that a client learns matters whole.
 * @module
 */
import { revealedIndices, type TrustModel } from '../core/trust.js';
import type { FixedGraph } from '../model/fixed-model.js';

/** Bits of each node, by id. */
export function neededWidths(graph: FixedGraph, trust: TrustModel): readonly number[] {
  const needed = new Array<number>(graph.nodes.length).fill(0);
  needed[graph.output] = revealedIndices(trust.reveal) > 0 ? graph.outputWidth : graph.ringBits;
  for (const node of [...graph.nodes].reverse()) {
    if (needed[node.id] === 0) needed[node.id] = graph.ringBits;
    const width = node.op === 'nonlinear' ? node.width : needed[node.id]!;
    for (const source of node.inputs) needed[source] = Math.max(needed[source]!, width);
  }
  return needed;
}
