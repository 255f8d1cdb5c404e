/** What of two stores is of no use, by reason; what is of use stays, and a dry run removes nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Bundle } from '../../src/correlations/bundle.js';
import { PROTOCOL_VERSION } from '../../src/plan/compile.js';
import { DealerStore } from '../../src/store/dealer-store.js';
import { withStores } from '../../src/store/inspect.js';
import { OwnerStore } from '../../src/store/owner-store.js';
import { PartyStore } from '../../src/store/party-store.js';
import { type Item, prune } from '../../src/store/prune.js';
import { type StoreOwner, storeFolder } from '../../src/store/root.js';
import { storageIn } from '../../src/store/storage-folder.js';

const root = mkdtempSync(join(tmpdir(), 'tacit-prune-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const seed = (): Uint8Array => new Uint8Array(32);
const share = { layers: new Map(), revealSeed: seed() };

/** Two parties with bundles 1 to 4 of the model `kept`, and more that goes. */
async function fill(name: string): Promise<string> {
  const folder = join(root, name);
  const at = (owner: StoreOwner): ReturnType<typeof storageIn> => storageIn(storeFolder(folder, owner));
  const parties = [new PartyStore(0, at('party0')), new PartyStore(1, at('party1'))] as const;
  const dealer = new DealerStore(at('dealer'));
  const owner = new OwnerStore(at('owner'));
  for (const [i, id] of ['kept', 'anew', 'undealt'].entries()) {
    if (id !== 'anew') owner.shared(`network ${i}`, new Map(), { id, name: id });
    const stores = [parties[0].ledger.id, parties[1].ledger.id] as const;
    if (id !== 'undealt') dealer.keepModel({ id, modelDigest: 'd', parties: stores, seeds: [seed(), seed()] });
  }
  owner.shared('network', new Map(), { id: 'unheld', name: 'unheld' });
  for (const [i, store] of parties.entries()) {
    const model = (id: string): { id: string; modelDigest: string; peer: string; dealer: string } => {
      return { id, modelDigest: 'd', peer: parties[1 - i]!.ledger.id, dealer: dealer.ledger.id };
    };
    for (const id of ['kept', 'anew', 'undealt']) await store.keepModel(model(id), share);
    if (i === 0) await store.keepModel(model('lonely'), share);
    await store.keepModel(model('older'), share);
    const older = store.models().find(({ id }) => id === 'older')!;
    store.ledger.change([[['model', 'older'], { ...older, version: PROTOCOL_VERSION - 1 }]]);
    for (const [number, id] of [
      ...[1, 2, 3].map((n) => [n, 'kept'] as const),
      [4, 'anew'] as const,
      [5, 'gone'] as const,
    ]) {
      if (i === 1 && number === 3) continue;
      store.ledger.reserve(number);
      const plan = { digest: 'plan', batch: number };
      const bundle = new Bundle({ planDigest: plan.digest, party: store.party, number }, seed());
      await store.shelve(bundle, { model: model(id), plan, session: `session ${number}` });
    }
  }
  for (const store of [...parties, dealer, owner]) await store.close();
  return folder;
}

const said = (items: readonly Item[]): string[] =>
  items.map(({ owner, model, number, why }) => `${owner} ${model}${number === null ? '' : ` ${number}`}: ${why}`);

const USELESS = [
  'party0 kept 3: alone',
  'party0 anew 4: model',
  'party0 gone 5: model',
  'party0 anew: owner',
  'party0 undealt: dealer',
  'party0 lonely: other',
  'party1 anew 4: model',
  'party1 gone 5: model',
  'party1 anew: owner',
  'party1 undealt: dealer',
  'party0 older: version',
  'party1 older: version',
  'dealer anew: unheld',
  'owner undealt: unheld',
  'owner unheld: unheld',
];

it('goes, and nothing else', async () => {
  const folder = await fill('some');
  const dry = await withStores(folder, false, (stores) => prune(stores, false, true));
  expect(said(dry.items).sort()).toEqual([...USELESS].sort());
  expect(dry.after).toBe(dry.before);
  const done = await withStores(folder, true, (stores) => prune(stores, false));
  expect(said(done.items)).toEqual(said(dry.items));
  expect(done).toMatchObject({ bundles: 5, models: 7 });
  expect(done.after).toBeLessThan(done.before);
  await withStores(folder, true, async (stores) => {
    for (const { ledger } of stores.parties) {
      expect(ledger.ready().map(({ number }) => number)).toEqual([1, 2]);
      // no number comes again
      expect(ledger.highWater).toBe(5);
    }
    for (const store of stores.parties) expect(store.models().map(({ id }) => id)).toEqual(['kept']);
    expect(stores.dealer!.models().map(({ id }) => id)).toEqual(['kept']);
    expect([...stores.owner!.names().keys()]).toEqual(['kept']);
    expect((await prune(stores, false)).items).toEqual([]);
  });
});

it('is all where all is to go', async () => {
  const folder = await fill('all');
  const { bundles, models } = await withStores(folder, true, (stores) => prune(stores, true));
  expect({ bundles, models }).toEqual({ bundles: 9, models: 9 });
  await withStores(folder, false, async ({ parties, dealer, owner }) => {
    for (const store of parties) expect([store.models(), store.ledger.ready()]).toEqual([[], []]);
    expect([dealer!.models(), owner!.names().size]).toEqual([[], 0]);
  });
});
