/** Party 0's shares that follow from known ones by local steps. @module */
import type { Arithmetic, KnownShares } from '../protocols/context.js';
import { runLocal } from '../protocols/local.js';
import type { LocalStep } from '../protocols/step.js';

export function knownLocal(context: Arithmetic & { batch: number; known: KnownShares }, step: LocalStep): void {
  if (!step.knownOffline) return;
  const sources = step.sources.map((source) => context.known.get(source)!);
  context.known.set(step.index, runLocal(context, context.batch, step, sources));
}
