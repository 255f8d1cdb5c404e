/** How much one Delta may serve where the parties prepare by oblivious transfer, and what memory they need for it. @module */
import { TacitError } from '../core/errors.js';
import { LABEL_BYTES } from '../gc/schedule.js';
import type { FixedGraph } from '../model/fixed-model.js';
import { extensionBytes } from '../ot/extension.js';
import { garbledOtCost, garbledOtHashes, garbledTransfers } from '../protocols/garbled-ot.js';
import { crossTermHashes, crossTermTransfers } from '../protocols/products.js';
import type { Step } from '../protocols/step.js';

/** Hashes that may be taken under one Delta (the multi-instance bound of Guo et al., CRYPTO 2020). */
export const SESSION_HASHES: number = 2 ** 36;

/** Hashes of one bundle under party 0's Delta; party 1's serves fewer. */
export function transferHashes(
  steps: readonly Step[],
  { graph, batch }: { readonly graph: FixedGraph; readonly batch: number },
): number {
  let hashes = 0;
  for (const step of steps) {
    if (step.kind === 'linear' || step.kind === 'product') hashes += crossTermHashes(graph.ringBits, batch, step);
    else if (step.kind === 'garbled') hashes += garbledOtHashes(step);
  }
  return hashes;
}

/**
 * Bytes that party 0 and party 1 hold while a bundle is made: what goes into it, labels of the step that is served and of the one that is
 * taken, and corrections of all steps, which come at once and wait. Not counted: what a process takes besides (code, model, kernel memory), and
 * segments that come before they are wanted, where the other party is the faster one.
 */
export function transferMemory(
  steps: readonly Step[],
  {
    graph,
    batch,
    softSpokenK: k,
  }: { readonly graph: FixedGraph; readonly batch: number; readonly softSpokenK: number },
): readonly [number, number] {
  let shares = 0;
  let labels = 0;
  let corrections = 0;
  let maskCorrections = 0;
  let garbled = 0;
  for (const step of steps) {
    if (step.kind === 'linear' || step.kind === 'product') {
      const transfers = crossTermTransfers(graph.ringBits, batch, step);
      labels = Math.max(labels, 2 * transfers * LABEL_BYTES);
      corrections += extensionBytes(k, transfers, true);
    } else if (step.kind === 'garbled') {
      const cost = garbledOtCost(graph.ringBits, k, step);
      maskCorrections += cost['1->0'];
      garbled += cost['0->1'] + garbledTransfers(step, step.instances) * LABEL_BYTES;
    }
    if (step.kind !== 'input') shares += (step.elements * graph.ringBits) / 8;
  }
  const both = shares + labels + corrections;
  return [both + maskCorrections, both + garbled];
}

/** @throws TacitError SESSION_EXHAUSTED where not even one bundle can be made */
export function checkTransfers(steps: readonly Step[], plan: Parameters<typeof transferHashes>[1]): void {
  const hashes = transferHashes(steps, plan);
  if (hashes <= SESSION_HASHES) return;
  throw new TacitError(
    'SESSION_EXHAUSTED',
    `expected at most 2^36 hashes a bundle by oblivious transfer, got 2^${Math.log2(hashes).toFixed(1)}. Use a smaller --batch, or --preprocessing dealer`,
  );
}
