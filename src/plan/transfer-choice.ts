/** Whether silent transfers serve a link better: they send next to nothing and take more work. @module */
import { hasDealer } from '../core/trust.js';
import type { TransferKind } from '../ot/kinds.js';
import type { PlanInput } from './compile.js';
import { extensionNs } from './rates.js';
import { transferCounts } from './transfers.js';
import { compilePlan, type Plan } from './two.js';

/** The kind that makes a session's first bundle in less time; softspoken where links are as fast as may be, or nothing is transferred. */
export function transfersFor(input: PlanInput): TransferKind {
  const { trust, network } = input;
  if (network === undefined || trust.parties === 3 || hasDealer(trust)) return 'softspoken';
  const [soft, silent] = (['softspoken', 'silent'] as const).map((transfers) => {
    const plan = compilePlan({ ...input, transfers });
    return plan.silent || transfers === 'softspoken' ? bundleMs(plan, network) : Number.POSITIVE_INFINITY;
  });
  return silent! < soft! ? 'silent' : 'softspoken';
}

/** Set-up and the offline phase: the busier direction's bytes, or the transfers' work where that takes longer, and half a round trip a message. */
function bundleMs(plan: Plan, { rttMs, mbit }: NonNullable<PlanInput['network']>): number {
  const { setup, offline, rounds } = plan.predicted;
  const bytes = Math.max(setup['0->1'] + offline['0->1'], setup['1->0'] + offline['1->0']);
  const [first, second] = transferCounts(plan);
  const ns = (first + second) * extensionNs({ transfers: plan.transfers, k: plan.softSpokenK });
  return Math.max((bytes * 8) / (mbit * 1000), ns / 1e6) + ((rounds.setup + rounds.offline) * rttMs) / 2;
}
