/** A process that works with the store in its first argument until it is killed. */
const { PartyStore } = await import('../../dist/src/store/party-store.js');

const store = PartyStore.open(1, process.argv[2]);
process.send(store.ledger.id);
setInterval(() => {}, 1000);
