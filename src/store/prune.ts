/**
 * What of the stores no plan can use, and its removal. The folders below one root are looked at together.
 *
 * Of no use is, and nothing else:
 * - a share or a bundle that does not read;
 * - a share of another version of the protocol, whose plans all have other digests; one that another participant here does not hold; one
 *   that the owner here would not offer again, because the same weights were shared anew since;
 * - a bundle whose share is gone, or that one party here has alone;
 * - what the dealer or the owner remembers of a model that no party here holds.
 * @module
 */
import { PROTOCOL_VERSION } from '../plan/compile.js';
import { type Stores, verify } from './inspect.js';
import type { ReadyBundle } from './ledger.js';
import type { ModelEntry, PartyStore } from './party-store.js';
import { diskBytes, type StoreOwner } from './root.js';

/** Why something is of no use. */
export type Useless = 'all' | 'damaged' | 'version' | 'other' | 'dealer' | 'owner' | 'model' | 'alone' | 'unheld';

/** A share or a record of a model, or with a number a bundle. */
export interface Item {
  readonly owner: StoreOwner;
  readonly model: string;
  readonly number: number | null;
  readonly why: Useless;
}

/** What `prune` removed, or would remove. */
export interface Pruned {
  readonly bundles: number;
  readonly models: number;
  /** Bytes of all folders, before and after. */
  readonly before: number;
  readonly after: number;
  readonly items: readonly Item[];
}

/**
 * Removes what is of no use. Numbers stay used.
 * @param all whether every model and bundle is
 * @param dryRun only say what would go
 */
export async function prune(stores: Stores, all: boolean, dryRun = false): Promise<Pruned> {
  const size = (): number => Object.values(diskBytes(stores.root)).reduce((sum, bytes) => sum + bytes, 0);
  const before = size();
  const items = await uselessIn(stores, all);
  if (!dryRun) for (const item of items) remove(stores, item);
  const ofParties = items.filter(({ owner }) => owner === 'party0' || owner === 'party1');
  const bundles = ofParties.filter(({ number }) => number !== null).length;
  return { bundles, models: ofParties.length - bundles, before, after: size(), items };
}

/** Everything that is of no use, bundles before the share that they go with. */
async function uselessIn(stores: Stores, all: boolean): Promise<Item[]> {
  const { parties, dealer, owner } = stores;
  const damaged = await verify(stores);
  const isDamaged = (store: PartyStore, model: string, number: number | null): boolean =>
    damaged.some((fault) => fault.owner === store.ledger.role && fault.model === model && fault.number === number);
  const whyModel = (store: PartyStore, entry: ModelEntry): Useless | undefined =>
    all ? 'all' : (uselessModel(stores, store, entry) ?? (isDamaged(store, entry.id, null) ? 'damaged' : undefined));
  const gone = new Map(
    parties.map((store) => [
      store,
      new Map(
        store.models().flatMap((entry) => {
          const why = whyModel(store, entry);
          return why === undefined ? [] : [[entry.id, why] as const];
        }),
      ),
    ]),
  );
  const held = (store: PartyStore, id: string): boolean =>
    store.models().some((entry) => entry.id === id) && !gone.get(store)!.has(id);
  /** Whether a store has its half of a bundle, and keeps it. */
  const isWhole = (store: PartyStore, number: number, session: ReadyBundle['session']): boolean => {
    const half = store.ledger.readyBundle(number);
    return half?.session === session && held(store, half.model) && !isDamaged(store, half.model, number);
  };
  const items: Item[] = [];
  for (const store of parties) {
    const { role } = store.ledger;
    const whyBundle = ({ number, model, session }: ReadyBundle): Useless | undefined => {
      if (all) return 'all';
      if (isDamaged(store, model, number)) return 'damaged';
      if (!held(store, model)) return 'model';
      const other = parties.find((party) => party !== store);
      return other && !isWhole(other, number, session) ? 'alone' : undefined;
    };
    for (const bundle of store.ledger.ready()) {
      const why = whyBundle(bundle);
      if (why !== undefined) items.push({ owner: role, model: bundle.model, number: bundle.number, why });
    }
    for (const [model, why] of gone.get(store)!) items.push({ owner: role, model, number: null, why });
  }
  const isHeld = (id: string): boolean => parties.some((store) => held(store, id));
  // a dealer or an owner on a machine of its own does not know what the parties hold
  if (all || parties.length > 0) {
    const unheld = (ids: Iterable<string>): string[] => [...ids].filter((id) => all || !isHeld(id));
    for (const model of unheld((dealer?.models() ?? []).map(({ id }) => id))) {
      items.push({ owner: 'dealer', model, number: null, why: all ? 'all' : 'unheld' });
    }
    for (const model of unheld(owner?.names().keys() ?? [])) {
      items.push({ owner: 'owner', model, number: null, why: all ? 'all' : 'unheld' });
    }
  }
  return items;
}

function uselessModel({ parties, dealer, owner }: Stores, store: PartyStore, entry: ModelEntry): Useless | undefined {
  const { id, peer, dealer: dealt, version } = entry;
  const other = parties.find((party) => party !== store);
  if (version !== PROTOCOL_VERSION) return 'version';
  if (other && !(other.ledger.id === peer && other.models().some((model) => model.id === id))) return 'other';
  if (dealt !== null && dealer && !(dealer.ledger.id === dealt && dealer.models().some((m) => m.id === id))) {
    return 'dealer';
  }
  return owner && !owner.names().has(id) ? 'owner' : undefined;
}

function remove({ parties, dealer, owner }: Stores, item: Item): void {
  switch (item.owner) {
    case 'party0':
    case 'party1': {
      const store = parties.find(({ ledger }) => ledger.role === item.owner)!;
      if (item.number === null) store.dropModel(item.model);
      else store.discard([item.number]);
      return;
    }
    case 'dealer':
      dealer!.dropModel(item.model);
      return;
    case 'owner':
      owner!.forget(item.model);
      return;
    default:
      item.owner satisfies never;
  }
}
