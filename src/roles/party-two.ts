/** One of two compute parties: takes its share of the model, then makes bundles and spends them. @module */
import { TacitError } from '../core/errors.js';
import { bytesOf } from '../core/ring.js';
import type { Arithmetic } from '../correlations/context.js';
import { openArithmetic } from '../offline/threads.js';
import { execute, rerandomise } from '../online/execute.js';
import { keptBytes } from '../plan/kept.js';
import type { Plan } from '../plan/two.js';
import { MAX_REASON, type Notice } from '../session/messages.js';
import type { Session } from '../session/session.js';
import { GARBLER, type Party } from '../steps/two.js';
import { noteGeneration, sendGeneration } from '../store/agree.js';
import type { PartyStore, Purpose } from '../store/party-store.js';
import type { Channel } from '../transport/channel.js';
import { receiveInput } from './inputs.js';
import { Service, type Serving } from './service.js';
import { type BundleSource, openSource, reportOf } from './source.js';
import { type ModelSource, type Stock, takeStock } from './stock.js';

/** Agrees with the others on what is there, sets up the model where it is not, and tells the client. */
export async function startTwo(
  plan: Plan,
  party: Party,
  session: Session,
  store: PartyStore,
  from: ModelSource,
  threads: number | undefined,
): Promise<{ service: Service; serving: Serving }> {
  const arithmetic = openArithmetic(plan, threads);
  const peer = await session.channel(party === GARBLER ? 'party1' : 'party0');
  const stock = await takeStock({ plan, party, session, store, peer, source: from });
  const { share, held, ready, next } = stock;
  const source = await openSource({ plan, party, arithmetic, session, share, held, peer });
  if (!held) await store.keepModel(stock.model, source.model);
  const client = await session.channel('client');
  const service = new Service(session, client, plan.steps.length);
  const serving = new TwoPartyServing({
    plan,
    party,
    session: session.self.session,
    arithmetic,
    source,
    store,
    stock,
    peer,
    client,
  });
  serving.fetchNext();
  await service.notify({
    op: 'ready',
    report: source.setup(),
    resumed: held !== undefined,
    ready: runsOf(ready),
    next,
    ...(store.full ? { full: store.full.message.slice(0, MAX_REASON) } : {}),
  });
  return { service, serving };
}

/** What the party works with. */
interface Means {
  readonly plan: Plan;
  readonly party: Party;
  /** The session's name. */
  readonly session: string;
  readonly arithmetic: Arithmetic;
  readonly source: BundleSource;
  readonly store: PartyStore;
  readonly stock: Stock;
  readonly peer: Channel;
  readonly client: Channel;
}

class TwoPartyServing implements Serving {
  readonly #means: Means;
  readonly #bundleBytes: number;
  #lastSpent = 0;

  constructor(means: Means) {
    this.#means = means;
    this.#bundleBytes = keptBytes(means.plan)[means.party];
  }

  async prepare(number: number, keep: boolean, onStep: (index: number) => void): Promise<Notice> {
    const { store, source } = this.#means;
    store.ledger.reserve(number);
    const spool = await store.spool(number, this.#bundleBytes, keep);
    const { bundle, report } = await source.prepare(number, spool, onStep);
    try {
      if (keep) await store.shelve(bundle, this.#purpose);
      else await store.hold(bundle);
    } catch (error) {
      if (!(error instanceof TacitError && error.code === 'STORE_FULL')) throw error;
      // whatever else is under way goes on; where the other party has kept it, the next session gives it back
      return { op: 'unprepared', number, code: error.code, message: error.message.slice(0, MAX_REASON) };
    }
    return { op: 'prepared', number, report };
  }

  async infer(number: number, onStep: (index: number) => void): Promise<Notice> {
    const { plan, party, store, source, stock, arithmetic } = this.#means;
    const control = this.#means.peer.lane('control', number);
    const { bundle, generation, stored } = await store.claim(number, this.#purpose);
    this.#lastSpent = number;
    try {
      await sendGeneration(control, generation);
      this.fetchNext();
      const peerClaims = (): Promise<void> =>
        noteGeneration(control, store.ledger, stock.model.peer, this.#means.peer.peer);
      // a copy of a store may have it still: nothing leaves before the other has claimed it too, so that no single copy can bring it back
      if (stored) await peerClaims();
      const client = this.#means.client.lane('online', number);
      const input = await receiveInput(plan, party, client);
      const peer = this.#means.peer.lane('online', number);
      const context = { party, bundle, model: source.model };
      const share = await execute(plan, arithmetic, { ...context, input, peer, onStep });
      await client.send(plan.steps.length, bytesOf(rerandomise(arithmetic, context, share)));
      if (!stored) await peerClaims();
      for (const lane of [peer, control]) this.#means.peer.closeLane(lane);
      this.#means.client.closeLane(client);
      return { op: 'inferred', number, report: reportOf([peer]) };
    } finally {
      // whatever fails, its file goes now and not with the process
      await bundle.spool.discard();
    }
  }

  inferred(number: number): void {
    this.#means.store.clear(number);
  }

  async end(): ReturnType<Serving['end']> {
    const { store, source } = this.#means;
    store.ledger.flush();
    const dealerPeakMemoryBytes = await source.end();
    return { setup: source.setup(), ...(dealerPeakMemoryBytes === undefined ? {} : { dealerPeakMemoryBytes }) };
  }

  /** Reads the bundle that the client will ask for next, ahead of its request. */
  fetchNext(): void {
    const { stock, store } = this.#means;
    const next = stock.ready.find((number) => number > this.#lastSpent);
    if (next !== undefined) store.fetch(next);
  }

  get #purpose(): Purpose {
    const { plan } = this.#means;
    return { model: this.#means.stock.model, plan, session: this.#means.session };
  }
}

/** Numbers in order as runs: first, how many. */
function runsOf(numbers: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs[runs.length - 1];
    if (last && last[0] + last[1] === number) last[1]++;
    else runs.push([number, 1]);
  }
  return runs;
}
