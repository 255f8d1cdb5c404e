/**
 * Stores from outside a session: what is in them, and whether it reads; prune.ts says what can go.
 *
 * The folders below one root are looked at together: a bundle that one party has alone, or of a model that another participant forgot, is of
 * no use. A party's folder on a machine of its own is looked at alone.
 * @module
 */
import { codeOf, TacitError } from '../core/errors.js';
import { EVALUATOR, GARBLER } from '../steps/two.js';
import { DealerStore } from './dealer-store.js';
import { OwnerStore } from './owner-store.js';
import { PartyStore } from './party-store.js';
import { diskBytes, ownersIn, type StoreOwner, storeFolder } from './root.js';
import { storageIn } from './storage-folder.js';

export interface StoredModel {
  readonly id: string;
  /** What its owner calls it, where the owner's folder is here. */
  readonly name: string | null;
  /** Of the network: plans of every batch and policy share it. */
  readonly modelDigest: string;
  /** Bundles that wait. */
  readonly ready: number;
  /** And of how many inputs each. */
  readonly bundles: readonly { readonly batch: number; readonly ready: number }[];
  readonly bytes: number;
}

export interface StoreContent {
  readonly owner: Exclude<StoreOwner, 'owner'>;
  readonly id: string;
  readonly models: readonly StoredModel[];
  readonly ready: number;
  readonly spent: number;
  /** No number above it was ever used. */
  readonly highWater: number;
  readonly diskBytes: number;
}

/**
 * Opens every folder below the root, runs `work`, and closes them.
 * @param alone whether no other process may work with them meanwhile
 * @throws TacitError BAD_INPUT where there is none; STORE_IN_USE
 */
export async function withStores<T>(root: string, alone: boolean, work: (stores: Stores) => Promise<T>): Promise<T> {
  const owners = ownersIn(root);
  if (owners.length === 0) {
    throw new TacitError('BAD_INPUT', `expected bundle stores below ${root}, got none`);
  }
  const stores: Stores = { root, parties: [] };
  try {
    for (const owner of owners) {
      const storage = storageIn(storeFolder(root, owner), alone ? 'change' : 'look');
      if (owner === 'owner') stores.owner = new OwnerStore(storage);
      else if (owner === 'dealer') stores.dealer = new DealerStore(storage);
      else stores.parties.push(new PartyStore(owner === 'party0' ? GARBLER : EVALUATOR, storage));
    }
    return await work(stores);
  } finally {
    for (const store of [stores.owner, stores.dealer, ...stores.parties]) await store?.close();
  }
}

export interface Stores {
  readonly root: string;
  readonly parties: PartyStore[];
  owner?: OwnerStore;
  dealer?: DealerStore;
}

/** What every participant but the owner has. */
export function contentOf({ root, parties, dealer, owner }: Stores): StoreContent[] {
  const names = owner?.names() ?? new Map<string, string>();
  const disk = diskBytes(root);
  const named = (id: string): string | null => names.get(id) ?? null;
  const contents = parties.map((store): StoreContent => {
    const { ledger } = store;
    const ready = ledger.ready();
    return {
      owner: ledger.role,
      id: ledger.id,
      models: store.models().map(({ id, modelDigest, receipt }) => {
        const bundles = ready.filter((bundle) => bundle.model === id);
        const bytes = bundles.reduce((sum, bundle) => sum + bundle.receipt.bytes, receipt.bytes);
        const batches = [...new Set(bundles.map(({ batch }) => batch))].sort((a, b) => a - b);
        const byBatch = batches.map((batch) => ({ batch, ready: bundles.filter((one) => one.batch === batch).length }));
        return { id, name: named(id), modelDigest, ready: bundles.length, bundles: byBatch, bytes };
      }),
      ready: ready.length,
      spent: ledger.spent,
      highWater: ledger.highWater,
      diskBytes: disk[ledger.role] ?? 0,
    };
  });
  if (!dealer) return contents;
  const { ledger } = dealer;
  const models = dealer.models().map(({ id, modelDigest, seeds }) => {
    return { id, name: named(id), modelDigest, ready: 0, bundles: [], bytes: seeds[0].length + seeds[1].length };
  });
  const { id, highWater } = ledger;
  return [...contents, { owner: 'dealer', id, models, ready: 0, spent: 0, highWater, diskBytes: disk.dealer ?? 0 }];
}

/** Something that does not read as it was written. */
export interface Fault {
  readonly owner: StoreOwner;
  readonly what: string;
  readonly number: number | null;
  readonly model: string;
}

/** Reads everything that waits. Returns what is broken, and not what another process has spent or removed meanwhile. */
export async function verify({ parties }: Stores, onProgress?: (part: number) => void): Promise<Fault[]> {
  const jobs = parties.flatMap((store) => [
    ...store.models().map((model) => ({
      store,
      fault: { what: `model ${model.id}`, number: null, model: model.id },
      load: (): Promise<unknown> => store.loadModel(model),
      waits: () => store.models().some(({ id }) => id === model.id),
    })),
    ...store.ledger.ready().map(({ number, model }) => ({
      store,
      fault: { what: `bundle ${number}`, number, model },
      load: (): Promise<unknown> => store.checkBundle(number),
      waits: () => store.ledger.readyBundle(number) !== undefined,
    })),
  ]);
  const faults: Fault[] = [];
  for (const [done, { store, fault, load, waits }] of jobs.entries()) {
    try {
      await load();
    } catch (error) {
      store.ledger.records.refresh();
      if (waits()) {
        if (codeOf(error) !== 'STORE_CORRUPT') throw error;
        faults.push({ owner: store.ledger.role, ...fault });
      }
    }
    onProgress?.((done + 1) / jobs.length);
  }
  return faults;
}

/**
 * Compares how far each store says it has come with what the others have seen of it.
 * @throws ProtocolError STORE_ROLLED_BACK where one was restored from an older copy, and another's record shows it
 */
export function checkGenerations({ parties, dealer }: Stores): void {
  const ledgers = [...parties.map(({ ledger }) => ledger), ...(dealer ? [dealer.ledger] : [])];
  for (const seer of ledgers) {
    for (const seen of ledgers) if (seen !== seer) seer.refuseOlder(seen.id, seen.generation(seer.id), seen.role);
  }
}
