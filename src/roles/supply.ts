/** Where the client's next bundle comes from: the parties' stores first, then it has them make one. @module */

import { mapTraffic } from '../plan/plan.js';
import type { Client, PhaseCost } from './client.js';

/** A bundle that can be spent, and what it cost. */
export interface Supply {
  readonly number: number;
  /** It waited in the parties' stores. */
  readonly stored: boolean;
  readonly offline: PhaseCost;
}

/**
 * A function that gives one bundle after another.
 * @param count how many it will be asked for
 * @param background have the next one made while the caller spends this one
 */
export function supplier(
  client: Pick<Client, 'plan' | 'ready' | 'next' | 'prepare'>,
  count: number,
  background: boolean,
): () => Promise<Supply> {
  const waiting = client.ready;
  const nothing: PhaseCost = { ms: 0, bytes: mapTraffic(client.plan.predicted.offline, () => 0), rounds: 0 };
  let { next } = client;
  let left = count;
  let ahead: Promise<Supply> | undefined;
  const take = async (): Promise<Supply> => {
    const stored = waiting.shift();
    if (stored !== undefined) return { number: stored, stored: true, offline: nothing };
    const number = next++;
    return { number, stored: false, offline: await client.prepare(number) };
  };
  return async () => {
    const bundle = await (ahead ?? take());
    left--;
    ahead = background && left > 0 ? take() : undefined;
    // a failure ends the session: a caller that waits then is told
    ahead?.catch(() => {});
    return bundle;
  };
}
