/**
 * What a compute party keeps: its ledger, the models that it holds shares of, and bundles until they are spent, each once.
 *
 * In a folder, ledger, models and shelved bundles outlive the process; in memory they end with it. A bundle that is to be spent at once
 * is *held*: its number is used all the same. A large bundle goes to a file as it is made and comes from it as it is spent, on the shelf or, held, in
 * one without a name.
 * @module
 */
import { z } from 'zod';
import { TacitError } from '../core/errors.js';
import { type Bundle, type BundleId, KINDS } from '../correlations/bundle.js';
import type { SharedModel } from '../correlations/context.js';
import { BUNDLE_MEMORY, MemorySpool, type Spool } from '../correlations/spool.js';
import { PROTOCOL_VERSION } from '../plan/compile.js';
import type { Plan } from '../plan/two.js';
import { GARBLER, type Party } from '../steps/two.js';
import { bundleIn, endOf } from './bundle-parts.js';
import { corrupt, Ledger, mismatch, type ReadyBundle, read } from './ledger.js';
import { modelOf, modelParts } from './model-parts.js';
import { type Draft, getParts, putParts, type Receipt, receiptSchema, type Shelf } from './parts.js';
import { temporarySpool } from './spool-file.js';
import { inMemory, type Storage } from './storage.js';

/** A model that the parties, and the dealer where there is one, have set up together. */
export interface ModelId {
  /** Chosen by the model owner, who alone knows which weights it stands for. */
  readonly id: string;
  /** Of the network, whatever batch and policy its plans have. */
  readonly modelDigest: string;
  /** Stores of the other party and of the dealer. */
  readonly peer: string;
  readonly dealer: string | null;
}

export interface ModelEntry extends ModelId {
  /** Of the protocol: no plan of another one matches. */
  readonly version: number;
  readonly receipt: Receipt;
}

const modelEntrySchema: z.ZodType<ModelEntry> = z.object({
  id: z.string(),
  modelDigest: z.string(),
  peer: z.string(),
  dealer: z.string().nullable(),
  version: z.number(),
  receipt: receiptSchema,
});

/** What a bundle is made for, beside the model. */
export type PlanId = Pick<Plan, 'digest' | 'batch'>;

/** What a session spends bundles for. */
export interface Purpose {
  readonly model: ModelId;
  readonly plan: PlanId;
  readonly session: string;
}

export interface Claimed {
  readonly bundle: Bundle;
  readonly generation: number;
  readonly stored: boolean;
}

export class PartyStore {
  readonly party: Party;
  readonly ledger: Ledger;
  readonly #storage: Storage;
  readonly #memory: number;
  readonly #held = new Map<number, Bundle>();
  /** Bundles on their way to the shelf. */
  readonly #drafts = new Map<number, Draft>();
  #full: TacitError | undefined;
  #fetched: { readonly number: number; readonly bundle: Promise<Bundle> } | undefined;

  /**
   * The party's store in `storage`. What is half-written or spent is removed, unless it is only looked at.
   * @param memory bytes of bundles to keep in memory
   * @throws TacitError STORE_CORRUPT, STORE_FULL, BAD_INPUT
   */
  constructor(party: Party, storage: Storage = inMemory(), memory: number = BUNDLE_MEMORY) {
    this.party = party;
    this.#memory = memory;
    this.#storage = storage;
    this.#full = storage.full;
    this.ledger = Ledger.open(storage, party === GARBLER ? 'party0' : 'party1');
    if (storage.access === 'change') this.sweep();
  }

  /** Numbers that wait on the shelf for this model and plan. */
  readyFor({ id, peer }: ModelId, { digest }: Pick<Plan, 'digest'>): ReadyBundle[] {
    return this.ledger
      .ready()
      .filter((bundle) => bundle.model === id && bundle.planDigest === digest && bundle.peer === peer);
  }

  /**
   * Where bundle `number` is to wait while it is filled, until it is held or shelved.
   * @param bytes that it will have
   * @param keep whether it will be shelved
   * @throws TacitError STORE_FULL, BAD_INPUT
   */
  async spool(number: number, bytes: number, keep: boolean): Promise<Spool> {
    const held = [...this.#held.values()].reduce((sum, bundle) => sum + bundle.spool.memoryBytes, 0);
    if (held + bytes <= this.#memory) return new MemorySpool();
    if (!keep || this.#shelf === undefined || this.#full) return temporarySpool(this.#storage.scratch);
    const draft = await this.#shelf.begin(bundleName(number));
    this.#drafts.set(number, draft);
    return draft;
  }

  /** Keeps a bundle until it is spent; the process takes it along when it ends. @throws TacitError STORE_FULL */
  async hold(bundle: Bundle): Promise<void> {
    try {
      await bundle.spool.finish();
    } catch (error) {
      await bundle.spool.discard();
      throw error;
    }
    this.#held.set(bundle.id.number, bundle);
  }

  /** Why nothing can be kept for later sessions; undefined where it can. */
  get full(): TacitError | undefined {
    return this.#full;
  }

  /** Keeps a bundle for a later session; it is durable when this resolves. @throws TacitError STORE_FULL, with nothing lost but the bundle */
  async shelve(bundle: Bundle, { model, plan, session }: Purpose): Promise<void> {
    if (this.#full) {
      await bundle.spool.discard();
      throw this.#full;
    }
    if (this.#shelf === undefined) return this.hold(bundle);
    const { number, planDigest } = bundle.id;
    const entry = { number, planDigest, batch: plan.batch, model: model.id, peer: model.peer, session };
    const draft = this.#drafts.get(number) ?? (await this.#copy(this.#shelf, bundle));
    this.#drafts.delete(number);
    for (const part of endOf(bundle)) await draft.append(part);
    const receipt = await draft.keep(this.#binding(entry));
    this.ledger.shelved({ ...entry, receipt });
  }

  /** Begins to write a bundle that is in memory. */
  async #copy(shelf: Shelf, { id, spool, layouts }: Bundle): Promise<Draft> {
    const draft = await shelf.begin(bundleName(id.number));
    const parts = [...layouts.values()].reduce(
      (sum, layout) => sum + KINDS.reduce((n, kind) => n + layout[kind].length, 0),
      0,
    );
    for (let part = 0; part < parts; part++) await draft.append(await spool.take(part));
    return draft;
  }

  /** Begins to read a bundle that will be claimed soon. */
  fetch(number: number): void {
    const entry = this.ledger.readyBundle(number);
    if (entry === undefined || this.#fetched?.number === number) return;
    const bundle = this.#load(entry);
    // the claim is told
    bundle.catch(() => {});
    // a client may ask out of order: what it passed over is read again should it be asked for
    this.#fetched?.bundle.then(({ spool }) => spool.discard()).catch(() => {});
    this.#fetched = { number, bundle };
  }

  /**
   * Takes bundle `number` out. It is durably spent, whatever happens next, before this resolves.
   * @returns the bundle, the generation towards the peer, and whether the bundle was in a store, where a copy of it may be
   * @throws TacitError BUNDLE_MISMATCH where it is not there, spent, or bound to something else; STORE_CORRUPT where it does not read
   */
  async claim(number: number, { model, plan, session }: Purpose): Promise<Claimed> {
    const held = this.#held.get(number);
    let entry: ReadyBundle | undefined;
    const generation = this.ledger.claim({ number, model: model.id, peer: model.peer, session }, (ready) => {
      if (!held && !ready) throw mismatch(number, 'a prepared bundle', 'none');
      const bound = held
        ? held.id.planDigest === plan.digest
        : ready!.planDigest === plan.digest && ready!.model === model.id && ready!.peer === model.peer;
      if (!bound) throw mismatch(number, 'a bundle of this plan, model and peer', 'one of another');
      entry = ready;
    });
    if (held) {
      this.#held.delete(number);
      return { bundle: held, generation, stored: false };
    }
    const fetched = this.#fetched?.number === number ? this.#fetched.bundle : undefined;
    if (fetched) this.#fetched = undefined;
    const bundle = await (fetched ?? this.#load(entry!));
    return { bundle, generation, stored: true };
  }

  /** Deletes a bundle that was claimed. No answer has to wait for it: what is left behind is swept when the store is opened. */
  clear(number: number): void {
    if (this.ledger.readyBundle(number) === undefined) this.#shelf?.remove(bundleName(number));
  }

  /** The share of a model that was set up with the same peers. @throws TacitError STORE_CORRUPT where it does not read */
  async model(wanted: ModelId): Promise<SharedModel | undefined> {
    const entry = this.models().find(({ id }) => id === wanted.id);
    const same =
      entry?.modelDigest === wanted.modelDigest && entry.peer === wanted.peer && entry.dealer === wanted.dealer;
    return entry && same ? this.loadModel(entry) : undefined;
  }

  /** Keeps the share of a model, so that its bundles are of use in later sessions. Without room for it this one goes on, and keeps nothing. */
  async keepModel(model: ModelId, share: SharedModel): Promise<void> {
    if (this.#shelf === undefined) return;
    try {
      await this.#keepModel(this.#shelf, model, share);
    } catch (error) {
      if (!(error instanceof TacitError && error.code === 'STORE_FULL')) throw error;
      this.#full = error;
    }
  }

  async #keepModel(shelf: Shelf, model: ModelId, share: SharedModel): Promise<void> {
    const { id, modelDigest, peer, dealer } = model;
    const entry = { id, modelDigest, peer, dealer, version: PROTOCOL_VERSION };
    const receipt = await putParts(shelf, shareName(id), this.#binding(entry), modelParts(share));
    this.ledger.change([[['model', id], { ...entry, receipt }]]);
  }

  models(): ModelEntry[] {
    return [...this.ledger.records.entries('model')].map(([, value]) => read(modelEntrySchema, value, 'a model'));
  }

  /** Ids of the models that are held together with this peer. */
  modelsWith(peer: string): string[] {
    return this.models().flatMap((model) => (model.peer === peer ? [model.id] : []));
  }

  async loadModel({ receipt, ...model }: ModelEntry): Promise<SharedModel> {
    const parts = await getParts(this.#shelf!, shareName(model.id), this.#binding(model), receipt);
    return decoded(`model ${model.id}`, () => modelOf(parts));
  }

  /** Reads a bundle that waits. @throws TacitError STORE_CORRUPT where it does not read */
  async checkBundle(number: number): Promise<void> {
    const entry = this.ledger.readyBundle(number);
    if (entry === undefined) throw mismatch(number, 'a prepared bundle', 'none');
    const spool = await this.#open(entry);
    try {
      const { layouts } = await this.#bundleIn(spool, entry);
      for (const layout of layouts.values()) {
        for (const part of KINDS.flatMap((kind) => layout[kind])) await spool.take(part);
      }
    } finally {
      await spool.discard();
    }
  }

  /** Forgets bundles that no session can use; their numbers stay used. */
  discard(numbers: readonly number[]): void {
    this.ledger.giveBack(numbers);
    for (const number of numbers) this.#shelf?.remove(bundleName(number));
  }

  /** Forgets a model and its bundles. */
  dropModel(id: string): void {
    this.discard(this.ledger.ready().flatMap((bundle) => (bundle.model === id ? [bundle.number] : [])));
    this.ledger.change([[['model', id], undefined]]);
    this.#shelf?.remove(shareName(id));
  }

  /** Removes what no entry of the ledger stands for: half-written, spent, given back. Returns how much. */
  sweep(): number {
    const bundles = this.ledger.ready().map(({ number }) => bundleName(number));
    const shares = this.models().map(({ id }) => shareName(id));
    return this.#shelf?.sweep([...bundles, ...shares]) ?? 0;
  }

  async close(): Promise<void> {
    this.ledger.flush();
    const fetched = await this.#fetched?.bundle.catch(() => undefined);
    for (const { spool } of [...this.#held.values(), ...(fetched ? [fetched] : [])]) await spool.discard();
    for (const draft of this.#drafts.values()) await draft.discard();
    await this.#storage.close();
  }

  /** A bundle of the shelf, in memory if it is small. */
  async #load(entry: ReadyBundle): Promise<Bundle> {
    const { parts, bytes } = entry.receipt;
    const file = await this.#open(entry);
    if (bytes > this.#memory) {
      return this.#bundleIn(file, entry).catch(async (error: unknown) => {
        // one that does not read leaves no file open
        await file.discard();
        throw error;
      });
    }
    const spool = new MemorySpool();
    try {
      for (let part = 0; part < parts; part++) await spool.append(await file.take(part));
    } finally {
      await file.discard();
    }
    return this.#bundleIn(spool, entry);
  }

  #open({ receipt, ...bound }: ReadyBundle): Promise<Spool> {
    return this.#shelf!.open(bundleName(bound.number), this.#binding(bound), receipt);
  }

  #bundleIn(spool: Spool, { number, planDigest, receipt }: ReadyBundle): Promise<Bundle> {
    const id: BundleId = { planDigest, party: this.party, number };
    return decoded(`bundle ${number}`, () => bundleIn(id, spool, receipt.parts));
  }

  get #shelf(): Shelf | undefined {
    return this.#storage.shelf;
  }

  /** What the checksum covers beside the parts; fields in one order. */
  #binding(fields: object): object {
    return [this.ledger.id, ...Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))];
  }
}

/** Names on the shelf. */
function bundleName(number: number): string {
  return `bundle ${number}`;
}

function shareName(model: string): string {
  return `share ${model}`;
}

async function decoded<T>(what: string, decode: () => T | Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (error) {
    if (error instanceof TacitError) throw error;
    throw corrupt(what, 'what this version writes', 'another', error);
  }
}
