/** A compute party: listens, joins the session, and serves inferences until the client ends it. @module */

import { hasDealer } from '../core/trust.js';
import { type AnyPlan, isThree } from '../plan/plan.js';
import { compileThree } from '../plan/three.js';
import { compilePlan } from '../plan/two.js';
import type { Role, Session } from '../session/session.js';
import { PARTIES } from '../steps/three.js';
import { EVALUATOR, GARBLER, type Party } from '../steps/two.js';
import { PartyStore } from '../store/party-store.js';
import { storageIn } from '../store/storage-folder.js';
import { dial } from '../transport/dial.js';
import { listen } from '../transport/websocket.js';
import { checkNeeds } from './needs.js';
import { type Address, openSession, type WorkerOptions } from './options.js';
import { startThree } from './party-three.js';
import { startTwo } from './party-two.js';
import { type ModelSource, sourceAt } from './stock.js';

export const COMPUTE_ROLES = ['party0', 'party1', 'party2'] as const;
export type ComputeRole = (typeof COMPUTE_ROLES)[number];

export interface PartyOptions extends WorkerOptions {
  readonly role: ComputeRole;
  readonly listen: Address;
  /** WebSocket addresses of the parties before this one, from party 0 on: those it dials. The parties after it dial this one. */
  readonly parties: readonly string[];
  /** Told when links are taken in. */
  readonly onListening?: (address: Address) => void;
}

/**
 * Runs until the session ends in good order.
 * @throws what ended it otherwise
 */
export async function runParty(options: PartyOptions): Promise<void> {
  const number = COMPUTE_ROLES.indexOf(options.role);
  const three = options.plan.trust.parties === 3;
  const compute: readonly Role[] = three ? COMPUTE_ROLES : COMPUTE_ROLES.slice(0, 2);
  if (!compute.includes(options.role) || options.parties.length !== number) {
    throw new RangeError(
      `party: expected one of ${compute.join(', ')} and the addresses before it, got ${options.role} and ${options.parties.length}`,
    );
  }
  const expected: Role[] = [
    ...compute.slice(number + 1),
    'owner',
    'client',
    ...(hasDealer(options.plan.trust) ? (['dealer'] as const) : []),
  ];
  const plan = three ? compileThree(options.plan) : compilePlan(options.plan);
  const { threads } = options;
  checkNeeds(plan, { store: options.store, bundles: 1, keep: false, threads }, (worker) => worker === options.role);
  const store = openPartyStore(plan, number, options.store);
  const session = openSession(options.role, plan, options);
  const { host, port } = options.listen;
  const listener = await listen(host, port, (link) => void session.accept(link, expected), options.timeoutMs);
  try {
    options.onListening?.({ host, port: listener.port });
    await session.run(async () => {
      for (const [other, url] of options.parties.entries()) {
        await session.join(await dial(url, options.timeoutMs), [compute[other]!]);
      }
      await playParty(plan, number, session, sourceAt(session), { store, threads });
    });
    session.finish();
  } finally {
    listener.close();
    await store?.close();
  }
}

/** What a party has of its own in a session. */
export interface PartyMeans {
  /** Of one of two parties. Whoever opens it closes it, when the session has ended, however it has. */
  readonly store: PartyStore | undefined;
  readonly threads?: number | undefined;
  /** How long a client may ask for nothing while nothing is done for it; default as long as it lives. */
  readonly idleMs?: number | undefined;
}

/** The store of a party that has one: of two parties. @throws TacitError as `storageIn` */
export function openPartyStore(plan: AnyPlan, number: number, folder: string | undefined): PartyStore | undefined {
  return isThree(plan) ? undefined : new PartyStore(partyOf(number), storageIn(folder));
}

/**
 * A party's part of a session whose channels are there, or are to come, until its client ends it.
 * @param number of the party @param from whom it has its share of the model
 */
export async function playParty(
  plan: AnyPlan,
  number: number,
  session: Session,
  from: ModelSource,
  { store, threads, idleMs }: PartyMeans,
): Promise<void> {
  const { service, serving } = isThree(plan)
    ? await startThree(plan, PARTIES[number]!, session, from, threads)
    : await startTwo(plan, partyOf(number), session, store!, from, threads);
  await service.serve(serving, idleMs);
}

function partyOf(number: number): Party {
  return number === 0 ? GARBLER : EVALUATOR;
}
