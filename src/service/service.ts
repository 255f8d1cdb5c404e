/**
 * A party or a dealer as a service: it holds models that the owner has shared, and serves sessions of clients, one after another.
 *
 * Party 0 opens sessions: a client asks it on /models/ID, it calls those who work with it on /sessions/NAME, the last first, and each calls those
 * after itself. The client joins a party on /sessions/NAME once party 0 has taken it in. So nobody but party 0 has a turn to give, and sessions begin in
 * one order everywhere. Who may ask for what is decided by certificates.
 * @module
 */
import { z } from 'zod';
import { codeOf, type ErrorCode, ProtocolError, TacitError } from '../core/errors.js';
import { hasDealer } from '../core/trust.js';
import { type ComputingRole, computingRoles, locate } from '../deployment/deployment.js';
import { isThree } from '../plan/plan.js';
import { playDealer } from '../roles/dealer.js';
import { COMPUTE_ROLES, openPartyStore, playParty } from '../roles/party.js';
import { type Role, Session } from '../session/session.js';
import { DealerStore } from '../store/dealer-store.js';
import { storageIn } from '../store/storage-folder.js';
import { Channel } from '../transport/channel.js';
import { dial } from '../transport/dial.js';
import type { Certified, Link } from '../transport/link.js';
import { type Listener, listen } from '../transport/websocket.js';
import { type KnownModel, MAX_CARD, openCard } from './card.js';
import type { ServiceConfig } from './config.js';
import { Registry } from './registry.js';
import { sessionName } from './session-name.js';
import { receiveShare, sourceIn } from './shares.js';

/** A client that asks for nothing for so long, while nothing is done for it, loses its turn. */
const IDLE_MS = 10_000;

/** What a service tells of its work: no secret, and of a client no more than its name. */
export type ServiceEvent =
  | { readonly type: 'listening'; readonly host: string; readonly port: number }
  | { readonly type: 'shared'; readonly model: string; readonly version: number }
  | { readonly type: 'session'; readonly model: string; readonly version: number; readonly ms: number }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'refused'; readonly peer: string; readonly code: ErrorCode };

export interface ServiceOptions {
  readonly onEvent?: (event: ServiceEvent) => void;
  /** Ends the service. */
  readonly signal?: AbortSignal;
}

/** Of what the owner and clients ask. */
const askSchema = z.union([z.object({ op: z.literal('list') }), z.object({ op: z.literal('card'), id: z.string() })]);
export const sizeSchema: z.ZodType<{ readonly bytes: number }> = z.object({ bytes: z.int().positive().max(MAX_CARD) });

/** A session that party 0 has opened, and whom else it awaits. */
interface Opened {
  readonly session: Session;
  /** The pin of its client. */
  readonly client: string;
}

/**
 * Serves until the signal aborts.
 * @throws TacitError PORT_TAKEN, STORE_IN_USE, BAD_INPUT and others of a store
 */
export async function serve(config: ServiceConfig, { onEvent, signal }: ServiceOptions = {}): Promise<void> {
  const registry = await Registry.open(config.store, config.deployment);
  const { host, port } = config.listen;
  const service = new Service(config, registry, onEvent ?? (() => {}));
  let listener: Listener | undefined;
  try {
    listener = await listen(host, port, (link, path) => service.take(link, path), config.timeoutMs, config.credentials);
    onEvent?.({ type: 'listening', host, port: listener.port });
    await new Promise<void>((resolve) => {
      if (signal?.aborted) resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    listener?.close();
    await service.stop();
    await registry.close();
  }
}

class Service {
  readonly #config: ServiceConfig;
  readonly #registry: Registry;
  readonly #tell: (event: ServiceEvent) => void;
  readonly #role: ComputingRole;
  /** Sessions under way, by name. */
  readonly #sessions = new Map<string, Opened>();
  /** The turn of the last session. */
  #turn: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(config: ServiceConfig, registry: Registry, tell: (event: ServiceEvent) => void) {
    this.#config = config;
    this.#registry = registry;
    this.#tell = tell;
    this.#role = config.subject.role as ComputingRole;
  }

  /** Takes in a link. What is asked for on it stands in its path. */
  take(link: Link, path: string): void {
    const { peer } = link.security!;
    const { pathname, searchParams } = new URL(path, 'tacit://host');
    const [, what, name] = pathname.split('/');
    const work =
      what === 'models' && name === undefined
        ? this.#answer(link)
        : what === 'share' && peer.role === 'owner'
          ? this.#takeShare(link)
          : what === 'models' && peer.role === 'client' && this.#role === 'party0'
            ? this.#open(link, name!)
            : what === 'sessions' && name !== undefined
              ? this.#join(link, name, searchParams)
              : Promise.reject(
                  new ProtocolError('ROLE_MISMATCH', `expected who may ask for ${what}, got ${peer.name}`),
                );
    work.catch((error: unknown) => this.#refuse(link, peer, error));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const { session } of this.#sessions.values()) {
      session.fail(new TacitError('INTERRUPTED', 'expected to finish, was interrupted'));
    }
    await this.#turn;
  }

  #refuse(link: Link, { name }: Certified, error: unknown): void {
    const told = error instanceof TacitError ? error : new TacitError('INTERNAL', String(error), { cause: error });
    this.#tell({ type: 'refused', peer: name, code: told.code });
    new Channel(link, { peer: name }).fail(told);
  }

  /** Tells which models there are, and what their owner says of them. */
  async #answer(link: Link): Promise<void> {
    const { peer } = link.security!;
    const channel = new Channel(link, { peer: peer.name, timeoutMs: this.#config.timeoutMs });
    const lane = channel.lane('control', 0);
    channel.expectClose();
    try {
      for (;;) {
        const asked = askSchema.safeParse(await lane.receiveMessage());
        if (!asked.success)
          throw new ProtocolError('BAD_FRAME', `${peer.name}: expected a question, got another message`);
        if (asked.data.op === 'list') {
          const models = this.#registry.list().map(({ card: { id, name, version } }) => ({ id, name, version }));
          await lane.sendMessage({ models });
        } else {
          const card = new TextEncoder().encode(JSON.stringify(this.#registry.get(asked.data.id).signed));
          await lane.sendMessage({ bytes: card.length });
          await lane.send(0, card);
        }
      }
    } catch (error) {
      if (codeOf(error) !== 'PEER_GONE') channel.fail(error as TacitError);
    }
  }

  /** Takes a model from its owner: the card, and a party its share. */
  async #takeShare(link: Link): Promise<void> {
    const { deployment, timeoutMs } = this.#config;
    const owner = new Channel(link, { peer: 'the model owner', timeoutMs });
    try {
      const lane = owner.lane('control', 0);
      const { bytes } = sizeSchema.parse(await lane.receiveMessage());
      const model = openCard(JSON.parse(new TextDecoder().decode(await lane.receive(0, bytes))), deployment);
      const { trust } = model.plan;
      const wanted = computingRoles(deployment).filter((role) => role !== 'dealer' || hasDealer(trust));
      if (trust.parties !== deployment.parties.length || (hasDealer(trust) && !deployment.dealer)) {
        throw new ProtocolError(
          'TRUST_MISMATCH',
          `expected a model for ${wanted.length} participants, got one for others`,
        );
      }
      this.#registry.refuseTwice(model);
      await lane.sendMessage({ accepted: true });
      const share = this.#role === 'dealer' ? [] : await receiveShare(model.plan, ORDER.indexOf(this.#role), owner);
      await this.#registry.add(model, share);
      await lane.sendMessage({ kept: true });
      const { name, version } = model.card;
      this.#tell({ type: 'shared', model: name, version });
      owner.finish();
    } catch (error) {
      owner.fail(
        error instanceof TacitError ? error : new ProtocolError('BAD_CARD', 'expected a model card, got another'),
      );
      this.#tell({ type: 'refused', peer: 'owner', code: codeOf(error) });
    }
  }

  /** Party 0: a client asks for a session. Its link waits for its turn. */
  async #open(link: Link, id: string): Promise<void> {
    const security = link.security!;
    const model = this.#registry.get(id);
    const name = sessionName(security, security.peer.pin, this.#config.pin);
    link.pause();
    const opened = this.#enter(name, model, security.peer.pin);
    const query = `model=${id}&client=${security.peer.pin}`;
    await this.#inTurn(name, model, opened.session, async () => {
      await this.#callOthers(name, query, model, opened.session);
      link.resume();
      void opened.session.accept(link, ['client']);
    }).catch((error: unknown) => this.#refuse(link, security.peer, error));
  }

  /** Of a session that party 0 opens, or has opened. */
  async #join(link: Link, name: string, query: URLSearchParams): Promise<void> {
    const { peer } = link.security!;
    if (peer.role !== 'party0') {
      const opened = this.#sessions.get(name);
      const mine = peer.role === 'client' ? opened?.client === peer.pin : isBefore(peer.role, this.#role);
      if (!opened || !mine)
        throw new ProtocolError('SESSION_MISMATCH', 'expected a session that party 0 has opened, got another');
      return opened.session.accept(link, [peer.role as Role]);
    }
    const model = this.#registry.get(query.get('model') ?? '');
    const { session } = this.#enter(name, model, query.get('client') ?? '');
    void session.accept(link, ['party0']);
    await this.#inTurn(name, model, session, () => this.#callOthers(name, query.toString(), model, session)).catch(
      () => {},
    );
  }

  #enter(name: string, { plan }: KnownModel, client: string): Opened {
    if (this.#sessions.has(name) || this.#stopping) {
      throw new ProtocolError('SESSION_MISMATCH', 'expected the name of a new session, got another');
    }
    const self = { role: this.#role, planDigest: plan.digest, trust: plan.trust, session: name };
    const opened = { session: new Session(self, { timeoutMs: this.#config.timeoutMs }), client };
    this.#sessions.set(name, opened);
    return opened;
  }

  /** Plays this service's part in a session, after those before it. @throws what ended it */
  #inTurn(name: string, model: KnownModel, session: Session, assemble: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(async () => {
      const start = performance.now();
      let part: { play(): Promise<void>; close(): Promise<void> } | undefined;
      try {
        await session.run(async () => {
          part = this.#prepare(name, model, session);
          await assemble();
          await part.play();
        });
        session.finish();
        const { name: called, version } = model.card;
        this.#tell({ type: 'session', model: called, version, ms: performance.now() - start });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#tell({ type: 'failed', code: codeOf(error), message });
        throw error;
      } finally {
        await part?.close();
        this.#sessions.delete(name);
      }
    });
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Opens what is kept for a model; the part of this service in a session, and what closes it again. */
  #prepare(
    name: string,
    { card, plan }: KnownModel,
    session: Session,
  ): { play(): Promise<void>; close(): Promise<void> } {
    const { threads } = this.#config;
    const folder = this.#registry.folderOf(card.id);
    if (this.#role === 'dealer' && !isThree(plan)) {
      const store = new DealerStore(storageIn(folder));
      return { play: () => playDealer(plan, session, store, threads), close: () => store.close() };
    }
    const number = ORDER.indexOf(this.#role);
    const store = openPartyStore(plan, number, folder);
    const source = sourceIn(this.#registry, card.id, name);
    return {
      play: () => playParty(plan, number, session, source, { store, threads, idleMs: IDLE_MS }),
      close: async () => store?.close(),
    };
  }

  /** Calls those who work with this one in a session and come after it, the last first. */
  async #callOthers(name: string, query: string, { plan }: KnownModel, session: Session): Promise<void> {
    const { deployment, credentials, timeoutMs } = this.#config;
    const others = computingRoles(deployment).filter(
      (role) => isBefore(this.#role, role) && (role !== 'dealer' || hasDealer(plan.trust)),
    );
    for (const role of others.reverse()) {
      const url = `wss://${locate(deployment, role).address}/sessions/${name}?${query}`;
      await session.join(await dial(url, timeoutMs, undefined, credentials), [role]);
    }
  }
}

const ORDER: readonly string[] = [...COMPUTE_ROLES, 'dealer'];

function isBefore(role: string, other: ComputingRole): boolean {
  return ORDER.includes(role) && ORDER.indexOf(role) < ORDER.indexOf(other);
}
