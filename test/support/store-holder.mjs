/** A process that works with the store in its first argument until it is killed: it stores as many bundles as it is told. */
const { PartyStore } = await import('../../dist/src/store/party-store.js');
const { storageIn } = await import('../../dist/src/store/storage-folder.js');
const { Bundle } = await import('../../dist/src/correlations/bundle.js');

const planDigest = 'p'.repeat(64);
const model = { id: 'm'.repeat(32), modelDigest: 'n'.repeat(64), peer: 'peer', dealer: 'dealer' };
const store = new PartyStore(1, storageIn(process.argv[2]));
process.on('message', async (count) => {
  for (let i = 0; i < count; i++) {
    const number = store.ledger.highWater + 1;
    store.ledger.reserve(number);
    const bundle = new Bundle({ planDigest, party: 1, number }, new Uint8Array(32));
    await bundle.put(0, { segments: [new Uint8Array(900_000).fill(number)] });
    await store.shelve(bundle, { model, plan: { digest: planDigest, batch: 1 }, session: 'holder' });
  }
  process.send('done');
});
process.send(store.ledger.id);
setInterval(() => {}, 1000);
