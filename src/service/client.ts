/** A client of a deployment: which models there are, and private inferences with them. @module */
import { z } from 'zod';
import { ProtocolError } from '../core/errors.js';
import { type ComputingRole, locate } from '../deployment/deployment.js';
import { Client, computeRoles } from '../roles/client.js';
import { type Predicted, predictor } from '../roles/predict.js';
import { Session } from '../session/session.js';
import { Channel } from '../transport/channel.js';
import { dial } from '../transport/dial.js';
import type { Link } from '../transport/link.js';
import { type Card, type KnownModel, openCard } from './card.js';
import type { Participant } from './config.js';
import { sizeSchema } from './service.js';
import { sessionName } from './session-name.js';
import { refuseOther } from './share.js';

const listSchema = z.object({
  models: z.array(z.object({ id: z.string(), name: z.string(), version: z.number() })).max(10_000),
});
type Listed = z.output<typeof listSchema>['models'][number];

export interface Prediction extends Predicted {
  readonly model: KnownModel;
  readonly setup: Client['setup'];
  /** Whether the parties held the model, set up, since an earlier session. */
  readonly resumed: boolean;
  /** From the first call until all parties had the model, and of the whole. */
  readonly startMs: number;
  readonly totalMs: number;
}

/** A client that has been told who takes part. */
export class DeploymentClient {
  readonly #self: Participant;
  /** By id: a card does not change. */
  readonly #known = new Map<string, KnownModel>();

  constructor(self: Participant) {
    this.#self = self;
  }

  /** The models that party 0 and party 1 both hold, as their owner describes them. */
  async models(): Promise<Card[]> {
    const [first, second] = await Promise.all([this.#list('party0'), this.#list('party1')]);
    const common = first.filter(({ id }) => second.some((other) => other.id === id));
    const cards: Card[] = [];
    for (const { id } of common) cards.push((await this.#model(id)).card);
    return cards;
  }

  /**
   * Private inferences: reals in, reals out.
   * @param name of a model, or NAME@VERSION; without a version the latest @param reals one input or more, within its range
   * @throws ProtocolError NOT_SHARED, and what ended the session; BAD_SHAPE and BAD_VALUE on other reals before anything is sent
   */
  async predict(name: string, reals: ArrayLike<number>): Promise<Prediction> {
    const start = performance.now();
    const model = await this.find(name);
    const { plan, card } = model;
    const { timeoutMs, pin } = this.#self;
    const first = await this.#dial('party0', `/models/${card.id}`);
    const session = new Session(
      {
        role: 'client',
        planDigest: plan.digest,
        trust: plan.trust,
        session: sessionName(first.security!, pin, first.security!.peer.pin),
      },
      { timeoutMs },
    );
    const client = await session.run(async () => {
      await session.join(first, ['party0']);
      for (const role of computeRoles(plan).slice(1)) {
        await session.join(await this.#dial(role as ComputingRole, `/sessions/${session.self.session}`), [role]);
      }
      return Client.start(plan, session);
    });
    const startMs = performance.now() - start;
    const predicted = await predictor(client)(reals);
    await client.end();
    const { setup, resumed } = client;
    return { ...predicted, model, setup, resumed, startMs, totalMs: performance.now() - start };
  }

  /** @param name NAME or NAME@VERSION @throws ProtocolError NOT_SHARED */
  async find(name: string): Promise<KnownModel> {
    const [called, version] = name.split('@');
    const listed = (await this.#list('party0')).filter(
      (model) => model.name === called && (version === undefined || String(model.version) === version),
    );
    const last = listed.reduce<Listed | undefined>((a, b) => (a && a.version > b.version ? a : b), undefined);
    if (last) return this.#model(last.id);
    throw new ProtocolError('NOT_SHARED', `expected a model that was shared, got ${name}`);
  }

  #list(role: ComputingRole): Promise<Listed[]> {
    return this.#ask(role, async (channel) => {
      const lane = channel.lane('control', 0);
      await lane.sendMessage({ op: 'list' });
      const parsed = listSchema.safeParse(await lane.receiveMessage());
      if (parsed.success) return parsed.data.models;
      throw new ProtocolError('BAD_FRAME', `${role}: expected its models, got another message`);
    });
  }

  async #model(id: string): Promise<KnownModel> {
    const known = this.#known.get(id);
    if (known) return known;
    const bytes = await this.#ask('party0', async (channel) => {
      const lane = channel.lane('control', 0);
      await lane.sendMessage({ op: 'card', id });
      const size = sizeSchema.safeParse(await lane.receiveMessage());
      if (size.success) return lane.receive(0, size.data.bytes);
      throw new ProtocolError('BAD_FRAME', 'party 0: expected a model card, got another message');
    });
    const model = openCard(JSON.parse(new TextDecoder().decode(bytes)), this.#self.deployment);
    if (model.card.id !== id)
      throw new ProtocolError('BAD_CARD', 'model card: expected that of the model, got another');
    this.#known.set(id, model);
    return model;
  }

  async #ask<T>(role: ComputingRole, ask: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = new Channel(await this.#dial(role, '/models'), { peer: role, timeoutMs: this.#self.timeoutMs });
    try {
      return await ask(channel);
    } finally {
      channel.finish();
    }
  }

  async #dial(role: ComputingRole, path: string): Promise<Link> {
    const { deployment, credentials, timeoutMs } = this.#self;
    const link = await dial(`wss://${locate(deployment, role).address}${path}`, timeoutMs, undefined, credentials);
    refuseOther(link.security!.peer.role, role);
    return link;
  }
}
