/** A compute party's side of the offline phase: fills one bundle from what the dealer sends. @module */
import { turn } from '#platform';
import { Bundle } from '../correlations/bundle.js';
import type { Arithmetic, KnownShares, PrepareContext, Receiver, SharedModel } from '../correlations/context.js';
import { type ConsumingStep, consumes, type Dealt } from '../correlations/source.js';
import { DEALT } from '../correlations/sources.js';
import type { Spool } from '../correlations/spool.js';
import { dealtDelta } from '../correlations/tables/table.js';
import { lastUses, openedTensor, ringOf } from '../plan/compile.js';
import type { Plan } from '../plan/two.js';
import { SEED_BYTES } from '../platform/random.js';
import { GARBLER, type Party } from '../steps/two.js';
import { forgetKnown, knownLocal } from './known.js';

/**
 * Fills bundle `number`.
 * @param spool where it waits to be spent
 * @param onStep called after each step, for progress
 * @throws ProtocolError where the dealer's frames are not what the plan says
 */
export async function prepareBundle(
  plan: Plan,
  arithmetic: Arithmetic,
  party: Party,
  number: number,
  model: SharedModel,
  fromDealer: Receiver,
  spool: Spool,
  onStep?: (index: number) => void,
): Promise<Bundle> {
  const seed = (await fromDealer.receive(0, SEED_BYTES)).slice();
  const delta = party === GARBLER ? dealtDelta(seed) : undefined;
  const bundle = new Bundle({ planDigest: plan.digest, party, number }, seed, delta, spool);
  const known: KnownShares = new Map();
  const context: PrepareContext = {
    ...arithmetic,
    bits: ringOf(plan),
    batch: plan.batch,
    party,
    bundle,
    model,
    known,
    fromDealer,
  };
  const lastUse = lastUses(plan.steps, openedTensor(plan));
  for (const step of plan.steps) {
    if (consumes(step)) {
      const source: Dealt<ConsumingStep> = await DEALT[step.kind].load();
      await source.prepare(context, step);
    } else if (step.kind === 'local' && party === GARBLER) knownLocal(context, step);
    forgetKnown(known, lastUse, step.index);
    onStep?.(step.index);
    await turn();
  }
  return bundle;
}
