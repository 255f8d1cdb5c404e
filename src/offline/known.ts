/** Party 0's shares that follow from known ones by local steps. @module */
import type { Arithmetic, KnownShares } from '../correlations/context.js';
import { localShare } from '../protocols/local.js';
import type { LocalStep } from '../steps/two.js';

/** Forgets those that no later step reads. @param lastUse of each tensor, by lastUses */
export function forgetKnown(known: KnownShares, lastUse: Int32Array, step: number): void {
  for (const tensor of known.keys()) if (lastUse[tensor]! <= step && tensor <= step) known.delete(tensor);
}

export function knownLocal(context: Arithmetic & { batch: number; known: KnownShares }, step: LocalStep): void {
  if (!step.knownOffline) return;
  const sources = step.sources.map((source) => context.known.get(source)!);
  context.known.set(step.index, localShare(context, true, context.batch, step, sources));
}
