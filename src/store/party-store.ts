/**
 * What a compute party keeps: its ledger, the models that it holds shares of, and bundles until they are spent, each once.
 *
 * With a folder, ledger, models and shelved bundles outlive the process; without one they end with it. A bundle that is to be spent at once
 * is *held*, in memory alone: its number is used all the same.
 * @module
 */
import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, TacitError } from '../core/errors.js';
import type { Bundle, BundleId } from '../correlations/bundle.js';
import type { SharedModel } from '../correlations/context.js';
import { GARBLER, type Party } from '../steps/two.js';
import { bundleOf, partsOf } from './bundle-parts.js';
import { openParts, openRecords } from './files.js';
import { Ledger, type LedgerRole, mismatch, type ReadyBundle, read } from './ledger.js';
import { lock, unlock } from './lock.js';
import { modelOf, modelParts } from './model-parts.js';
import { memoryRecords } from './records.js';
import { corrupt, type Receipt, receiptSchema, Shelf } from './shelf.js';

/** A model that the parties, and the dealer where there is one, have set up together. */
export interface ModelId {
  /** Chosen by the model owner, who alone knows which weights it stands for. */
  readonly id: string;
  readonly planDigest: string;
  /** Stores of the other party and of the dealer. */
  readonly peer: string;
  readonly dealer: string | null;
}

export interface ModelEntry extends ModelId {
  readonly receipt: Receipt;
}

const modelEntrySchema: z.ZodType<ModelEntry> = z.object({
  id: z.string(),
  planDigest: z.string(),
  peer: z.string(),
  dealer: z.string().nullable(),
  receipt: receiptSchema,
});

export const LEDGER_FILE = 'ledger.mdb';
export const SHELF_FILE = 'bundles.mdb';
/** Left behind where a process was killed while it made it. */
const COPY_FILE = 'bundles-copy.mdb';

/** What a session spends bundles for. */
export interface Purpose {
  readonly model: ModelId;
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
  readonly #shelf: Shelf | undefined;
  readonly #locked: boolean;
  readonly #held = new Map<number, Bundle>();
  #fetched: { readonly number: number; readonly bundle: Promise<Bundle> } | undefined;

  private constructor(party: Party, ledger: Ledger, shelf?: Shelf, locked = false) {
    this.party = party;
    this.ledger = ledger;
    this.#shelf = shelf;
    this.#locked = locked;
  }

  /**
   * The store in `folder`, made where there is none; without a folder one that lives in memory. What is half-written or spent is removed.
   * @throws TacitError STORE_IN_USE, STORE_CORRUPT, STORE_FULL, BAD_INPUT
   */
  static open(party: Party, folder?: string): PartyStore {
    const role = party === GARBLER ? 'party0' : 'party1';
    if (folder === undefined) return new PartyStore(party, Ledger.open(memoryRecords(), role));
    const store = PartyStore.#inFolder(party, role, folder, true);
    removeFile(join(folder, COPY_FILE));
    store.sweep();
    return store;
  }

  /** The store in `folder`, to be looked at while another process may work with it. @throws TacitError STORE_CORRUPT, BAD_INPUT */
  static view(party: Party, folder: string): PartyStore {
    return PartyStore.#inFolder(party, party === GARBLER ? 'party0' : 'party1', folder, false);
  }

  static #inFolder(party: Party, role: LedgerRole, folder: string, alone: boolean): PartyStore {
    const access = alone ? 'change' : 'look';
    const records = openRecords(join(folder, LEDGER_FILE), access);
    try {
      if (alone) lock(records, folder);
      const ledger = alone ? Ledger.open(records, role) : Ledger.view(records, role);
      return new PartyStore(party, ledger, new Shelf(openParts(join(folder, SHELF_FILE), access)), alone);
    } catch (error) {
      void records.close();
      throw error;
    }
  }

  /** Numbers that wait on the shelf for this model. */
  readyFor({ id, planDigest, peer }: ModelId): ReadyBundle[] {
    return this.ledger
      .ready()
      .filter((bundle) => bundle.model === id && bundle.planDigest === planDigest && bundle.peer === peer);
  }

  /** Keeps a bundle in memory; the process takes it along when it ends. */
  hold(bundle: Bundle): void {
    this.#held.set(bundle.id.number, bundle);
  }

  /** Keeps a bundle for a later session; it is durable when this resolves. @throws TacitError STORE_FULL, with nothing lost but the bundle */
  async shelve(bundle: Bundle, { model, session }: Purpose): Promise<void> {
    if (this.#shelf === undefined) return this.hold(bundle);
    const { number, planDigest } = bundle.id;
    const entry = { number, planDigest, model: model.id, peer: model.peer, session };
    const receipt = await this.#shelf.put(shelfName(number), this.#binding(entry), partsOf(bundle));
    this.ledger.shelved({ ...entry, receipt });
  }

  /** Begins to read a bundle that will be claimed soon. */
  fetch(number: number): void {
    const entry = this.ledger.readyBundle(number);
    if (entry === undefined || this.#fetched?.number === number) return;
    const bundle = this.#load(entry);
    // whoever claims it is told
    bundle.catch(() => {});
    this.#fetched = { number, bundle };
  }

  /**
   * Takes bundle `number` out. It is durably spent, whatever happens next, before this resolves.
   * @returns the bundle, the generation towards the peer, and whether the bundle was in a store, where a copy of it may be
   * @throws TacitError BUNDLE_MISMATCH where it is not there, spent, or bound to something else; STORE_CORRUPT where it does not read
   */
  async claim(number: number, { model, session }: Purpose): Promise<Claimed> {
    const held = this.#held.get(number);
    let entry: ReadyBundle | undefined;
    const generation = this.ledger.claim({ number, model: model.id, peer: model.peer, session }, (ready) => {
      if (!held && !ready) throw mismatch(number, 'a prepared bundle', 'none');
      const bound = held
        ? held.id.planDigest === model.planDigest
        : ready!.planDigest === model.planDigest && ready!.model === model.id && ready!.peer === model.peer;
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

  /** Deletes the parts of a bundle that was claimed. Nobody has to wait for it: what is left behind is swept when the store is opened. */
  clear(number: number): void {
    if (this.ledger.readyBundle(number) === undefined) this.#shelf?.remove(shelfName(number));
  }

  /** The share of a model that was set up with the same peers. @throws TacitError STORE_CORRUPT where it does not read */
  async model(wanted: ModelId): Promise<SharedModel | undefined> {
    const entry = this.models().find(({ id }) => id === wanted.id);
    const same =
      entry?.planDigest === wanted.planDigest && entry.peer === wanted.peer && entry.dealer === wanted.dealer;
    return entry && same ? this.loadModel(entry) : undefined;
  }

  /** Keeps the share of a model, so that its bundles are of use in later sessions. */
  async keepModel(model: ModelId, share: SharedModel): Promise<void> {
    if (this.#shelf === undefined) return;
    const { id, planDigest, peer, dealer } = model;
    const receipt = await this.#shelf.put(id, this.#binding({ id, planDigest, peer, dealer }), modelParts(share));
    this.ledger.change([[['model', id], { id, planDigest, peer, dealer, receipt }]]);
  }

  models(): ModelEntry[] {
    return [...this.ledger.records.entries('model')].map(([, value]) => read(modelEntrySchema, value, 'a model'));
  }

  /** Ids of the models that are held together with this peer. */
  modelsWith(peer: string): string[] {
    return this.models().flatMap((model) => (model.peer === peer ? [model.id] : []));
  }

  async loadModel({ receipt, ...model }: ModelEntry): Promise<SharedModel> {
    const parts = await this.#shelf!.get(model.id, this.#binding(model), receipt);
    return decoded(`model ${model.id}`, () => modelOf(parts));
  }

  async loadBundle(number: number): Promise<Bundle> {
    const entry = this.ledger.readyBundle(number);
    if (entry === undefined) throw mismatch(number, 'a prepared bundle', 'none');
    return this.#load(entry);
  }

  /** Forgets bundles that no session can use; their numbers stay used. */
  discard(numbers: readonly number[]): void {
    this.ledger.giveBack(numbers);
    for (const number of numbers) this.#shelf?.remove(shelfName(number));
  }

  /** Forgets a model and its bundles. */
  dropModel(id: string): void {
    this.discard(this.ledger.ready().flatMap((bundle) => (bundle.model === id ? [bundle.number] : [])));
    this.ledger.change([[['model', id], undefined]]);
    this.#shelf?.remove(id);
  }

  /** Removes what no entry of the ledger stands for: half-written, spent, given back. Returns how much. */
  sweep(): number {
    return this.#shelf?.sweep(this.#named()) ?? 0;
  }

  /**
   * Gives the room of what is gone back to the disk: LMDB keeps freed pages for itself, so a file without them takes the other's place. Nothing
   * can be kept or read from here on. Where there is no room for a copy, the pages are used for the next bundles all the same.
   */
  async compact(folder: string): Promise<void> {
    if (this.#shelf === undefined) return;
    const path = join(folder, SHELF_FILE);
    const copy = join(folder, COPY_FILE);
    const names = this.#named();
    removeFile(copy);
    // an empty file takes next to no room, even where there was none
    if (names.size === 0) {
      await this.#shelf.close();
      removeFile(path);
      return openParts(path, 'change').close();
    }
    const copied = await this.#copyTo(copy, names);
    await this.#shelf.close();
    if (!copied) return removeFile(copy);
    // whoever still looks at the old files keeps both; the lock counts the transactions of the file that it was made for
    rmSync(lockOf(path), { force: true });
    rmSync(lockOf(copy), { force: true });
    renameSync(copy, path);
  }

  async close(): Promise<void> {
    this.ledger.flush();
    if (this.#locked) unlock(this.ledger.records);
    await this.#shelf?.close();
    await this.ledger.records.close();
  }

  /** What the ledger has an entry for. */
  #named(): Set<string> {
    return new Set([
      ...this.ledger.ready().map(({ number }) => shelfName(number)),
      ...this.models().map(({ id }) => id),
    ]);
  }

  async #copyTo(path: string, names: Iterable<string>): Promise<boolean> {
    try {
      const parts = openParts(path, 'change');
      await this.#shelf!.copyTo(parts, names).finally(() => parts.close());
      return true;
    } catch (error) {
      if (codeOf(error) !== 'STORE_FULL') throw error;
      return false;
    }
  }

  async #load(entry: ReadyBundle): Promise<Bundle> {
    const { receipt, ...bound } = entry;
    const parts = await this.#shelf!.get(shelfName(entry.number), this.#binding(bound), receipt);
    const id: BundleId = { planDigest: entry.planDigest, party: this.party, number: entry.number };
    return decoded(`bundle ${entry.number}`, () => bundleOf(id, parts));
  }

  /** What the checksum covers beside the parts; fields in one order. */
  #binding(fields: object): object {
    return [this.ledger.id, ...Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))];
  }
}

/** LMDB's companion of a file. */
function lockOf(path: string): string {
  return `${path}-lock`;
}

function removeFile(path: string): void {
  for (const file of [path, lockOf(path)]) rmSync(file, { force: true });
}

/** Names on the shelf: models go by their id. */
function shelfName(number: number): string {
  return `bundle ${number}`;
}

function decoded<T>(what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof TacitError) throw error;
    throw corrupt(what, 'what this version writes', 'another', error);
  }
}
