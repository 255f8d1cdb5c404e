/** One of three compute parties: takes its components of the model, agrees on keys, then serves inferences until the client ends. @module */
import { receiveInputThree, receiveModelThree } from '../src/components.js';
import { ProtocolError } from '../src/core/errors.js';
import { bytesOf } from '../src/core/ring.js';
import type { Arithmetic } from '../src/correlations/context.js';
import { loadKernelModule } from '../src/kernels/module.js';
import { wasmKernels } from '../src/kernels/wasm.js';
import { agreeKeys, loadComponents } from '../src/offline/setup-three.js';
import { executeThree, openStreams } from '../src/online/execute-three.js';
import { ringOf } from '../src/plan/compile.js';
import { compileThree, type ThreePlan } from '../src/plan/three.js';
import type { ReplicatedModel, Streams } from '../src/protocols/three/context.js';
import { type Notice, type PhaseReport, peakMemoryBytes, requestSchema } from '../src/service.js';
import { type Role, Session } from '../src/session.js';
import {
  directionOf,
  FIRST_HELPER,
  nextOf,
  OWNER,
  PARTIES,
  type Party,
  previousOf,
  SECOND_HELPER,
} from '../src/steps/three.js';
import type { Channel, Clock, Lane } from '../src/transport/channel.js';
import type { Phase } from '../src/transport/frame.js';
import { dial, listen } from '../src/transport/websocket.js';
import type { ComputeConfig, Report } from './config.js';

const PROGRESS_MS = 100;
/** Inferences that may be prepared and not yet spent. */
const MOST_PREPARED = 256;

const PARTY_OF: Readonly<Record<ComputeConfig['role'], Party>> = {
  party0: OWNER,
  party1: FIRST_HELPER,
  party2: SECOND_HELPER,
};
const ROLE_OF = ['party0', 'party1', 'party2'] as const;

/** Runs until the session ends in good order. @throws what ended it otherwise */
export async function runComputeThree(config: ComputeConfig, report: Report): Promise<void> {
  const plan = compileThree(config.plan);
  const party = PARTY_OF[config.role];
  const session = new Session(
    { role: config.role, planDigest: plan.digest, trust: plan.trust, session: config.session },
    { timeoutMs: config.timeoutMs, ...(config.network ? { network: config.network } : {}) },
  );
  // a party dials those before it and is dialled by those after
  const expected: Role[] = [...ROLE_OF.slice(party + 1), 'owner', 'client'];
  const listener = await listen(
    config.listen.host,
    config.listen.port,
    (link) => void session.accept(link, expected),
    config.timeoutMs,
  );
  try {
    report({ type: 'listening', port: listener.port });
    await session.run(async () => {
      const urls = [config.party0, config.party1].slice(0, party);
      for (const [role, url] of urls.entries()) {
        await session.join(await dial(url!, config.timeoutMs), [ROLE_OF[role]!]);
      }
      const service = await ThreeService.start(plan, party, session);
      await service.serve();
    });
    session.finish();
  } finally {
    listener.close();
  }
}

/** Lanes of one phase and number to the other two, on one clock; none to the party itself. */
class Lanes {
  readonly #channels: readonly (Channel | undefined)[];
  readonly #party: Party;
  readonly byParty: readonly Lane[];

  constructor(channels: readonly (Channel | undefined)[], party: Party, phase: Phase, number: number) {
    this.#channels = channels;
    this.#party = party;
    const clock: Clock = { depth: 0 };
    this.byParty = channels.map((channel) => channel?.lane(phase, number).follow(clock)) as Lane[];
  }

  get report(): PhaseReport {
    const others = PARTIES.filter((other) => other !== this.#party);
    const sent = others.map((other) => [directionOf(this.#party, other), this.byParty[other]!.count.sentBytes]);
    const rounds = Math.max(...others.map((other) => this.byParty[other]!.count.rounds));
    return { fromDealer: 0, toPeer: 0, rounds, sent: Object.fromEntries(sent) };
  }

  close(): void {
    for (const [other, channel] of this.#channels.entries()) channel?.closeLane(this.byParty[other]!);
  }
}

class ThreeService {
  readonly #plan: ThreePlan;
  readonly #party: Party;
  readonly #arithmetic: Arithmetic;
  readonly #model: ReplicatedModel;
  readonly #peers: readonly (Channel | undefined)[];
  readonly #client: Channel;
  readonly #session: Session;
  /** Numbers only grow: one below can never be drawn from again. */
  #highest = 0;
  readonly #prepared = new Map<number, Streams>();
  #lastProgress = 0;

  private constructor(
    plan: ThreePlan,
    party: Party,
    session: Session,
    arithmetic: Arithmetic,
    model: ReplicatedModel,
    channels: { peers: readonly (Channel | undefined)[]; client: Channel },
  ) {
    this.#plan = plan;
    this.#party = party;
    this.#session = session;
    this.#arithmetic = arithmetic;
    this.#model = model;
    this.#peers = channels.peers;
    this.#client = channels.client;
  }

  /** Sets up the model: the owner's components, a key with each other party. */
  static async start(plan: ThreePlan, party: Party, session: Session): Promise<ThreeService> {
    const module = loadKernelModule();
    const arithmetic: Arithmetic = { bits: ringOf(plan), module, kernels: wasmKernels(module) };
    const [first, second] = await receiveModelThree(plan, party, await session.channel('owner'));
    const peers: (Channel | undefined)[] = [];
    for (const other of PARTIES) peers.push(other === party ? undefined : await session.channel(ROLE_OF[other]));
    const lanes = new Lanes(peers, party, 'setup', 0);
    const keys = await agreeKeys(lanes.byParty[previousOf(party)]!, lanes.byParty[nextOf(party)]!);
    const model = loadComponents(plan, arithmetic, party, keys, first, second);
    const client = await session.channel('client');
    const service = new ThreeService(plan, party, session, arithmetic, model, { peers, client });
    await service.#notify({ op: 'ready', report: lanes.report, resumed: false, ready: [], next: 1 });
    return service;
  }

  /** Answers the client until it ends the session. */
  async serve(): Promise<void> {
    const control = this.#client.lane('control', 0);
    for (;;) {
      const parsed = requestSchema.safeParse(await control.receiveMessage(Number.POSITIVE_INFINITY));
      if (!parsed.success) {
        throw new ProtocolError(
          'BAD_FRAME',
          'client: expected prepare, infer or end, got another request. End the session',
        );
      }
      const request = parsed.data;
      if (request.op === 'end') return this.#end();
      if (request.op === 'prepare') await this.#prepare(request.number);
      else await this.#infer(request.number);
    }
  }

  /** Nothing is sent: the streams of an inference are opened ahead of it, once for each number. */
  async #prepare(number: number): Promise<void> {
    if (number <= this.#highest || this.#prepared.size >= MOST_PREPARED) {
      throw new ProtocolError(
        'BUNDLE_MISMATCH',
        `client: expected a number above ${this.#highest} and at most ${MOST_PREPARED} prepared, got ${number}. Take the next one`,
      );
    }
    this.#highest = number;
    this.#prepared.set(number, openStreams(this.#plan, this.#model.keys, number));
    await this.#notify({ op: 'prepared', number, report: { fromDealer: 0, toPeer: 0, rounds: 0, sent: {} } });
  }

  async #infer(number: number): Promise<void> {
    const streams = this.#prepared.get(number);
    if (streams === undefined) {
      throw new ProtocolError(
        'BUNDLE_MISMATCH',
        `client: expected a number that is prepared and not spent, got ${number}. Prepare it first`,
      );
    }
    this.#prepared.delete(number);
    const client = this.#client.lane('online', number);
    const lanes = new Lanes(this.#peers, this.#party, 'online', number);
    const output = await executeThree(this.#plan, this.#arithmetic, {
      party: this.#party,
      model: this.#model,
      streams,
      input: await receiveInputThree(this.#plan, this.#party, client),
      peers: lanes.byParty,
      onStep: (step) => this.#progress(step),
    });
    await client.send(this.#plan.steps.length, bytesOf(output));
    lanes.close();
    this.#client.closeLane(client);
    await this.#notify({ op: 'inferred', number, report: lanes.report });
  }

  async #end(): Promise<void> {
    this.#session.expectEnd();
    await this.#notify({ op: 'ended', peakMemoryBytes: peakMemoryBytes() });
    // the client leaves once all have answered, so nobody is cut off in mid-sentence
    await this.#client.closed;
  }

  #progress(step: number): void {
    const now = performance.now();
    if (now - this.#lastProgress < PROGRESS_MS) return;
    this.#lastProgress = now;
    const steps = this.#plan.steps.length;
    void this.#notify({ op: 'progress', phase: 'online', step: step + 1, steps }).catch(() => {});
  }

  #notify(notice: Notice): Promise<void> {
    return this.#client.lane('control', 0).sendMessage(notice);
  }
}
