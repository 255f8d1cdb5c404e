/** A store that was restored from an older copy is seen from outside, where another's record shows it. */
import { expect, it } from 'vitest';
import { DealerStore } from '../../src/store/dealer-store.js';
import { checkGenerations } from '../../src/store/inspect.js';
import { PartyStore } from '../../src/store/party-store.js';

it('compares what each store says of itself with what others have seen', () => {
  const [first, second] = [new PartyStore(0), new PartyStore(1)];
  const dealer = new DealerStore();
  const stores = { root: '', parties: [first, second], dealer };
  expect(() => checkGenerations(stores)).not.toThrow();
  const come = second.ledger.beginSession(first.ledger.id);
  first.ledger.note(second.ledger.id, come);
  first.ledger.flush();
  expect(() => checkGenerations(stores)).not.toThrow();
  const rolledBack = expect.objectContaining({ code: 'STORE_ROLLED_BACK', message: expect.stringContaining('party1') });
  dealer.ledger.note(second.ledger.id, 1);
  dealer.ledger.flush();
  expect(() => checkGenerations(stores)).toThrow(rolledBack);
  expect(() => checkGenerations({ ...stores, parties: [first] })).not.toThrow();
  first.ledger.note(second.ledger.id, come + 1);
  first.ledger.flush();
  const { dealer: _, ...alone } = stores;
  expect(() => checkGenerations(alone)).toThrow(rolledBack);
});
