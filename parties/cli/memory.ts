/** Whether this machine can hold what the parties need for a bundle: said before a process starts. @module */
import { totalmem } from 'node:os';
import { TacitError } from '../../src/core/errors.js';
import { hasDealer } from '../../src/core/trust.js';
import { type AnyPlan, bytesIn, isThree } from '../../src/plan/plan.js';
import { transferMemory } from '../../src/plan/transfers.js';
import { formatBytes } from './format.js';

/** Bytes of party 0 and of party 1 while they make a bundle by themselves; null where they do not. */
export function bundleMemory(plan: AnyPlan): readonly [number, number] | null {
  return isThree(plan) || hasDealer(plan.trust) ? null : transferMemory(plan);
}

/** What a dealer sends for one bundle, which party 1 holds at once. */
function dealtBytes(plan: AnyPlan): number {
  return bytesIn(plan.predicted.offline, 'dealer->0') + bytesIn(plan.predicted.offline, 'dealer->1');
}

/** @throws TacitError OUT_OF_MEMORY where both parties together need more than `available` bytes, those of this machine */
export function checkMemory(plan: AnyPlan, available: number = totalmem()): void {
  const needed = (bundleMemory(plan) ?? [dealtBytes(plan)]).reduce((sum, bytes) => sum + bytes, 0);
  if (needed <= available) return;
  throw new TacitError(
    'OUT_OF_MEMORY',
    `expected at most the ${formatBytes(available)} of memory of this machine, got a plan whose parties need ${formatBytes(needed)} for a bundle. ` +
      (hasDealer(plan.trust)
        ? 'Use a smaller --batch, or --parties 3'
        : 'Use a smaller --batch, or --preprocessing dealer'),
  );
}
