/** The ledger's file: what a crash tore is told from what a disk damaged, at every byte. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { LEDGER_FILE, openRecords, ROOM_BYTES } from '../../src/store/ledger-file.js';
import { headerOf, readLog, recordOf } from '../../src/store/log.js';
import type { Key, Records } from '../../src/store/records.js';

const root = mkdtempSync(join(tmpdir(), 'tacit-ledger-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
const path = (): string => join(folder, LEDGER_FILE);

beforeEach(() => {
  folder = mkdtempSync(join(root, 'one-'));
});

const damaged = expect.objectContaining({
  code: 'STORE_CORRUPT',
  message: expect.stringMatching(/^expected an undamaged .*ledger, got .*\. Remove its folder and prepare anew$/),
});

const stateOf = (records: Records): unknown[] => [...records.entries('n')].map(([[, at], value]) => [at, value]);

function put(records: Records, at: number): void {
  records.transact(() => [
    [['n', at], { at, text: 'x'.repeat(at) }],
    [['n', at - 2], undefined],
  ]);
}

/** Runs `work` with the file's records, and closes. */
function using<T>(work: (records: Records) => T): T {
  const records = openRecords(folder, 'change');
  try {
    return work(records);
  } finally {
    void records.close();
  }
}

/** A file with three changes. @returns its bytes without the last of them, and with it */
function threeChanges(): { before: Buffer; whole: Buffer; states: unknown[][] } {
  const states: unknown[][] = [];
  const images = using((records) =>
    [1, 2, 3].map((at) => {
      put(records, at);
      states.push(stateOf(records));
      return readFileSync(path());
    }),
  );
  return { before: images[1]!, whole: images[2]!, states: states.slice(1) };
}

const lastOf = ({ whole }: { whole: Buffer }): { from: number; to: number } => {
  const { payloads, end } = readLog(whole);
  return { from: end - payloads.at(-1)!.length - 25, to: end };
};

describe('a ledger', () => {
  it('says after it was opened again what it said before', () => {
    const { states } = threeChanges();
    expect(using(stateOf)).toEqual(states[1]);
    expect(states[1]!.length).toBe(2);
  });

  it('changes nothing where a change throws', () => {
    using((records) => {
      put(records, 1);
      const before = readFileSync(path());
      expect(() =>
        records.transact(() => {
          throw new RangeError('refused');
        }),
      ).toThrow('refused');
      expect(readFileSync(path())).toEqual(before);
    });
  });

  it('is written anew where its room is used up, and does not grow with what has gone', () => {
    const sizes = new Set<number>();
    using((records) => {
      for (let at = 1; at < 1500; at++) {
        records.transact(() => [
          [['n', at], { text: 'x'.repeat(1000) }],
          [['n', at - 2], undefined],
        ]);
        sizes.add(statSync(path()).size);
      }
      expect(records.full).toBe(false);
    });
    expect(sizes.size).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThan(ROOM_BYTES + 10_000);
    expect(using((records) => stateOf(records).length)).toBe(2);
    expect(readdirSync(folder).sort()).toEqual(['ledger', 'ledger-spare']);
  });

  it('takes a record that is larger than its room', () => {
    using((records) => {
      put(records, 1);
      put(records, 2 * ROOM_BYTES);
      put(records, 3);
    });
    expect(using((records) => stateOf(records).map((entry) => (entry as [number])[0]))).toEqual([3, 2 * ROOM_BYTES]);
  });

  it('is not used after it was closed', () => {
    const records = openRecords(folder, 'change');
    void records.close();
    expect(() => put(records, 1)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
  });

  it('says to a viewer what was there when it looked, and after a refresh what is there now', () => {
    using((records) => {
      put(records, 1);
      const view = openRecords(folder, 'look');
      put(records, 2);
      expect(stateOf(view).length).toBe(1);
      view.refresh();
      expect(stateOf(view)).toEqual(stateOf(records));
      expect(() => put(view, 3)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    });
  });
});

describe('a write that a crash tore', () => {
  it('at any byte is taken back, and the next takes its place', () => {
    const three = threeChanges();
    const { from, to } = lastOf(three);
    for (let cut = from; cut < to; cut++) {
      const torn = Buffer.from(three.before);
      three.whole.copy(torn, from, from, cut);
      writeFileSync(path(), torn);
      // a viewer leaves it as it is
      expect(stateOf(openRecords(folder, 'look')), `cut at ${cut}`).toEqual(three.states[0]);
      expect(readFileSync(path()).equals(torn)).toBe(true);
      using((records) => {
        expect(stateOf(records), `cut at ${cut}`).toEqual(three.states[0]);
        put(records, 4);
      });
      expect(using(stateOf).at(-1)).toMatchObject([4, { at: 4 }]);
    }
  });

  it('of a whole record counts', () => {
    const three = threeChanges();
    writeFileSync(path(), three.whole);
    expect(using(stateOf)).toEqual(three.states[1]);
  });

  it('of a new file leaves the one that was there', () => {
    const { whole, states } = threeChanges();
    writeFileSync(join(folder, 'ledger-spare'), whole.subarray(0, 100));
    expect(using(stateOf)).toEqual(states[1]);
  });
});

describe('damage', () => {
  it('of any bit is noticed, or harmless', () => {
    const { whole, states } = threeChanges();
    const { end } = readLog(whole);
    let harmless = 0;
    for (let bit = 0; bit < 8 * (end + 40); bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path(), flipped);
      try {
        expect(stateOf(openRecords(folder, 'look')), `bit ${bit}`).toEqual(states[1]);
        harmless++;
      } catch (error) {
        expect(error, `bit ${bit}`).toEqual(damaged);
      }
    }
    // in what is not written yet, where it may pass for a torn length
    expect(harmless).toBeLessThanOrEqual(8 * 8);
  });

  it('by zeros is noticed wherever something stands behind them', () => {
    const { whole } = threeChanges();
    const { from } = lastOf({ whole });
    for (const [start, end] of [
      [0, 16],
      [16, from],
      [16, 17],
      [from - 1, from],
      [from, from + 8],
      [from, from + 30],
    ] as const) {
      writeFileSync(path(), Buffer.from(whole).fill(0, start, end));
      expect(() => openRecords(folder, 'change'), `${start} to ${end}`).toThrow(damaged);
    }
  });

  it('by a record that is gone, or in another place', () => {
    const header = headerOf(500);
    const [a, b, c] = [1, 2, 3].map((salt) => new Uint8Array(20).fill(salt)) as [Uint8Array, Uint8Array, Uint8Array];
    const chained = (payloads: readonly Uint8Array[]): Uint8Array[] => {
      let { chain } = header;
      return payloads.map((payload) => {
        const record = recordOf(chain, payload);
        chain = record.chain;
        return record.bytes;
      });
    };
    const fileOf = (records: readonly Uint8Array[]): Buffer =>
      Buffer.concat([header.bytes, ...records, Buffer.alloc(500)]).subarray(0, 500);
    const [first, second, third] = chained([a, b, c]) as [Uint8Array, Uint8Array, Uint8Array];
    expect(readLog(fileOf([first, second, third])).payloads.map((payload) => payload[0])).toEqual([1, 2, 3]);
    for (const records of [
      [first, third],
      [second, third],
      [first, third, second],
      [first, first],
    ]) {
      expect(() => readLog(fileOf(records))).toThrow('checksum');
    }
    expect(() => readLog(fileOf([]))).toThrow('no first record');
    expect(() => readLog(fileOf([first]).subarray(0, 400))).toThrow('400 bytes of 500');
    expect(() => readLog(Buffer.concat([fileOf([first]), Buffer.alloc(9)]))).toThrow('509 bytes of 500');
  });

  it.each([0, 1, 15, 16, 17, 300])('by a file of %d bytes', (length) => {
    const { whole } = threeChanges();
    writeFileSync(path(), whole.subarray(0, length));
    for (const access of ['look', 'change'] as const) expect(() => openRecords(folder, access)).toThrow(damaged);
    expect(statSync(path()).size).toBe(length);
  });
});

describe('keys', () => {
  it('keep the order of numbers', () => {
    using((records) => {
      records.transact(() => [10, 9, 100, 1].map((at) => [['n', at] as Key, { at }]));
    });
    expect(using(stateOf).map((entry) => (entry as [number])[0])).toEqual([1, 9, 10, 100]);
  });
});
