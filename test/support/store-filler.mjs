/** A process that stores bundles until there is no room, spends the second that was there before, and says what it met. */
const { PartyStore } = await import('../../dist/src/store/party-store.js');
const { storageIn } = await import('../../dist/src/store/storage-folder.js');
const { Bundle } = await import('../../dist/src/correlations/bundle.js');

const planDigest = 'p'.repeat(64);
const model = { id: 'm'.repeat(32), modelDigest: 'n'.repeat(64), peer: 'peer', dealer: 'dealer' };
const purpose = { model, plan: { digest: planDigest, batch: 1 }, session: 'filler' };
const store = new PartyStore(1, storageIn(process.argv[2]));
const before = store.ledger.ready().map(({ number }) => number);
try {
  for (;;) {
    const number = store.ledger.highWater + 1;
    store.ledger.reserve(number);
    const bundle = new Bundle({ planDigest, party: 1, number }, new Uint8Array(32));
    await bundle.put(0, { segments: [new Uint8Array(900_000), new Uint8Array(900_000)] });
    await store.shelve(bundle, purpose);
    before.push(number);
  }
} catch ({ code, message }) {
  const ready = store.ledger.ready().map(({ number }) => number);
  if (ready.join() !== before.join()) throw new Error(`expected ${before} to be ready, got ${ready}`);
  const spent = await store.claim(2, purpose).then(
    ({ bundle }) => String(bundle.id.number),
    (error) => error.message,
  );
  process.send({ code, message, ready, spent }, () => process.exit(0));
}
