/**
 * A process that opens the store in its first argument, spends as many new numbers as its second says and everything that waits, opens it
 * again, removes what is left, and says what it met.
 */
const { withStores } = await import('../../dist/src/store/inspect.js');
const { prune } = await import('../../dist/src/store/prune.js');
const { PartyStore } = await import('../../dist/src/store/party-store.js');
const { storageIn } = await import('../../dist/src/store/storage-folder.js');
const { Bundle } = await import('../../dist/src/correlations/bundle.js');

const planDigest = 'p'.repeat(64);
const model = { id: 'm'.repeat(32), modelDigest: 'n'.repeat(64), peer: 'peer', dealer: 'dealer' };
const purpose = { model, plan: { digest: planDigest, batch: 1 }, session: 'spender' };
const [folder, count] = process.argv.slice(2);

async function spend() {
  const store = new PartyStore(1, storageIn(folder));
  const [last] = store.ledger.ready();
  for (let i = 0; i < Number(count); i++) {
    const number = store.ledger.highWater + 1;
    store.ledger.reserve(number);
    await store.hold(new Bundle({ planDigest, party: 1, number }, new Uint8Array(32)));
    await store.claim(number, purpose);
  }
  await store.claim(last.number, purpose);
  store.clear(last.number);
  const { full } = store.ledger.records;
  await store.close();
  const again = new PartyStore(1, storageIn(folder));
  const ready = again.ledger.ready().length;
  await again.close();
  const { bundles } = await withStores(`${folder}/..`, true, (stores) => prune(stores, true));
  return { full, ready, bundles };
}

process.send(await spend().catch(({ code, message }) => ({ code, message })), () => process.exit(0));
