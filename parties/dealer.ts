/** The dealer process: hands out the triples' B once a model, then a bundle for each request of party 0. @module */
import { ProtocolError } from '../src/core/errors.js';
import type { Arithmetic } from '../src/correlations/context.js';
import { dealBundle } from '../src/offline/dealer.js';
import { dealFactors, expandFactors, factorSeeds } from '../src/offline/setup.js';
import { openArithmetic } from '../src/offline/threads.js';
import { compilePlan, type Plan } from '../src/plan/two.js';
import { type DealerRequest, dealerRequestSchema, peakMemoryBytes } from '../src/service.js';
import { Session } from '../src/session.js';
import { answerParty, introduce, receiveChoice } from '../src/store/agree.js';
import { DealerStore } from '../src/store/dealer-store.js';
import { PEER_LEAD } from '../src/store/ledger.js';
import type { Channel, Lane } from '../src/transport/channel.js';
import { dial } from '../src/transport/websocket.js';
import type { DealerConfig } from './config.js';

/** Runs until party 0 ends the session. @throws what ended it otherwise */
export async function runDealer(config: DealerConfig): Promise<void> {
  const plan = compilePlan(config.plan);
  const session = new Session(
    { role: 'dealer', planDigest: plan.digest, trust: plan.trust, session: config.session },
    { timeoutMs: config.timeoutMs, ...(config.network ? { network: config.network } : {}) },
  );
  const store = DealerStore.open(config.store);
  try {
    await session.run(async () => {
      const first = await session.join(await dial(config.urls[0], config.timeoutMs), ['party0']);
      const second = await session.join(await dial(config.urls[1], config.timeoutMs), ['party1']);
      await serve(plan, openArithmetic(plan, config.threads), session, store, [first, second]);
    });
    session.finish();
  } finally {
    await store.close();
  }
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
  const held = (id: string): boolean => store.model(id, plan.digest, stores) !== undefined;
  const { highWater } = store.ledger;
  await Promise.all(parties.map((party) => answerParty(party.lane('control', 0), party.peer, held, highWater)));
  const { model: id, fresh } = await receiveChoice(parties[0].lane('control', 0));
  if (!fresh) {
    const model = store.model(id, plan.digest, stores);
    if (model) return expandFactors(plan, arithmetic, model.seeds);
    throw new ProtocolError('BAD_FRAME', 'party 0: expected a model that is held, got another. End the session');
  }
  const seeds = factorSeeds();
  store.keepModel({ id, planDigest: plan.digest, parties: stores, seeds });
  return dealFactors(plan, arithmetic, [parties[0].lane('setup', 0), parties[1].lane('setup', 0)], seeds);
}

async function nextRequest(control: Lane): Promise<DealerRequest> {
  const parsed = dealerRequestSchema.safeParse(await control.receiveMessage(Number.POSITIVE_INFINITY));
  if (parsed.success) return parsed.data;
  throw new ProtocolError('BAD_FRAME', 'party 0: expected deal or end, got another request. End the session');
}
