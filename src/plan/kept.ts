/** How much the parties keep of a bundle until it is spent. @module */
import { type ConsumingStep, consumes, type DealtSource, type Kept } from '../correlations/source.js';
import { SOURCES } from '../correlations/sources.js';
import { ringOf } from './compile.js';
import type { Plan } from './two.js';

/** Bytes of one bundle that party 0 and party 1 keep. */
export function keptBytes(plan: Pick<Plan, 'graph' | 'batch' | 'softSpokenK' | 'transfers' | 'trust' | 'steps'>): Kept {
  const costing = { bits: ringOf(plan), batch: plan.batch, transfers: plan.transfers, k: plan.softSpokenK };
  const sources: Partial<Record<ConsumingStep['kind'], Pick<DealtSource<ConsumingStep>, 'kept'>>> =
    SOURCES[plan.trust.preprocessing].of;
  let [first, second] = [0, 0];
  for (const step of plan.steps.filter(consumes)) {
    const kept = sources[step.kind]!.kept(costing, step);
    first += kept[0];
    second += kept[1];
  }
  return [first, second];
}
