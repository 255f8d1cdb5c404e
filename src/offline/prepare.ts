/** A compute party's side of the offline phase: fills one bundle from what the dealer sends. @module */
import { turn } from '../core/turn.js';
import type { Plan } from '../plan/plan.js';
import { ringOf } from '../plan/plan.js';
import { SEED_BYTES } from '../platform/random.js';
import { Bundle } from '../protocols/bundle.js';
import type { Arithmetic, KnownShares, PrepareContext, Receiver, SharedModel } from '../protocols/context.js';
import { dealtDelta, prepareGarbled } from '../protocols/garbled.js';
import { prepareLinear } from '../protocols/linear.js';
import { prepareProduct } from '../protocols/product.js';
import { GARBLER, type Party } from '../protocols/step.js';
import { knownLocal } from './known.js';

/**
 * Fills bundle `number`.
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
  onStep?: (index: number) => void,
): Promise<Bundle> {
  const seed = (await fromDealer.receive(0, SEED_BYTES)).slice();
  const delta = party === GARBLER ? dealtDelta(seed) : undefined;
  const bundle = new Bundle({ planDigest: plan.digest, party, number }, seed, delta);
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
  for (const step of plan.steps) {
    if (step.kind === 'linear') await prepareLinear(context, step);
    else if (step.kind === 'product') await prepareProduct(context, step);
    else if (step.kind === 'garbled') await prepareGarbled(context, step);
    else if (step.kind === 'local' && party === GARBLER) knownLocal(context, step);
    onStep?.(step.index);
    await turn();
  }
  return bundle;
}
