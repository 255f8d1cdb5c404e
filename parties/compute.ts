/** A compute party: takes its share of the model, then prepares bundles and serves inferences until the client ends. @module */

import { expandInput } from '../src/client.js';
import { ProtocolError, TacitError } from '../src/core/errors.js';
import { bytesOf } from '../src/core/ring.js';
import { asShare, type Share } from '../src/core/secret.js';
import type { Arithmetic } from '../src/correlations/context.js';
import { openArithmetic } from '../src/offline/threads.js';
import { execute, rerandomise } from '../src/online/execute.js';
import { inputWords } from '../src/plan/plan.js';
import { compilePlan, type Plan } from '../src/plan/two.js';
import { SEED_BYTES } from '../src/platform/random.js';
import { MAX_REASON, type Notice, peakMemoryBytes, type Request, requestSchema } from '../src/service.js';
import { type Role, Session } from '../src/session.js';
import { EVALUATOR, GARBLER, type Party } from '../src/steps/two.js';
import { noteGeneration, sendGeneration } from '../src/store/agree.js';
import { PartyStore, type Purpose } from '../src/store/party-store.js';
import type { Channel } from '../src/transport/channel.js';
import { dial, listen } from '../src/transport/websocket.js';
import type { ComputeConfig, Report } from './config.js';
import { WorkQueue } from './queue.js';
import { type BundleSource, openSource, reportOf } from './source.js';
import { type Stock, takeStock } from './stock.js';

const PROGRESS_MS = 100;

/** Runs until the session ends in good order. @throws what ended it otherwise */
export async function runCompute(config: ComputeConfig, report: Report): Promise<void> {
  const plan = compilePlan(config.plan);
  const party: Party = config.role === 'party0' ? GARBLER : EVALUATOR;
  const session = new Session(
    { role: config.role, planDigest: plan.digest, trust: plan.trust, session: config.session },
    { timeoutMs: config.timeoutMs, ...(config.network ? { network: config.network } : {}) },
  );
  const expected: Role[] = ['owner', 'client'];
  if (plan.trust.preprocessing === 'dealer') expected.push('dealer');
  if (party === GARBLER) expected.push('party1');
  const store = PartyStore.open(party, config.store);
  const listener = await listen(
    config.listen.host,
    config.listen.port,
    (link) => void session.accept(link, expected),
    config.timeoutMs,
  );
  try {
    report({ type: 'listening', port: listener.port });
    await session.run(async () => {
      if (party === EVALUATOR) await session.join(await dial(config.party0!, config.timeoutMs), ['party0']);
      const service = await ComputeService.start(plan, party, session, store, config.threads);
      await service.serve();
    });
    session.finish();
  } finally {
    listener.close();
    await store.close();
  }
}

class ComputeService {
  readonly #plan: Plan;
  readonly #party: Party;
  readonly #session: Session;
  readonly #arithmetic: Arithmetic;
  readonly #source: BundleSource;
  readonly #peer: Channel;
  readonly #client: Channel;
  readonly #store: PartyStore;
  readonly #stock: Stock;
  /** Bundles are made one after another, and spent one after another: the one beside the other. */
  readonly #offline: WorkQueue = new WorkQueue();
  readonly #online: WorkQueue = new WorkQueue();
  #lastProgress = 0;
  #lastSpent = 0;

  private constructor(
    plan: Plan,
    party: Party,
    session: Session,
    arithmetic: Arithmetic,
    source: BundleSource,
    stores: { store: PartyStore; stock: Stock },
    channels: { peer: Channel; client: Channel },
  ) {
    this.#plan = plan;
    this.#party = party;
    this.#session = session;
    this.#arithmetic = arithmetic;
    this.#source = source;
    this.#store = stores.store;
    this.#stock = stores.stock;
    this.#peer = channels.peer;
    this.#client = channels.client;
  }

  /** Agrees with the others on what is there, sets up the model where it is not, and tells the client. */
  static async start(
    plan: Plan,
    party: Party,
    session: Session,
    store: PartyStore,
    threads: number | undefined,
  ): Promise<ComputeService> {
    const arithmetic = openArithmetic(plan, threads);
    const peer = await session.channel(party === GARBLER ? 'party1' : 'party0');
    const stock = await takeStock({ plan, party, session, store, peer });
    const { share, held, ready, next } = stock;
    const source = await openSource({ plan, party, arithmetic, session, share, held, peer });
    if (!held) await store.keepModel(stock.model, source.model);
    const client = await session.channel('client');
    const stores = { store, stock };
    const service = new ComputeService(plan, party, session, arithmetic, source, stores, { peer, client });
    service.#fetchNext();
    const runs = runsOf(ready);
    await service.#notify({ op: 'ready', report: source.setup(), resumed: held !== undefined, ready: runs, next });
    return service;
  }

  /** Answers the client until it ends the session. Bundles are made while others are spent. */
  serve(): Promise<void> {
    return Promise.race([this.#answer(), this.#offline.failed, this.#online.failed]);
  }

  async #answer(): Promise<void> {
    for (;;) {
      const request = await this.#request();
      if (request.op === 'end') break;
      if (request.op === 'prepare') this.#offline.add(() => this.#prepare(request.number, request.keep));
      else this.#online.add(() => this.#infer(request.number));
    }
    await this.#offline.idle();
    await this.#online.idle();
    await this.#end();
  }

  async #request(): Promise<Request> {
    const message = await this.#client.lane('control', 0).receiveMessage(Number.POSITIVE_INFINITY);
    const parsed = requestSchema.safeParse(message);
    if (parsed.success) return parsed.data;
    throw new ProtocolError(
      'BAD_FRAME',
      'client: expected prepare, infer or end, got another request. End the session',
    );
  }

  async #prepare(number: number, keep: boolean): Promise<void> {
    this.#store.ledger.reserve(number);
    const { bundle, report } = await this.#source.prepare(number, (step) => this.#progress('offline', step));
    if (keep) {
      try {
        await this.#store.shelve(bundle, this.#purpose);
      } catch (error) {
        if (!(error instanceof TacitError && error.code === 'STORE_FULL')) throw error;
        // whatever else is under way goes on; where the other party has kept it, the next session gives it back
        return this.#notify({
          op: 'unprepared',
          number,
          code: error.code,
          message: error.message.slice(0, MAX_REASON),
        });
      }
    } else this.#store.hold(bundle);
    await this.#notify({ op: 'prepared', number, report });
  }

  async #infer(number: number): Promise<void> {
    const plan = this.#plan;
    const control = this.#peer.lane('control', number);
    const { bundle, generation, stored } = await this.#store.claim(number, this.#purpose);
    this.#lastSpent = number;
    await sendGeneration(control, generation);
    this.#fetchNext();
    const peerClaims = (): Promise<void> =>
      noteGeneration(control, this.#store.ledger, this.#stock.model.peer, this.#peer.peer);
    // a copy of a store may have it still: nothing leaves before the other has claimed it too, so that no single copy can bring it back
    if (stored) await peerClaims();
    const client = this.#client.lane('online', number);
    const input: Share<Uint32Array> = asShare(
      this.#party === GARBLER
        ? expandInput(plan, await client.receive(0, SEED_BYTES))
        : await client.receiveWords(0, inputWords(plan)),
    );
    const peer = this.#peer.lane('online', number);
    const context = { party: this.#party, bundle, model: this.#source.model };
    const share = await execute(plan, this.#arithmetic, {
      ...context,
      input,
      peer,
      onStep: (step) => this.#progress('online', step),
    });
    await client.send(plan.steps.length, bytesOf(rerandomise(this.#arithmetic, context, share)));
    if (!stored) await peerClaims();
    for (const lane of [peer, control]) this.#peer.closeLane(lane);
    this.#client.closeLane(client);
    await this.#notify({ op: 'inferred', number, report: reportOf([peer]) });
    this.#store.clear(number);
  }

  async #end(): Promise<void> {
    this.#store.ledger.flush();
    this.#session.expectEnd();
    const dealerPeakMemoryBytes = await this.#source.end();
    await this.#notify({
      op: 'ended',
      setup: this.#source.setup(),
      peakMemoryBytes: peakMemoryBytes(),
      ...(dealerPeakMemoryBytes === undefined ? {} : { dealerPeakMemoryBytes }),
    });
    // the client leaves once both parties have answered, so nobody is cut off in mid-sentence
    await this.#client.closed;
  }

  get #purpose(): Purpose {
    return { model: this.#stock.model, session: this.#session.self.session };
  }

  /** Reads the bundle that the client will ask for next, while nobody waits for it. */
  #fetchNext(): void {
    const next = this.#stock.ready.find((number) => number > this.#lastSpent);
    if (next !== undefined) this.#store.fetch(next);
  }

  #progress(phase: 'offline' | 'online', step: number): void {
    const now = performance.now();
    if (now - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = now;
    void this.#notify({ op: 'progress', phase, step: step + 1, steps: this.#plan.steps.length }).catch(() => {});
  }

  #notify(notice: Notice): Promise<void> {
    return this.#client.lane('control', 0).sendMessage(notice);
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
