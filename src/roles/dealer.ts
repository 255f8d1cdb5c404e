/** The dealer: hands out the triples' B once a model, then a bundle for each request of party 0. @module */
import { peakMemoryBytes } from '#platform';
import { ProtocolError } from '../core/errors.js';
import type { Arithmetic } from '../correlations/context.js';
import { dealBundle } from '../offline/dealer.js';
import { dealFactors, expandFactors, factorSeeds } from '../offline/setup.js';
import { openArithmetic } from '../offline/threads.js';
import { modelDigestOf } from '../plan/model-digest.js';
import { compilePlan, type Plan } from '../plan/two.js';
import { type DealerRequest, dealerRequestSchema } from '../session/messages.js';
import type { Session } from '../session/session.js';
import { answerParty, introduce, receiveChoice } from '../store/agree.js';
import { DealerStore } from '../store/dealer-store.js';
import { PEER_LEAD } from '../store/ledger.js';
import { storageIn } from '../store/storage-folder.js';
import type { Channel, Lane } from '../transport/channel.js';
import { dial } from '../transport/dial.js';
import { checkNeeds } from './needs.js';
import { openSession, type WorkerOptions } from './options.js';

export interface DealerOptions extends WorkerOptions {
  /** WebSocket addresses of party 0 and party 1. */
  readonly urls: readonly [string, string];
}

/**
 * Runs until party 0 ends the session.
 * @throws what ended it otherwise
 */
export async function runDealer(options: DealerOptions): Promise<void> {
  const plan = compilePlan(options.plan);
  const { threads, store: folder } = options;
  checkNeeds(plan, { store: folder, bundles: 1, keep: false, threads }, (worker) => worker === 'dealer');
  const session = openSession('dealer', plan, options);
  const store = new DealerStore(storageIn(options.store));
  try {
    await session.run(async () => {
      await session.join(await dial(options.urls[0], options.timeoutMs), ['party0']);
      await session.join(await dial(options.urls[1], options.timeoutMs), ['party1']);
      await playDealer(plan, session, store, threads);
    });
    session.finish();
  } finally {
    await store.close();
  }
}

/** The dealer's part of a session whose channels are there, or are to come, until party 0 ends it. Whoever opens the store closes it, when the session has ended. */
export async function playDealer(
  plan: Plan,
  session: Session,
  store: DealerStore,
  threads: number | undefined,
): Promise<void> {
  const parties = [await session.channel('party0'), await session.channel('party1')] as const;
  await serve(plan, openArithmetic(plan, threads), session, store, parties);
}

async function serve(
  plan: Plan,
  arithmetic: Arithmetic,
  session: Session,
  store: DealerStore,
  parties: readonly [Channel, Channel],
): Promise<void> {
  const factors = await settle(plan, arithmetic, store, parties);
  const [first, second] = parties;
  const control = first.lane('control', 0);
  for (;;) {
    const request = await nextRequest(control);
    if (request.op === 'end') break;
    store.ledger.reserve(request.number, PEER_LEAD);
    const lanes = [first.lane('offline', request.number), second.lane('offline', request.number)] as const;
    await dealBundle(plan, arithmetic, factors, lanes);
    first.closeLane(lanes[0]);
    second.closeLane(lanes[1]);
  }
  session.expectEnd();
  await control.sendMessage({ peakMemoryBytes: peakMemoryBytes() });
  await first.closed;
}

/** Agrees with the parties on the model of the session: returns its B, dealt before or now. */
async function settle(
  plan: Plan,
  arithmetic: Arithmetic,
  store: DealerStore,
  parties: readonly [Channel, Channel],
): Promise<Map<number, Uint32Array>> {
  const meet = (party: Channel): Promise<string> => introduce(party.lane('control', 0), store.ledger, party.peer);
  const stores = await Promise.all([meet(parties[0]), meet(parties[1])]);
  const modelDigest = modelDigestOf(plan);
  const held = (id: string): boolean => store.model(id, modelDigest, stores) !== undefined;
  const { highWater } = store.ledger;
  await Promise.all(parties.map((party) => answerParty(party.lane('control', 0), party.peer, held, highWater)));
  const { model: id, fresh } = await receiveChoice(parties[0].lane('control', 0));
  if (!fresh) {
    const model = store.model(id, modelDigest, stores);
    if (model) return expandFactors(plan, arithmetic, model.seeds);
    throw new ProtocolError('BAD_FRAME', 'party 0: expected a model that is held, got another');
  }
  const seeds = factorSeeds();
  store.keepModel({ id, modelDigest, parties: stores, seeds });
  return dealFactors(plan, arithmetic, [parties[0].lane('setup', 0), parties[1].lane('setup', 0)], seeds);
}

async function nextRequest(control: Lane): Promise<DealerRequest> {
  const parsed = dealerRequestSchema.safeParse(await control.receiveMessage(Number.POSITIVE_INFINITY));
  if (parsed.success) return parsed.data;
  throw new ProtocolError('BAD_FRAME', 'party 0: expected deal or end, got another request');
}
