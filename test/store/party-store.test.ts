/** One party's store by itself: what is written reads again, and nothing else is taken for it. */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { asShare } from '../../src/core/secret.js';
import { Bundle } from '../../src/correlations/bundle.js';
import { DealerStore } from '../../src/store/dealer-store.js';
import { openParts } from '../../src/store/files.js';
import { prune, verify, withStores } from '../../src/store/inspect.js';
import { CLIENT_LEAD, Ledger } from '../../src/store/ledger.js';
import { LmdbFile } from '../../src/store/lmdb-file.js';
import { OwnerStore } from '../../src/store/owner-store.js';
import { bytesUsed } from '../../src/store/pages.js';
import { LEDGER_FILE, type ModelId, PartyStore, SHELF_FILE } from '../../src/store/party-store.js';
import { type Change, memoryRecords } from '../../src/store/records.js';

const root = mkdtempSync(join(tmpdir(), 'tacit-party-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const PLAN = 'p'.repeat(64);
const model: ModelId = { id: 'm'.repeat(32), planDigest: PLAN, peer: 'peer', dealer: 'dealer' };
const purpose = { model, session: 'one' };
const corrupt = expect.objectContaining({ code: 'STORE_CORRUPT' });
const mismatch = expect.objectContaining({ code: 'BUNDLE_MISMATCH' });

const words = (length: number, salt: number): Uint32Array =>
  Uint32Array.from({ length }, (_, i) => i * 2654435761 + salt);
const bytes = (length: number, salt: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 31 + salt);

/** The same words in memory that threads may share, as kernel memory with --threads is. */
function shared(of: Uint32Array): Uint32Array {
  const copy = new Uint32Array(new SharedArrayBuffer(of.byteLength));
  copy.set(of);
  return copy;
}

function bundle(number: number, scale = 1): Bundle {
  const made = new Bundle(
    { planDigest: PLAN, party: 1, number },
    bytes(32, number),
    number % 2 ? bytes(16, 7) : undefined,
  );
  made.put(4, { words: [words(5, number), words(0, 0)], segments: [bytes(7, 1), bytes(3000 * scale, 2)] });
  // larger than one part, and with masks and labels
  made.put(2, { words: [words(300_000 * scale, 3)], masks: [words(9, 4)], labels: [bytes(161, 5)] });
  return made;
}

/** What a script says that runs in a process whose files may not grow beyond a size. */
async function cramped<T>(script: string, args: readonly string[], kiB: number): Promise<T> {
  const child = fork(fileURLToPath(new URL(`../support/${script}`, import.meta.url)), args, {
    execPath: '/bin/bash',
    execArgv: ['-c', `ulimit -f ${kiB}; exec "$0" "$@"`, process.execPath],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const said = await new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T)));
  await new Promise((resolve) => child.once('exit', resolve));
  return said;
}

const digest = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

const contentOf = (one: Bundle): unknown => [one.id, one.seed, one.delta, [...one.materials]];

async function stored(name: string, count: number, scale = 1): Promise<string> {
  const folder = join(root, name, 'party1');
  const store = PartyStore.open(1, folder);
  for (let number = 1; number <= count; number++) {
    store.ledger.reserve(number);
    await store.shelve(bundle(number, scale), purpose);
  }
  await store.close();
  return folder;
}

/** Opens, runs, closes. */
async function using<T>(folder: string, work: (store: PartyStore) => Promise<T>): Promise<T> {
  const store = PartyStore.open(1, folder);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Flips a bit of the file wherever `needle` stands: LMDB leaves older copies of pages behind. */
function damage(path: string, needle: Uint8Array): void {
  const content = readFileSync(path);
  const file = openSync(path, 'r+');
  let found = 0;
  for (let at = content.indexOf(needle); at >= 0; at = content.indexOf(needle, at + 1)) {
    writeSync(file, Uint8Array.of(needle[0]! ^ 1), 0, 1, at);
    found++;
  }
  closeSync(file);
  expect(found).toBeGreaterThan(0);
}

describe('a store in a folder', () => {
  it('gives back what was put in, once, also after it was opened again', async () => {
    const folder = await stored('whole', 3);
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1, 2, 3]);
      const { bundle: taken, generation } = await store.claim(2, purpose);
      expect(generation).toBe(1);
      expect(contentOf(taken)).toEqual(contentOf(bundle(2)));
      await expect(store.claim(2, purpose)).rejects.toThrow(mismatch);
      store.fetch(3);
      expect(contentOf((await store.claim(3, purpose)).bundle)).toEqual(contentOf(bundle(3)));
      store.clear(2);
      // what waits is not cleared
      store.clear(1);
    });
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1]);
      expect(contentOf(await store.loadBundle(1))).toEqual(contentOf(bundle(1)));
      expect(store.ledger.claims().map(({ number }) => number)).toEqual([2, 3]);
      expect(() => store.ledger.reserve(3)).toThrow(mismatch);
      store.ledger.reserve(4);
    });
  });

  it('serves one plan, model and peer', async () => {
    const folder = await stored('bound', 1);
    await using(folder, async (store) => {
      for (const change of [{ planDigest: 'q' }, { id: 'n' }, { peer: 'another' }]) {
        await expect(store.claim(1, { ...purpose, model: { ...model, ...change } })).rejects.toThrow(mismatch);
      }
      expect(store.ledger.claims()).toEqual([]);
      await store.claim(1, purpose);
    });
  });

  it('keeps the share of a model', async () => {
    const folder = join(root, 'model', 'party1');
    const layers = new Map([
      [1, { weights: asShare(shared(words(400_000, 1))), bias: asShare(words(3, 2)), opened: words(400_000, 3) }],
      [5, { weights: asShare(words(4, 1)), bias: asShare(words(1, 2)) }],
    ]);
    const share = { layers, revealSeed: bytes(32, 9) };
    await using(folder, (store) => store.keepModel(model, share));
    await using(folder, async (store) => {
      expect(await store.model(model)).toEqual(share);
      for (const change of [{ planDigest: 'q' }, { peer: 'another' }, { dealer: null }, { id: 'n' }]) {
        expect(await store.model({ ...model, ...change })).toBeUndefined();
      }
      store.dropModel(model.id);
      expect(await store.model(model)).toBeUndefined();
    });
  });

  it('is one for one process, and that of one which was killed is free', async () => {
    const folder = await stored('alone', 0);
    const child = fork(fileURLToPath(new URL('../support/store-holder.mjs', import.meta.url)), [folder]);
    await new Promise((resolve) => child.once('message', resolve));
    expect(() => PartyStore.open(1, folder)).toThrow(expect.objectContaining({ code: 'STORE_IN_USE' }));
    // looking is allowed
    await PartyStore.view(1, folder).close();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await PartyStore.open(1, folder).close();
  });

  it('is looked at while it grows, and not changed by that', async () => {
    const folder = await stored('looking', 1);
    const child = fork(fileURLToPath(new URL('../support/store-holder.mjs', import.meta.url)), [folder]);
    const answer = (): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));
    await answer();
    const files = (): string[] => [LEDGER_FILE, SHELF_FILE].map((name) => digest(readFileSync(join(folder, name))));
    const before = files();
    const view = PartyStore.view(1, folder);
    expect((await view.loadBundle(1)).bytes).toBe(bundle(1).bytes);
    expect(() => view.ledger.reserve(9)).toThrow();
    expect(files()).toEqual(before);
    child.send(10);
    await answer();
    view.ledger.records.refresh();
    expect(view.ledger.ready().length).toBe(11);
    expect(digest((await view.loadBundle(11)).take(0).segments[0]!)).toBe(digest(new Uint8Array(900_000).fill(11)));
    await view.close();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    // nor by looking at what is too short
    for (const name of [LEDGER_FILE, SHELF_FILE]) {
      const short = join(root, `short ${name}`, 'party1');
      cpSync(folder, short, { recursive: true });
      truncateSync(join(short, name), 10_000);
      expect(() => PartyStore.view(1, short)).toThrow(corrupt);
      expect(() => PartyStore.open(1, short)).toThrow(corrupt);
      expect(statSync(join(short, name)).size).toBe(10_000);
    }
  });

  it('has no file to look at before it is made', () => {
    const folder = join(root, 'nothing', 'party1');
    expect(() => PartyStore.view(1, folder)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
    expect(existsSync(folder)).toBe(false);
  });

  it('takes no number that is far above its own', async () => {
    const folder = await stored('lead', 2);
    await using(folder, async ({ ledger }) => {
      for (const number of [2 + CLIENT_LEAD + 1, 0xffffffff, 0x1_0000_0000]) {
        expect(() => ledger.reserve(number)).toThrow(mismatch);
      }
      expect(() => ledger.raise(0xffffffff)).toThrow(mismatch);
      expect(ledger.highWater).toBe(2);
      ledger.raise(1_000_000);
      ledger.reserve(1_000_000 + CLIENT_LEAD);
      expect(ledger.highWater).toBe(1_000_000 + CLIENT_LEAD);
    });
  });

  it('looks whether a bundle is there in the transaction that claims it', () => {
    const records = memoryRecords();
    const entry = { number: 1, planDigest: PLAN, model: 'm', peer: 'p', session: 's' };
    const ledger = Ledger.open(records, 'party1');
    ledger.shelved({ ...entry, receipt: { parts: 0, bytes: 0, key: '0'.repeat(32), tag: '' } });
    // another takes it just before
    const racing = {
      ...records,
      transact: (body: () => readonly Change[]): void => {
        records.transact(() => [[['ready', 1], undefined]]);
        records.transact(body);
      },
    };
    const refuse = (ready: unknown): void => {
      if (ready === undefined) throw new RangeError('gone');
    };
    expect(() => Ledger.view(racing, 'party1').claim(entry, refuse)).toThrow('gone');
    expect(ledger.claims()).toEqual([]);
  });

  it('is of one role', async () => {
    const folder = await stored('role', 0);
    expect(() => PartyStore.open(0, folder)).toThrow(corrupt);
  });
});

describe('damage is noticed', () => {
  it('in a bundle: it is refused, and gone', async () => {
    const folder = await stored('flipped', 2);
    damage(join(folder, SHELF_FILE), new Uint8Array(words(5, 1).buffer));
    await using(folder, async (store) => {
      await expect(store.claim(1, purpose)).rejects.toThrow(corrupt);
      await expect(store.claim(1, purpose)).rejects.toThrow(mismatch);
      expect(contentOf((await store.claim(2, purpose)).bundle)).toEqual(contentOf(bundle(2)));
    });
  });

  it('in a part that is missing, or another bundle in its place', async () => {
    const folder = await stored('swapped', 2);
    const parts = openParts(join(folder, SHELF_FILE), 'change');
    const all = (name: string): Uint8Array[] => [0, 1, 2, 3, 4, 5].map((i) => parts.get(name, i)!.slice());
    const [first, second] = [all('bundle 1'), all('bundle 2')];
    parts.put('bundle 1', 0, second);
    parts.remove('bundle 2');
    parts.put('bundle 2', 0, first.slice(0, 2));
    await parts.close();
    await using(folder, async (store) => {
      await expect(store.loadBundle(1)).rejects.toThrow(corrupt);
      await expect(store.loadBundle(2)).rejects.toThrow(corrupt);
    });
  });

  it('in the files themselves: every flipped bit is noticed, or harmless', { timeout: 60_000 }, async () => {
    const folder = await stored('flips', 12, 0.01);
    await using(folder, async (store) => {
      for (const number of [2, 3, 7]) await store.claim(number, purpose).then(() => store.clear(number));
    });
    let noticed = 0;
    for (const name of [LEDGER_FILE, SHELF_FILE]) {
      const whole = readFileSync(join(folder, name));
      for (let i = 0; i < 50; i++) {
        // half of them in what leads to everything else
        const at = i % 2 === 0 ? (i % 4) * 2048 + 24 + ((7 * i) % 140) : (i * 1571) % Math.min(whole.length, 80_000);
        const flipped = Buffer.from(whole);
        flipped[at]! ^= 1 << (i % 8);
        const copy = join(root, `flipped ${name} ${i}`, 'party1');
        cpSync(folder, copy, { recursive: true });
        writeFileSync(join(copy, name), flipped);
        const shelf = statSync(join(copy, SHELF_FILE)).mtimeMs;
        let store: PartyStore;
        try {
          store = PartyStore.open(1, copy);
        } catch (error) {
          expect(error).toEqual(corrupt);
          expect((error as Error).message).not.toContain('\n');
          expect(statSync(join(copy, SHELF_FILE)).mtimeMs).toBe(shelf);
          noticed++;
          continue;
        }
        expect(store.ledger.ready().length, `byte ${at}`).toBe(9);
        for (const { number } of store.ledger.ready()) {
          try {
            await store.loadBundle(number);
          } catch (error) {
            expect(error).toEqual(corrupt);
            noticed++;
          }
        }
        await store.close();
        rmSync(copy, { recursive: true });
      }
    }
    expect(noticed).toBeGreaterThan(25);
  });

  it("in a dealer's seeds, and in what the owner shared", async () => {
    const dealer = join(root, 'dealt', 'dealer');
    const seeds = [bytes(32, 1), bytes(32, 2)] as const;
    const dealt = DealerStore.open(dealer);
    dealt.keepModel({ id: 'm', planDigest: PLAN, parties: ['a', 'b'], seeds });
    await dealt.close();
    damage(join(dealer, LEDGER_FILE), seeds[1]);
    expect(() => DealerStore.open(dealer)).toThrow(corrupt);
    const owner = join(root, 'dealt', 'owner');
    const shared = OwnerStore.open(owner);
    shared.shared(PLAN, new Map(), { id: 'f'.repeat(32), name: 'net' });
    await shared.close();
    damage(join(owner, LEDGER_FILE), Buffer.from('f'.repeat(32)));
    expect(() => OwnerStore.open(owner)).toThrow(corrupt);
    const verifying = withStores(join(root, 'dealt'), false, (stores) => verify(stores));
    await expect(verifying).rejects.toThrow(corrupt);
  });

  it('in a ledger that lacks a record', async () => {
    const folder = await stored('lacking', 3);
    const file = new LmdbFile(join(folder, LEDGER_FILE), 'change');
    file.transact((database) => database.removeSync(['ready', 2]));
    await file.close();
    expect(() => PartyStore.open(1, folder)).toThrow(corrupt);
  });

  it('by verify, which takes nothing for damage that another spends meanwhile', async () => {
    const folder = await stored('meanwhile', 3);
    await using(folder, async (store) => {
      let spent: Promise<unknown> | undefined;
      const faults = await verify({ root, parties: [store] }, () => {
        spent ??= store.claim(2, purpose);
        store.clear(2);
      });
      await spent?.catch(() => {});
      expect(faults).toEqual([]);
    });
  });

  it.each([
    ['another file', (path: string) => writeFileSync(path, 'not a store at all'.repeat(1000))],
    ['a short file', (path: string) => writeFileSync(path, 'x')],
    ['a file cut short', (path: string) => truncateSync(path, 50_000)],
  ])('%s is refused, without a crash', async (name, change) => {
    const folder = await stored(name, 2);
    change(join(folder, SHELF_FILE));
    const reading = async (): Promise<void> => {
      await using(folder, async (store) => {
        await store.loadBundle(1);
        await store.loadBundle(2);
      });
    };
    await expect(reading()).rejects.toThrow(corrupt);
  });

  it('by verify, and prune removes it', async () => {
    const folder = await stored('faults', 3);
    await using(folder, (store) => store.keepModel(model, { layers: new Map(), revealSeed: bytes(32, 9) }));
    damage(join(folder, SHELF_FILE), new Uint8Array(words(5, 2).buffer));
    const above = join(root, 'faults');
    const faults = await withStores(above, false, (stores) => verify(stores));
    expect(faults).toEqual([{ owner: 'party1', what: 'bundle 2', number: 2, model: model.id }]);
    expect(await withStores(above, true, (stores) => prune(stores, false))).toMatchObject({ bundles: 1, models: 0 });
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1, 3]);
      expect(contentOf((await store.claim(3, purpose)).bundle)).toEqual(contentOf(bundle(3)));
    });
  });
});

describe('room', () => {
  it('half-written material is removed when the store is opened, and is never ready', async () => {
    const folder = await stored('half', 1);
    const parts = openParts(join(folder, SHELF_FILE), 'change');
    parts.put('bundle 2', 0, [bytes(1000, 1), bytes(1000, 2)]);
    expect(parts.names()).toEqual(['bundle 1', 'bundle 2']);
    await parts.close();
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1]);
      await expect(store.claim(2, purpose)).rejects.toThrow(mismatch);
    });
    const after = openParts(join(folder, SHELF_FILE), 'change');
    expect(after.names()).toEqual(['bundle 1']);
    await after.close();
  });

  it('of what was spent is used again', async () => {
    const folder = join(root, 'reuse', 'party1');
    await using(folder, async (store) => {
      const sizes: number[] = [];
      for (let number = 1; number <= 30; number++) {
        store.ledger.reserve(number);
        await store.shelve(bundle(number), purpose);
        await store.claim(number, purpose);
        store.clear(number);
        sizes.push(statSync(join(folder, SHELF_FILE)).size);
      }
      expect(sizes.at(-1)).toBe(sizes[9]);
    });
  });

  it('that runs out is an error that loses nothing', async () => {
    const folder = await stored('full', 2);
    // in a process of its own, whose files may not grow: 512-byte blocks
    const kiB = Math.ceil(statSync(join(folder, SHELF_FILE)).size / 1024) + 600;
    const said = await cramped<{ code: string; message: string; ready: number[]; spent: string }>(
      'store-filler.mjs',
      [folder],
      kiB,
    );
    expect(said.code).toBe('STORE_FULL');
    expect(said.message).toMatch(/^expected room on the disk for .*bundles\.mdb, got .*\. Free some and run again/);
    // what was there is there, and can be spent in the same process
    expect(said.ready).toEqual([1, 2]);
    expect(said.spent).toBe('2');
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1]);
      store.ledger.reserve(store.ledger.highWater + 1);
      await store.shelve(bundle(store.ledger.highWater), purpose);
      expect(contentOf((await store.claim(1, purpose)).bundle)).toEqual(contentOf(bundle(1)));
    });
  });

  it('for claims is left on a full disk, also to open the store and to prune it', { timeout: 30_000 }, async () => {
    const folder = await stored('cramped', 6, 0.001);
    // as after long use: less than half of the reserve is left
    const left = 128 * 1024;
    const sizes = [LEDGER_FILE, SHELF_FILE].map((name) => {
      const path = join(folder, name);
      truncateSync(path, bytesUsed(path) + left);
      return statSync(path).size;
    });
    const said = await cramped('store-spender.mjs', [folder, '150'], Math.max(...sizes) / 1024);
    expect(said).toEqual({ full: true, ready: 5, bundles: 5 });
  });

  it('in memory: a large bundle is stored and loaded part by part', async () => {
    const folder = join(root, 'large', 'party1');
    await using(folder, async (store) => {
      const large = new Bundle({ planDigest: PLAN, party: 1, number: 1 }, bytes(32, 1));
      const segment = 512 * 1024;
      for (let step = 0; step < 25; step++) {
        large.put(step, { segments: Array.from({ length: 16 }, () => new Uint8Array(segment).fill(step)) });
      }
      expect(large.bytes).toBeGreaterThan(200e6);
      store.ledger.reserve(1);
      const { maxRSS: before } = process.resourceUsage();
      await store.shelve(large, purpose);
      const { maxRSS: written } = process.resourceUsage();
      // pages of the file that are mapped count too, as long as the system has nothing better to do with them
      expect((written - before) * 1024).toBeLessThan(64e6);
      const { bundle: loaded } = await store.claim(1, purpose);
      expect(loaded.bytes).toBe(large.bytes);
      expect(loaded.take(24).segments[15]).toEqual(new Uint8Array(segment).fill(24));
    });
    expect(statSync(join(folder, LEDGER_FILE)).size).toBeLessThan(1e6);
  });
});

describe('without a folder', () => {
  it('a store ends with the process, and spends as strictly', async () => {
    const store = PartyStore.open(1);
    store.ledger.reserve(1);
    await store.shelve(bundle(1), purpose);
    await expect(store.claim(1, { ...purpose, model: { ...model, planDigest: 'q' } })).rejects.toThrow(mismatch);
    expect(contentOf((await store.claim(1, purpose)).bundle)).toEqual(contentOf(bundle(1)));
    await expect(store.claim(1, purpose)).rejects.toThrow(mismatch);
    expect(() => store.ledger.reserve(1)).toThrow(mismatch);
    await store.close();
  });
});

describe('bundles', () => {
  it('give up the material of a step once', () => {
    const one = bundle(1);
    expect(one.take(4).words[0]!.length).toBe(5);
    expect(() => one.take(4)).toThrow(mismatch);
    expect(() => one.take(9)).toThrow(mismatch);
    expect(() => one.put(2, { words: [] })).toThrow('filled already');
  });
});
