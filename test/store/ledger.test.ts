/** Generations: how a store that was restored from an older copy is told from the store as it was. */
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/store/ledger.js';
import { inMemory } from '../../src/store/storage.js';

const ledger = (): Ledger => Ledger.open(inMemory(), 'party0');

function spend(of: Ledger, number: number, peer = 'peer'): number {
  of.reserve(number);
  return of.claim({ number, model: 'model', peer, session: 'one' }, () => {});
}

describe('the generation of a store', () => {
  it('grows with every session and every claim, towards each peer by itself', () => {
    const own = ledger();
    expect(own.generation('peer')).toBe(0);
    expect(own.beginSession('peer')).toBe(1);
    expect(spend(own, 1)).toBe(2);
    expect(spend(own, 2)).toBe(3);
    expect(own.beginSession('peer')).toBe(4);
    expect(own.generation('peer')).toBe(4);
    expect(spend(own, 3, 'another')).toBe(1);
  });

  it('may not fall behind what the peer has told of it, in whatever order that came', () => {
    const own = ledger();
    for (const told of [4, 7, 5]) {
      own.note('peer', told);
      own.flush();
    }
    own.refuseOlder('peer', 7, 'party 1');
    own.refuseOlder('peer', 8, 'party 1');
    own.refuseOlder('another', 0, 'party 1');
    expect(() => own.refuseOlder('peer', 6, 'party 1')).toThrow(
      expect.objectContaining({
        code: 'STORE_ROLLED_BACK',
        message: expect.stringContaining('store of party 1: expected generation 7 or later, got 6'),
      }),
    );
  });
});
