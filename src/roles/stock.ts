/**
 * How a compute party begins a session: it gets to know the others' stores, and agrees with them on the model that is held already, on the
 * bundles that wait, and on the next number.
 * @module
 */

import { hasDealer } from '../core/trust.js';
import type { SharedModel } from '../correlations/context.js';
import type { ModelShare } from '../offline/setup.js';
import type { ModelComponent } from '../offline/setup-three.js';
import { modelDigestOf } from '../plan/model-digest.js';
import type { ThreePlan } from '../plan/three.js';
import type { Plan } from '../plan/two.js';
import type { Session } from '../session/session.js';
import type { Party as ThreeParty } from '../steps/three.js';
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
import { receiveModelThree } from './components.js';
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
  readonly source: ModelSource;
}

/** Where the parties of a session have their shares from. */
export interface ModelSource {
  two(plan: Plan, party: Party, store: PartyStore): Promise<ModelOrigin>;
  three(plan: ThreePlan, party: ThreeParty): Promise<readonly [ModelComponent, ModelComponent]>;
}

/** Where one of two parties has its share from. One of the two is asked for, once it is known whether both parties hold the model. */
export interface ModelOrigin {
  /** The id under which they may hold it, set up. */
  readonly offered: string | undefined;
  held(): Promise<void>;
  /** The id under which they set it up now, and the share. */
  fresh(): Promise<{ readonly id: string; readonly share: () => Promise<ModelShare> }>;
}

/** The owner takes part in the session. */
export function sourceAt(session: Session): ModelSource {
  return {
    two: async (plan, party) => {
      const owner = await session.channel('owner');
      const lane = owner.lane('control', 0);
      return {
        offered: await receiveOffer(lane, owner.peer),
        held: () => {
          owner.expectClose();
          return answerOffer(lane, true);
        },
        fresh: async () => {
          await answerOffer(lane, false);
          return { id: await receiveName(lane, owner.peer), share: () => receiveModel(plan, party, owner) };
        },
      };
    },
    three: async (plan, party) => receiveModelThree(plan, party, await session.channel('owner')),
  };
}

/**
 * Agrees, and takes the model from its owner where the parties do not hold it.
 * @throws ProtocolError STORE_ROLLED_BACK where a store is older than its peer has seen it; STORE_CORRUPT where the model does not read
 */
export async function takeStock({ plan, party, session, store, peer, source }: StockContext): Promise<Stock> {
  const { ledger } = store;
  const origin = await source.two(plan, party, store);
  const { offered } = origin;
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
  const fresh = agreed.held ? undefined : await origin.fresh();
  if (!fresh) await origin.held();
  const model = fresh ? modelId(fresh.id) : wanted!;
  if (dealer && party === GARBLER) await chooseModel(dealer.lane, model.id, !agreed.held);
  const held = fresh ? undefined : known!;
  const share = fresh ? await fresh.share() : held!.layers;
  return { model, share, held, ready: agreed.ready, next: agreed.highWater + 1 };
}

async function meetDealer(session: Session, store: PartyStore, offered: string | undefined) {
  const dealer = await session.channel('dealer');
  const lane = dealer.lane('control', 0);
  const dealerStore = await introduce(lane, store.ledger, dealer.peer);
  return { lane, store: dealerStore, ...(await askDealer(lane, offered)) };
}
