/** The dealer: makes one bundle for both parties. Seeds to both, corrections and tables to party 1 only. @module */
import { turn } from '#platform';
import type { Arithmetic, DealContext, KnownShares, Sender } from '../correlations/context.js';
import { type ConsumingStep, consumes, type Dealt } from '../correlations/source.js';
import { DEALT } from '../correlations/sources.js';
import { lastUses, openedTensor, ringOf } from '../plan/compile.js';
import type { Plan } from '../plan/two.js';
import { randomSeed } from '../platform/random.js';
import { EVALUATOR, GARBLER } from '../steps/two.js';
import { forgetKnown, knownLocal } from './known.js';

/** Deals a bundle of `plan`; `factors` is B of each linear step, from dealFactors. */
export async function dealBundle(
  plan: Plan,
  arithmetic: Arithmetic,
  factors: ReadonlyMap<number, Uint32Array>,
  toParty: readonly [Sender, Sender],
): Promise<void> {
  const seeds = [randomSeed('dealer/bundle'), randomSeed('dealer/bundle')] as const;
  for (const party of [GARBLER, EVALUATOR]) await toParty[party]!.send(0, seeds[party]!);
  const known: KnownShares = new Map();
  const context: DealContext = {
    ...arithmetic,
    bits: ringOf(plan),
    batch: plan.batch,
    seeds,
    factors,
    known,
    toEvaluator: toParty[EVALUATOR],
  };
  const lastUse = lastUses(plan.steps, openedTensor(plan));
  for (const step of plan.steps) {
    if (consumes(step)) {
      const source: Dealt<ConsumingStep> = await DEALT[step.kind].load();
      await source.deal(context, step);
    } else if (step.kind === 'local') knownLocal(context, step);
    forgetKnown(known, lastUse, step.index);
    await turn();
  }
}
