/** One of three compute parties: takes its components of the model, agrees on keys, then spends a number an inference. @module */
import { ProtocolError } from '../core/errors.js';
import { bytesOf } from '../core/ring.js';
import type { Arithmetic } from '../correlations/context.js';
import { agreeKeys, loadComponents } from '../offline/setup-three.js';
import { openArithmetic } from '../offline/threads.js';
import { executeThree, openStreams } from '../online/execute-three.js';
import type { ThreePlan } from '../plan/three.js';
import type { ReplicatedModel, Streams } from '../protocols/three/context.js';
import type { Notice, PhaseReport } from '../session/messages.js';
import type { Session } from '../session/session.js';
import { directionOf, nextOf, PARTIES, type Party, previousOf } from '../steps/three.js';
import type { Channel, Clock, Lane } from '../transport/channel.js';
import type { Phase } from '../transport/frame.js';
import { receiveComponents } from './inputs.js';
import { Service, type Serving } from './service.js';
import type { ModelSource } from './stock.js';

/** Inferences that may be prepared and not yet spent. */
const MOST_PREPARED = 256;
const ROLE_OF = ['party0', 'party1', 'party2'] as const;

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

/** Sets up the model: the owner's components, a key with each other party. */
export async function startThree(
  plan: ThreePlan,
  party: Party,
  session: Session,
  from: ModelSource,
  threads: number | undefined,
): Promise<{ service: Service; serving: Serving }> {
  const arithmetic = openArithmetic(plan, threads);
  const [first, second] = await from.three(plan, party);
  const peers: (Channel | undefined)[] = [];
  for (const other of PARTIES) peers.push(other === party ? undefined : await session.channel(ROLE_OF[other]));
  const lanes = new Lanes(peers, party, 'setup', 0);
  const keys = await agreeKeys(lanes.byParty[previousOf(party)]!, lanes.byParty[nextOf(party)]!);
  const model = loadComponents(plan, arithmetic, party, keys, first, second);
  const client = await session.channel('client');
  const service = new Service(session, client, plan.steps.length);
  await service.notify({ op: 'ready', report: lanes.report, resumed: false, ready: [], next: 1 });
  return { service, serving: new ThreePartyServing({ plan, party, arithmetic, model, peers, client }) };
}

/** What the party works with. */
interface Means {
  readonly plan: ThreePlan;
  readonly party: Party;
  readonly arithmetic: Arithmetic;
  readonly model: ReplicatedModel;
  readonly peers: readonly (Channel | undefined)[];
  readonly client: Channel;
}

class ThreePartyServing implements Serving {
  readonly #means: Means;
  /** Numbers only grow: one below can never be drawn from again. */
  #highest = 0;
  readonly #prepared = new Map<number, Streams>();

  constructor(means: Means) {
    this.#means = means;
  }

  /** Nothing is sent: the streams of an inference are opened ahead of it, once for each number. */
  async prepare(number: number): Promise<Notice> {
    if (number <= this.#highest || this.#prepared.size >= MOST_PREPARED) {
      throw new ProtocolError(
        'BUNDLE_MISMATCH',
        `client: expected a number above ${this.#highest} and at most ${MOST_PREPARED} prepared, got ${number}. Take the next one`,
      );
    }
    this.#highest = number;
    this.#prepared.set(number, openStreams(this.#means.plan, this.#means.model.keys, number));
    return { op: 'prepared', number, report: { fromDealer: 0, toPeer: 0, rounds: 0, sent: {} } };
  }

  async infer(number: number, onStep: (index: number) => void): Promise<Notice> {
    const streams = this.#prepared.get(number);
    if (streams === undefined) {
      throw new ProtocolError(
        'BUNDLE_MISMATCH',
        `client: expected a number that is prepared and not spent, got ${number}. Prepare it first`,
      );
    }
    this.#prepared.delete(number);
    const { plan, party, arithmetic, model, peers } = this.#means;
    const client = this.#means.client.lane('online', number);
    const lanes = new Lanes(peers, party, 'online', number);
    const output = await executeThree(plan, arithmetic, {
      party,
      model,
      streams,
      input: await receiveComponents(plan, party, client),
      peers: lanes.byParty,
      onStep,
    });
    await client.send(plan.steps.length, bytesOf(output));
    lanes.close();
    this.#means.client.closeLane(client);
    return { op: 'inferred', number, report: lanes.report };
  }

  async end(): ReturnType<Serving['end']> {
    return {};
  }
}
