/**
 * How a compute party begins a session: it gets to know the others' stores, and agrees with them on the model that is held already, on the
 * bundles that wait, and on the next number.
 * @module
 */

import { hasDealer } from '../core/trust.js';
import type { SharedModel } from '../correlations/context.js';
import type { ModelShare } from '../offline/setup.js';
import { modelDigestOf } from '../plan/model-digest.js';
import type { Plan } from '../plan/two.js';
import type { Session } from '../session/session.js';
import { GARBLER, type Party } from '../steps/two.js';
import {
  agree,
  answerOffer,
  askDealer,
  chooseModel,
  introduce,
  receiveName,
  receiveOffer,
  stockOf,
} from '../store/agree.js';
import type { ModelId, PartyStore } from '../store/party-store.js';
import type { Channel } from '../transport/channel.js';
import { receiveModel } from './owner.js';

/** What the session starts from. */
export interface Stock {
  readonly model: ModelId;
  readonly share: ModelShare;
  /** The share as an earlier session set it up; undefined where the owner sent it anew. */
  readonly held: SharedModel | undefined;
  /** Bundles of both parties that can be spent. */
  readonly ready: readonly number[];
  readonly next: number;
}

export interface StockContext {
  readonly plan: Plan;
  readonly party: Party;
  readonly session: Session;
  readonly store: PartyStore;
  readonly peer: Channel;
}

/**
 * Agrees, and takes the model from its owner where the parties do not hold it.
 * @throws ProtocolError STORE_ROLLED_BACK where a store is older than its peer has seen it; STORE_CORRUPT where the model does not read
 */
export async function takeStock({ plan, party, session, store, peer }: StockContext): Promise<Stock> {
  const { ledger } = store;
  const owner = await session.channel('owner');
  const offered = await receiveOffer(owner.lane('control', 0), owner.peer);
  const dealer = hasDealer(plan.trust) ? await meetDealer(session, store, offered) : undefined;
  const control = peer.lane('control', 0);
  const peerStore = await introduce(control, ledger, peer.peer);
  const modelDigest = modelDigestOf(plan);
  const modelId = (id: string): ModelId => {
    return { id, modelDigest, peer: peerStore, dealer: dealer?.store ?? null };
  };
  const wanted = offered !== undefined && dealer?.held !== false ? modelId(offered) : undefined;
  const known = wanted && (await store.model(wanted));
  const highWater = Math.max(ledger.highWater, dealer?.highWater ?? 0);
  const models = store.modelsWith(peerStore);
  const own = known
    ? stockOf(offered, models, highWater, store.readyFor(wanted, plan))
    : stockOf(undefined, models, highWater, []);
  const agreed = await agree(control, own, peer.peer);
  ledger.raise(agreed.highWater);
  store.discard(agreed.alone);
  for (const id of agreed.orphans) store.dropModel(id);
  if (agreed.held) owner.expectClose();
  await answerOffer(owner.lane('control', 0), agreed.held);
  const model = agreed.held ? wanted! : modelId(await receiveName(owner.lane('control', 0), owner.peer));
  if (dealer && party === GARBLER) await chooseModel(dealer.lane, model.id, !agreed.held);
  const held = agreed.held ? known! : undefined;
  const share = held?.layers ?? (await receiveModel(plan, party, owner));
  return { model, share, held, ready: agreed.ready, next: agreed.highWater + 1 };
}

async function meetDealer(session: Session, store: PartyStore, offered: string | undefined) {
  const dealer = await session.channel('dealer');
  const lane = dealer.lane('control', 0);
  const dealerStore = await introduce(lane, store.ledger, dealer.peer);
  return { lane, store: dealerStore, ...(await askDealer(lane, offered)) };
}
