/**
 * A session: who takes part, what they agree on before any secret moves, and how all of it ends together.
 * @module
 */
import * as z from 'zod/mini';
import { codeOf, ERROR_CODES, type ErrorCode, ProtocolError, TacitError } from '../core/errors.js';
import { printable } from '../core/text.js';
import type { TrustModel } from '../core/trust.js';
import { PROTOCOL_VERSION } from '../plan/compile.js';
import { Channel, type ChannelOptions } from '../transport/channel.js';
import type { Link, NetworkProfile } from '../transport/link.js';
import { Strangers } from '../transport/strangers.js';

export type Role = 'party0' | 'party1' | 'party2' | 'dealer' | 'client' | 'owner';

/** What both ends of a channel must agree on, and the role that each plays. */
export interface Identity {
  readonly role: Role;
  readonly planDigest: string;
  readonly trust: TrustModel;
  /** Names the session; parties of another one are turned away. */
  readonly session: string;
}

const helloSchema = z.object({
  version: z.number(),
  role: z.enum(['party0', 'party1', 'party2', 'dealer', 'client', 'owner']),
  planDigest: z.string().check(z.maxLength(128)),
  trust: z.record(z.string(), z.union([z.string(), z.number()])),
  session: z.string().check(z.maxLength(128)),
});

const welcomeSchema = z.object({ welcome: z.string() });

/** The roles' names for people. */
export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  party0: 'party 0',
  party1: 'party 1',
  party2: 'party 2',
  dealer: 'the dealer',
  client: 'the client',
  owner: 'the model owner',
};

/**
 * The end that dialled says who it is; the other checks that before it says anything of itself, so that a stranger learns nothing but
 * the protocol version;
 * then the first checks the second, and says so. Where the link is secured, a role is that of the certificate.
 * @returns the peer's role
 * @throws ProtocolError VERSION_, SESSION_, PLAN_, TRUST_ or ROLE_MISMATCH or ROLE_TAKEN, on both sides
 */
export async function handshake(
  channel: Channel,
  self: Identity,
  expected: readonly Role[],
  side: {
    readonly dialled: boolean;
    readonly reserve: (role: Role) => boolean;
    /** The role of the peer's certificate, where the link is secured. */
    readonly certified: string | undefined;
  },
): Promise<Role> {
  const lane = channel.lane('control', 0);
  const greeting = { version: PROTOCOL_VERSION, ...self };
  if (side.dialled) await lane.sendMessage(greeting);
  const parsed = helloSchema.safeParse(await lane.receiveMessage());
  const refuse = (code: ErrorCode, what: string, wanted: string, came: string): never => {
    const error = new ProtocolError(code, `handshake: expected ${what} ${wanted}, got ${printable(came)}`);
    channel.fail(error);
    throw error;
  };
  if (!parsed.success)
    return refuse('BAD_FRAME', 'a greeting', 'with version, role, plan, trust, session', 'something else');
  const peer = parsed.data;
  const trust = (value: object): string => JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  if (peer.version !== PROTOCOL_VERSION)
    refuse('VERSION_MISMATCH', 'protocol version', String(PROTOCOL_VERSION), String(peer.version));
  if (peer.session !== self.session)
    refuse('SESSION_MISMATCH', 'the session', 'that this party was started with', 'another');
  if (trust(peer.trust) !== trust(self.trust))
    refuse('TRUST_MISMATCH', 'trust model', trust(self.trust), trust(peer.trust));
  if (peer.planDigest !== self.planDigest)
    refuse('PLAN_MISMATCH', 'plan', self.planDigest.slice(0, 16), peer.planDigest.slice(0, 16));
  if (side.certified !== undefined && peer.role !== side.certified)
    refuse('ROLE_MISMATCH', 'the role of its certificate,', side.certified, peer.role);
  if (!expected.includes(peer.role)) refuse('ROLE_MISMATCH', 'role', expected.join(' or '), peer.role);
  if (!side.reserve(peer.role))
    refuse('ROLE_TAKEN', 'a role that is free', 'in this session', `another ${ROLE_NAMES[peer.role]}`);
  channel.trust();
  if (side.dialled) await lane.sendMessage({ welcome: peer.role });
  else {
    await lane.sendMessage(greeting);
    const welcome = welcomeSchema.safeParse(await lane.receiveMessage());
    if (!welcome.success || welcome.data.welcome !== self.role)
      refuse('BAD_FRAME', 'a welcome', 'as this role', 'another');
  }
  channel.peer = ROLE_NAMES[peer.role];
  return peer.role;
}

/** Links that have not greeted yet, at once: one more, and the oldest is turned away. A peer greets as soon as it has connected. */
export const MAX_STRANGERS = 16;

/** Links between these are shaped where a network profile is given. */
const SHAPED: readonly Role[] = ['party0', 'party1', 'party2', 'dealer'];

export interface SessionOptions {
  /** How long to wait for a peer; default 30 s. */
  readonly timeoutMs?: number;
  /** Shapes the links among compute parties and dealer. */
  readonly network?: NetworkProfile;
}

/** The channels of one process in one session. When one fails, all do, each peer told why. */
export class Session {
  readonly self: Identity;
  readonly #options: Omit<ChannelOptions, 'peer'>;
  readonly #network: NetworkProfile | undefined;
  readonly #channels: Channel[] = [];
  readonly #waiting = new Map<Role, (channel: Channel) => void>();
  readonly #connected = new Map<Role, Channel>();
  /** Roles that are connected or in the middle of a handshake. */
  readonly #reserved = new Set<Role>();
  /** Links that came and have not greeted. */
  readonly #strangers: Strangers<Channel> = new Strangers(MAX_STRANGERS, (channel, why) =>
    channel.fail(new ProtocolError('PEER_TIMEOUT', `expected a greeting ${why}, got none`)),
  );
  /** Links that came and were turned away: how many, and why the last of those that greeted was. */
  #refused = 0;
  #refusedFor: ErrorCode | undefined;
  #failure: TacitError | undefined;
  readonly #failed: Promise<never>;
  #reject: (error: TacitError) => void = () => {};

  constructor(self: Identity, options: SessionOptions = {}) {
    this.self = self;
    this.#options = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs };
    this.#network = options.network;
    this.#failed = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.#failed.catch(() => {});
  }

  /**
   * Takes in a link that this process dialled: greets the peer, and remembers its channel by role. A failure ends the session, as this end
   * chose whom to dial.
   */
  async join(link: Link, expected: readonly Role[]): Promise<Channel> {
    const channel = new Channel(link, {
      ...this.#options,
      peer: expected.map((role) => ROLE_NAMES[role]).join(' or '),
    });
    channel.onFailure((error) => this.fail(error));
    if (this.#failure) channel.fail(this.#failure);
    await this.#greet(channel, expected, true, link.security?.peer.role);
    return channel;
  }

  /**
   * Takes in a link that came to this process. Before its greeting fits, nothing that it sends ends more than the link: a peer of another
   * plan, session, version, trust model or role, a second one of a role, and one that does not greet are turned away and told why. A time-out
   * of `channel` says that there were such.
   */
  async accept(link: Link, expected: readonly Role[]): Promise<void> {
    const channel = new Channel(link, { ...this.#options, peer: 'a new peer', stranger: true });
    // a stranger is not told what happened
    if (this.#failure) channel.fail(new TacitError(this.#failure.code, 'expected a running session, it has ended'));
    this.#strangers.add(channel);
    try {
      await this.#greet(channel, expected, false, link.security?.peer.role);
      channel.onFailure((error) => this.fail(error));
    } catch (error) {
      this.#refused++;
      const code = codeOf(error);
      if (code.endsWith('_MISMATCH') || code === 'ROLE_TAKEN') this.#refusedFor = code;
    } finally {
      this.#strangers.delete(channel);
    }
  }

  async #greet(
    channel: Channel,
    expected: readonly Role[],
    dialled: boolean,
    certified: string | undefined,
  ): Promise<void> {
    let reserved: Role | undefined;
    const reserve = (role: Role): boolean => {
      if (this.#reserved.has(role)) return false;
      this.#reserved.add(role);
      this.#strangers.delete(channel);
      reserved = role;
      return true;
    };
    const role = await handshake(channel, this.self, expected, { dialled, reserve, certified }).catch(
      (error: unknown) => {
        if (reserved) this.#reserved.delete(reserved);
        // whatever was wrong, the other end is told and the link closed
        channel.fail(asTacitError(error));
        throw error;
      },
    );
    if (this.#failure) channel.fail(this.#failure);
    if (this.#network && SHAPED.includes(role) && SHAPED.includes(this.self.role)) channel.shape(this.#network);
    this.#channels.push(channel);
    this.#connected.set(role, channel);
    this.#waiting.get(role)?.(channel);
  }

  /**
   * The channel to a role, as soon as it has joined.
   * @throws ProtocolError PEER_TIMEOUT where it does not join in time; facts: `refused` links, `refusedFor` the code of the last that greeted
   */
  channel(role: Role): Promise<Channel> {
    const channel = this.#connected.get(role);
    if (channel) return Promise.resolve(channel);
    const timeoutMs = this.#options.timeoutMs ?? 30_000;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#late(role, timeoutMs)), timeoutMs);
    });
    const joined = new Promise<Channel>((resolve) => this.#waiting.set(role, resolve));
    return Promise.race([this.#failed, joined, late]).finally(() => clearTimeout(timer));
  }

  #late(role: Role, timeoutMs: number): ProtocolError {
    const refused = this.#refused;
    const why = this.#refusedFor;
    const links = refused === 1 ? 'a link was turned away' : `${refused} links were turned away`;
    const reason = why === undefined ? '' : ` (${why}: ${ERROR_CODES[why]})`;
    const message = `expected ${ROLE_NAMES[role]} to join within ${timeoutMs} ms, it did not`;
    return new ProtocolError('PEER_TIMEOUT', refused === 0 ? message : `${message}; ${links}${reason}`, {
      facts: { timeoutMs, refused, ...(why === undefined ? {} : { refusedFor: why }) },
    });
  }

  /** Runs `work`; whatever it throws ends the session for all, and is thrown when the peers have been told: then this process may end. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await Promise.race([work(), this.#failed]);
    } catch (error) {
      this.fail(asTacitError(error));
      // a link closes when what was sent has left, or its far end does not take it
      await Promise.all(this.#channels.map((channel) => channel.closed));
      throw this.#failure ?? error;
    }
  }

  fail(error: TacitError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#reject(error);
    for (const channel of this.#channels) channel.fail(error);
  }

  /** From here on peers may leave. */
  expectEnd(): void {
    for (const channel of this.#channels) channel.expectClose();
  }

  /** Closes every channel in good order. */
  finish(): void {
    for (const channel of this.#channels) channel.finish();
  }
}

/** A fault of ours as a Tacit error, whose message stays in this process: channels tell peers its code alone. */
function asTacitError(error: unknown): TacitError {
  if (error instanceof TacitError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return new TacitError('INTERNAL', `expected to finish, failed with: ${printable(words).replace(/\.\s*$/, '')}`, {
    cause: error,
  });
}
