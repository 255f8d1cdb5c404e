/** Reals as the parties take them, and what they opened as reals: by batches of a plan, the last one filled up with zeros. @module */
import { decode, encode } from '../core/fixed.js';
import { sizeOf, wordsPerElement } from '../core/ring.js';
import { revealedIndices } from '../core/trust.js';
import { ended } from '../model/ops/ending.js';
import type { InputNode } from '../model/ops/input.js';
import { ringOf } from '../plan/compile.js';
import { type AnyPlan, inputWords } from '../plan/plan.js';

/** Encoded inputs, a batch for each bundle. @throws BAD_VALUE where a value is not finite or lies outside the declared range */
export function batchesOf(plan: AnyPlan, reals: ArrayLike<number>, count: number): Uint32Array[] {
  const node = plan.graph.nodes[0] as InputNode;
  const size = sizeOf(node.shape);
  if (reals.length !== count * size)
    throw new RangeError(`inputs: expected ${count * size} values, got ${reals.length}`);
  const words = encode(ringOf(plan), node.fractionBits, reals, node);
  const perBatch = inputWords(plan);
  return Array.from({ length: Math.ceil(count / plan.batch) }, (_, i) => {
    const batch = new Uint32Array(perBatch);
    batch.set(words.subarray(i * perBatch, (i + 1) * perBatch));
    return batch;
  });
}

/** Of the first `count` inputs: the network's outputs, of a softmax its logits, or the indices that the policy reveals. */
export function realsOf(plan: AnyPlan, words: Uint32Array, count: number): Float64Array {
  const { nodes, output, outputs } = plan.graph;
  const isLogits = revealedIndices(plan.trust.reveal) === 0;
  const fractionBits = isLogits ? nodes[output]!.fractionBits : 0;
  const used = count * sizeOf(plan.outputShape.slice(1)) * wordsPerElement(ringOf(plan));
  const reals = decode(ringOf(plan), fractionBits, words.subarray(0, used));
  return isLogits ? ended(outputs, reals) : reals;
}
