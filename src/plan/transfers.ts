/** How much one Delta may serve where the parties prepare by oblivious transfer, and what memory they need for it. @module */
import { TacitError } from '../core/errors.js';
import { crossTermHashes, crossTermTransfers } from '../correlations/cross-term-sizes.js';
import { exchangedTablesCost } from '../correlations/tables/costs.js';
import { garbledOtHashes, garbledTransfers } from '../correlations/tables/sizes.js';
import { LABEL_BYTES } from '../gc/schedule.js';
import type { FixedGraph } from '../model/fixed-model.js';
import { extensionBytes } from '../ot/sizes.js';
import type { Step } from '../steps/two.js';

/** Hashes that may be taken under one Delta (the multi-instance bound of Guo et al., CRYPTO 2020). */
export const SESSION_HASHES: number = 2 ** 36;

/** What of a plan counts here. */
interface Transferred {
  readonly steps: readonly Step[];
  readonly graph: FixedGraph;
  readonly batch: number;
}

/** Hashes of one bundle under party 0's Delta; party 1's serves fewer. */
export function transferHashes({ steps, graph, batch }: Transferred): number {
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
export function transferMemory({
  steps,
  graph,
  batch,
  softSpokenK: k,
}: Transferred & { readonly softSpokenK: number }): readonly [number, number] {
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
      const cost = exchangedTablesCost({ bits: graph.ringBits, batch, k }, step);
      maskCorrections += cost['1->0'];
      garbled += cost['0->1'] + garbledTransfers(step, step.instances) * LABEL_BYTES;
    }
    if (step.kind !== 'input') shares += (step.elements * graph.ringBits) / 8;
  }
  const both = shares + labels + corrections;
  return [both + maskCorrections, both + garbled];
}

/** @throws TacitError SESSION_EXHAUSTED where not even one bundle can be made */
export function checkTransfers(plan: Transferred): void {
  const hashes = transferHashes(plan);
  if (hashes <= SESSION_HASHES) return;
  throw new TacitError(
    'SESSION_EXHAUSTED',
    `expected at most 2^36 hashes a bundle by oblivious transfer, got 2^${Math.log2(hashes).toFixed(1)}`,
    { facts: { bundles: 0 } },
  );
}
