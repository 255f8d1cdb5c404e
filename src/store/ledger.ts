/**
 * What one participant knows durably of its bundles: who it is, how far it has come with each peer, which numbers are ready, and which are
 * spent in which session.
 *
 * A number is used once: it is above every number before it when it is reserved, and ready until it is claimed. Towards each peer a store
 * has a *generation*, which grows with every session and every claim; the peer remembers the newest that it has seen. A store that was
 * restored from an older copy has an older one, and is refused.
 * @module
 */

import { z } from 'zod';
import { ProtocolError, TacitError } from '../core/errors.js';
import { randomName } from '../platform/random.js';
import { type Receipt, receiptSchema } from './parts.js';
import type { Change, Records } from './records.js';
import type { Storage } from './storage.js';

/** The role whose ledger it is. */
export type LedgerRole = 'party0' | 'party1' | 'dealer';

const FORMAT = 4;
/** A frame carries 32 bits of a number. */
export const MAX_NUMBER = 0xffffffff;
/** How far above all that was used here a peer's number may be. Where it is wrong, that many are lost, and not all. */
export const PEER_LEAD: number = 2 ** 24;
/** How far above it a client may ask for one: it is told the lowest that is free. */
export const CLIENT_LEAD = 1024;
/** The newest claims are kept, to show that no number was used twice. */
const CLAIMS_KEPT = 10_000;

/** Bundles that one change gives back: it has to do with the room that is left for small ones. */
const AT_ONCE = 200;

const whole = z.number().int().nonnegative();

const metaSchema = z.object({
  format: z.literal(FORMAT),
  id: z.string(),
  role: z.string(),
  /** No number above it was ever used here. */
  highWater: whole,
  claims: whole,
  /** The oldest claims, which were removed. */
  forgotten: whole,
});
type Meta = z.infer<typeof metaSchema>;

const peerSchema = z.object({
  /** How far this store has come with the peer. */
  ours: whole,
  /** The newest that the peer said of its own. */
  theirs: whole,
});
type PeerRecord = z.infer<typeof peerSchema>;

/** A bundle that waits, and all that it is bound to. */
export interface ReadyBundle {
  readonly number: number;
  readonly planDigest: string;
  /** Inputs that it serves. */
  readonly batch: number;
  readonly model: string;
  readonly peer: string;
  /** The session that made it. */
  readonly session: string;
  readonly receipt: Receipt;
}

const readySchema: z.ZodType<ReadyBundle> = z.object({
  number: whole,
  planDigest: z.string(),
  batch: whole,
  model: z.string(),
  peer: z.string(),
  session: z.string(),
  receipt: receiptSchema,
});

/** A bundle that was spent, and where. */
export interface Claim {
  readonly number: number;
  readonly model: string;
  readonly peer: string;
  /** The session that spent it. */
  readonly session: string;
}

const claimSchema: z.ZodType<Claim> = z.object({
  number: whole,
  model: z.string(),
  peer: z.string(),
  session: z.string(),
});

export class Ledger {
  readonly records: Records;
  readonly id: string;
  readonly role: LedgerRole;
  /** Generations of peers that came since the last change. */
  readonly #noted = new Map<string, number>();

  private constructor(records: Records, { id }: Meta, role: LedgerRole) {
    this.records = records;
    this.id = id;
    this.role = role;
  }

  /**
   * The ledger in `storage`; an empty one becomes that of a new store, with an id of its own, unless it is only looked at.
   * @throws TacitError STORE_CORRUPT where it is of another role or does not read; then the storage is closed
   */
  static open(storage: Storage, role: LedgerRole): Ledger {
    try {
      return Ledger.#in(storage, role);
    } catch (error) {
      void storage.close();
      throw error;
    }
  }

  static #in({ records, access }: Storage, role: LedgerRole): Ledger {
    const fresh: Meta = {
      format: FORMAT,
      id: randomName('store/name'),
      role,
      highWater: 0,
      claims: 0,
      forgotten: 0,
    };
    if (access === 'change') {
      records.transact(() => (records.get(['meta']) === undefined ? [[['meta'], fresh]] : []));
    }
    if (records.get(['meta']) === undefined) {
      throw new TacitError('BAD_INPUT', 'expected a bundle store, got one that is being made');
    }
    refuseOtherFormat(records.get(['meta']));
    const meta = read(metaSchema, records.get(['meta']), 'the ledger');
    if (meta.role !== role)
      throw corrupt('the ledger', `that of ${role}`, `that of ${meta.role}. Check which folder is whose`);
    return new Ledger(records, meta, role);
  }

  get highWater(): number {
    return this.#meta().highWater;
  }

  /** From here on numbers up to `number` are used: a peer says so. @throws TacitError BUNDLE_MISMATCH where that is too far */
  raise(number: number): void {
    if (number > this.highWater) this.#raise(number, PEER_LEAD);
  }

  /**
   * Takes a number that was never used, so that a bundle can be made.
   * @param lead how far above the last one it may be
   * @throws TacitError BUNDLE_MISMATCH where it was used, or is too far
   */
  reserve(number: number, lead: number = CLIENT_LEAD): void {
    this.#raise(number, lead);
  }

  #raise(number: number, lead: number): void {
    this.#change(() => {
      const { highWater } = this;
      const most = Math.min(highWater + lead, MAX_NUMBER);
      if (number <= highWater) throw mismatch(number, `a number above ${highWater}`, 'one that was used before');
      if (number > most) throw mismatch(number, `a number up to ${most}`, 'one above');
      return [this.#metaChange({ highWater: number })];
    });
  }

  /** A reserved bundle is on the shelf. */
  shelved(bundle: ReadyBundle): void {
    this.#change(() => [[['ready', bundle.number], bundle]]);
  }

  /** What is on the shelf, by number. */
  ready(): ReadyBundle[] {
    return [...this.records.entries('ready')].map(([, value]) => read(readySchema, value, 'a bundle'));
  }

  /** The bundle `number`, if it is on the shelf. */
  readyBundle(number: number): ReadyBundle | undefined {
    const value = this.records.get(['ready', number]);
    return value === undefined ? undefined : read(readySchema, value, `bundle ${number}`);
  }

  /**
   * Records a number as spent. Durable when it returns: only then may anything leave that depends on the bundle.
   * @param permit looks, in the same transaction, at the bundle of that number if one is on the shelf, and throws where it may not be spent
   * @returns the generation towards the peer that this makes
   */
  claim(claim: Claim, permit: (ready: ReadyBundle | undefined) => void): number {
    const { number, peer } = claim;
    let generation = 0;
    this.#change(() => {
      permit(this.readyBundle(number));
      const { claims, forgotten } = this.#meta();
      const known = this.#peer(peer);
      generation = known.ours + 1;
      // on a full disk two make room for one
      const spare = Math.min(claims - forgotten, this.records.full ? 2 : claims - forgotten >= CLAIMS_KEPT ? 1 : 0);
      const old = Array.from({ length: spare }, (_, i): Change => [['claim', forgotten + i], undefined]);
      return [
        [['ready', number], undefined],
        [['claim', claims], claim],
        this.#metaChange({ claims: claims + 1, forgotten: forgotten + spare }),
        [['peer', peer], { ...known, ours: generation }],
        ...old,
      ];
    });
    return generation;
  }

  /** How many bundles were spent. */
  get spent(): number {
    return this.#meta().claims;
  }

  /** The newest claims, oldest first. */
  claims(): Claim[] {
    return [...this.records.entries('claim')].map(([, value]) => read(claimSchema, value, 'a claim'));
  }

  /** Forgets bundles that cannot be used; their numbers stay used. */
  giveBack(numbers: readonly number[]): void {
    for (let i = 0; i < numbers.length; i += AT_ONCE) {
      this.#change(() => numbers.slice(i, i + AT_ONCE).map((number) => [['ready', number], undefined]));
    }
  }

  /** How far this store has come with `peer`. */
  generation(peer: string): number {
    return this.#peer(peer).ours;
  }

  /** @throws ProtocolError STORE_ROLLED_BACK where the peer has been further than it says */
  refuseOlder(peer: string, came: number, name: string): void {
    const { theirs } = this.#peer(peer);
    if (came >= theirs) return;
    throw new ProtocolError(
      'STORE_ROLLED_BACK',
      `store of ${name}: expected generation ${theirs} or later, got ${came}: it was restored from an older copy. Remove its folder and prepare anew`,
    );
  }

  /** A session with `peer` begins: returns the generation that it makes. */
  beginSession(peer: string): number {
    const ours = this.#peer(peer).ours + 1;
    this.#change(() => [[['peer', peer], { ...this.#peer(peer), ours }]]);
    return ours;
  }

  /** Remembers what the peer says of its generation; durable with the next change, or `flush`. */
  note(peer: string, generation: number): void {
    this.#noted.set(peer, generation);
  }

  flush(): void {
    if (this.#noted.size > 0) this.#change(() => []);
  }

  /** Changes records of other kinds along with what was noted. */
  change(changes: readonly Change[]): void {
    this.#change(() => changes);
  }

  #change(body: () => readonly Change[]): void {
    this.records.transact(() => {
      const changes = new Map(body().map((change) => [JSON.stringify(change[0]), change]));
      for (const [peer, generation] of this.#noted) {
        const key = ['peer', peer] as const;
        const known = (changes.get(JSON.stringify(key))?.[1] as PeerRecord | undefined) ?? this.#peer(peer);
        changes.set(JSON.stringify(key), [key, { ...known, theirs: Math.max(known.theirs, generation) }]);
      }
      return [...changes.values()];
    });
    this.#noted.clear();
  }

  #meta(): Meta {
    return read(metaSchema, this.records.get(['meta']), 'the ledger');
  }

  #metaChange(changes: Partial<Meta>): Change {
    return [['meta'], { ...this.#meta(), ...changes }];
  }

  #peer(peer: string): PeerRecord {
    const value = this.records.get(['peer', peer]);
    return value === undefined ? { ours: 0, theirs: 0 } : read(peerSchema, value, 'a peer');
  }
}

/** @throws TacitError BAD_INPUT where another version has made the store */
function refuseOtherFormat(meta: unknown): void {
  const { success, data } = z.object({ format: whole }).safeParse(meta);
  if (!success || data.format === FORMAT) return;
  throw new TacitError(
    'BAD_INPUT',
    `expected a bundle store of this version (format ${FORMAT}), got one of another (format ${data.format}). Remove the folder and prepare anew`,
  );
}

/** A record as it was written. @throws TacitError STORE_CORRUPT where it is not */
export function read<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw corrupt(what, 'a record of this version', 'another', parsed.error);
  return parsed.data;
}

/** What does not read as it was written. */
export function corrupt(what: string, expected: string, came: string, cause?: unknown): TacitError {
  return new TacitError('STORE_CORRUPT', `${what} in the store: expected ${expected}, got ${came}`, { cause });
}

/** The parties disagree on a bundle, or it was used before. */
export function mismatch(number: number, expected: string, came: string): TacitError {
  return new TacitError('BUNDLE_MISMATCH', `bundle ${number}: expected ${expected}, got ${came}`);
}
