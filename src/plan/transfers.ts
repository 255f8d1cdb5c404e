/** How much one Delta may serve where the parties prepare by oblivious transfer. @module */
import { TacitError } from '../core/errors.js';
import type { FixedGraph } from '../model/fixed-model.js';
import { garbledOtHashes } from '../protocols/garbled-ot.js';
import { crossTermHashes } from '../protocols/products.js';
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

/** @throws TacitError SESSION_EXHAUSTED where not even one bundle can be made */
export function checkTransfers(steps: readonly Step[], plan: Parameters<typeof transferHashes>[1]): void {
  const hashes = transferHashes(steps, plan);
  if (hashes <= SESSION_HASHES) return;
  throw new TacitError(
    'SESSION_EXHAUSTED',
    `expected at most 2^36 hashes a bundle by oblivious transfer, got 2^${Math.log2(hashes).toFixed(1)}. Use a smaller --batch, or --preprocessing dealer`,
  );
}
