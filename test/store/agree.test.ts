/** What two stores agree on, message by message. */
import { describe, expect, it } from 'vitest';
import { type Agreement, agree, introduce, type Messages, stockOf } from '../../src/store/agree.js';
import { Ledger, type ReadyBundle } from '../../src/store/ledger.js';
import { inMemory } from '../../src/store/storage.js';
import { Channel } from '../../src/transport/channel.js';
import { memoryLinks } from '../../src/transport/memory.js';

/** Control lanes of two parties to each other. */
function lanes(): readonly [Messages, Messages] {
  const [left, right] = memoryLinks().map((link) => new Channel(link, { peer: 'the other' }).lane('control', 0));
  return [left!, right!];
}

const bundle = (number: number, session: string): ReadyBundle => ({
  number,
  planDigest: 'plan',
  batch: 1,
  model: 'model',
  peer: 'peer',
  session,
  receipt: { parts: 1, bytes: 1, key: '', tag: '' },
});

interface Held {
  readonly model?: string;
  readonly highWater: number;
  /** Session that made it, by number. */
  readonly ready: Readonly<Record<number, string>>;
}

function agreed(...held: readonly [Held, Held]): Promise<readonly [Agreement, Agreement]> {
  const [a, b] = lanes();
  const [first, second] = held.map(({ model = 'model', highWater, ready }) =>
    stockOf(
      model,
      [model],
      highWater,
      Object.entries(ready).map(([number, session]) => bundle(Number(number), session)),
    ),
  );
  return Promise.all([agree(a, first!, 'party 1'), agree(b, second!, 'party 0')]);
}

describe('two parties', () => {
  it('use the numbers that both have of one session, and give back what one has alone', async () => {
    const [first, second] = await agreed(
      { highWater: 9, ready: { 1: 'a', 2: 'a', 3: 'a', 5: 'b', 6: 'b' } },
      { highWater: 9, ready: { 2: 'a', 3: 'another', 4: 'a', 5: 'b', 6: 'another' } },
    );
    expect(first).toMatchObject({ held: true, ready: [2, 5], alone: [1, 3, 6], orphans: [] });
    expect(second).toMatchObject({ held: true, ready: [2, 5], alone: [3, 4, 6], orphans: [] });
  });

  it('go on above all numbers that either has used', async () => {
    for (const [own, others] of [
      [3, 8],
      [8, 3],
    ] as const) {
      const [first, second] = await agreed({ highWater: own, ready: {} }, { highWater: others, ready: {} });
      expect([first.highWater, second.highWater]).toEqual([8, 8]);
    }
  });

  it('use nothing of different models, of which one has lost its half', async () => {
    const [first, second] = await agreed(
      { model: 'one', highWater: 2, ready: { 1: 'a' } },
      { model: 'two', highWater: 2, ready: { 1: 'a' } },
    );
    expect(first).toMatchObject({ held: false, ready: [], alone: [], orphans: ['one'] });
    expect(second).toMatchObject({ held: false, ready: [], alone: [], orphans: ['two'] });
  });
});

describe('stores that meet', () => {
  it('each make a generation, and remember that of the other', async () => {
    const [a, b] = lanes();
    const [own, other] = [Ledger.open(inMemory(), 'party0'), Ledger.open(inMemory(), 'party1')];
    expect(await Promise.all([introduce(a, own, 'party 1'), introduce(b, other, 'party 0')])).toEqual([
      other.id,
      own.id,
    ]);
    for (const [ledger, peer] of [
      [own, other],
      [other, own],
    ] as const) {
      expect(ledger.generation(peer.id)).toBe(1);
      expect(() => ledger.refuseOlder(peer.id, 0, 'the other')).toThrow('older copy');
    }
  });

  it('make none where one has gone back, so that it does not catch up by trying', async () => {
    const [own, other] = [Ledger.open(inMemory(), 'party0'), Ledger.open(inMemory(), 'party1')];
    other.note(own.id, 2);
    other.flush();
    for (let i = 0; i < 3; i++) {
      const [a, b] = lanes();
      const refused = introduce(a, own, 'party 1');
      await expect(introduce(b, other, 'party 0')).rejects.toMatchObject({ code: 'STORE_ROLLED_BACK' });
      // in place of its acceptance
      await b.sendMessage({ accepted: false });
      await expect(refused).rejects.toMatchObject({ code: 'BAD_FRAME' });
      expect([own.generation(other.id), other.generation(own.id)]).toEqual([0, 0]);
    }
  });
});
