/** One party's store by itself: what is written reads again, and nothing else is taken for it. */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { asShare } from '../../src/core/secret.js';
import { Bundle, KINDS } from '../../src/correlations/bundle.js';
import { MemorySpool, type Spool } from '../../src/correlations/spool.js';
import { DealerStore } from '../../src/store/dealer-store.js';
import { verify, withStores } from '../../src/store/inspect.js';
import { CLIENT_LEAD, Ledger } from '../../src/store/ledger.js';
import { LEDGER_FILE, ROOM_BYTES } from '../../src/store/ledger-file.js';
import { OwnerStore } from '../../src/store/owner-store.js';
import { getParts, putParts } from '../../src/store/parts.js';
import { type ModelId, PartyStore } from '../../src/store/party-store.js';
import { prune } from '../../src/store/prune.js';
import type { Change } from '../../src/store/records.js';
import { fileOf, shelfIn } from '../../src/store/shelf-files.js';
import { SpoolFile } from '../../src/store/spool-file.js';
import { inMemory } from '../../src/store/storage.js';
import { storageIn } from '../../src/store/storage-folder.js';

const root = mkdtempSync(join(tmpdir(), 'tacit-party-store-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const PLAN = 'p'.repeat(64);
const model: ModelId = { id: 'm'.repeat(32), modelDigest: 'n'.repeat(64), peer: 'peer', dealer: 'dealer' };
const purpose = { model, plan: { digest: PLAN, batch: 1 }, session: 'one' };
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

async function bundle(number: number, scale = 1, spool: Spool = new MemorySpool()): Promise<Bundle> {
  const made = new Bundle(
    { planDigest: PLAN, party: 1, number },
    bytes(32, number),
    number % 2 ? bytes(16, 7) : undefined,
    spool,
  );
  await made.put(4, { words: [words(5, number), words(0, 0)], segments: [bytes(7, 1), bytes(3000 * scale, 2)] });
  // larger than one part, and with masks and labels
  await made.put(2, { words: [words(300_000 * scale, 3)], masks: [words(9, 4)], labels: [bytes(161, 5)] });
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

/** All that a bundle has; it is spent then. */
async function contentOf(one: Bundle): Promise<unknown> {
  const steps: [number, Record<string, unknown[]>][] = [];
  for (const step of [...one.layouts.keys()]) {
    const material = one.take(step);
    const arrays: Record<string, unknown[]> = {};
    for (const kind of KINDS) {
      arrays[kind] = [];
      while (material[kind].left > 0) arrays[kind].push(await material[kind].next());
    }
    steps.push([step, arrays]);
  }
  await one.spool.discard();
  return [one.id, one.seed, one.delta, steps];
}

async function loaded(store: PartyStore, number: number): Promise<Bundle> {
  store.fetch(number);
  const { bundle } = await store.claim(number, purpose);
  return bundle;
}

async function stored(name: string, count: number, scale = 1): Promise<string> {
  const folder = join(root, name, 'party1');
  const store = new PartyStore(1, storageIn(folder));
  for (let number = 1; number <= count; number++) {
    store.ledger.reserve(number);
    await store.shelve(await bundle(number, scale), purpose);
  }
  await store.close();
  return folder;
}

/** Opens, runs, closes. */
async function using<T>(folder: string, work: (store: PartyStore) => Promise<T>): Promise<T> {
  const store = new PartyStore(1, storageIn(folder));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const ledgerIn = (folder: string): string => join(folder, LEDGER_FILE);
const bundleIn = (folder: string, number: number): string => join(folder, fileOf(`bundle ${number}`));

/** Flips a bit of the file where `needle` stands. */
function damage(path: string, needle: Uint8Array): void {
  const content = readFileSync(path);
  const at = content.indexOf(needle);
  expect(at).toBeGreaterThan(0);
  content[at]! ^= 1;
  writeFileSync(path, content);
}

describe('a store in a folder', () => {
  it('gives back what was put in, once, also after it was opened again', async () => {
    const folder = await stored('whole', 3);
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1, 2, 3]);
      const { bundle: taken, generation } = await store.claim(2, purpose);
      expect(generation).toBe(1);
      expect(await contentOf(taken)).toEqual(await contentOf(await bundle(2)));
      await expect(store.claim(2, purpose)).rejects.toThrow(mismatch);
      store.fetch(3);
      expect(await contentOf((await store.claim(3, purpose)).bundle)).toEqual(await contentOf(await bundle(3)));
      store.clear(2);
      // what waits is not cleared
      store.clear(1);
    });
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1]);
      await store.checkBundle(1);
      expect(store.ledger.claims().map(({ number }) => number)).toEqual([2, 3]);
      expect(() => store.ledger.reserve(3)).toThrow(mismatch);
      store.ledger.reserve(4);
    });
  });

  it('serves one plan, model and peer', async () => {
    const folder = await stored('bound', 1);
    await using(folder, async (store) => {
      for (const change of [{ id: 'n' }, { peer: 'another' }]) {
        await expect(store.claim(1, { ...purpose, model: { ...model, ...change } })).rejects.toThrow(mismatch);
      }
      await expect(store.claim(1, { ...purpose, plan: { digest: 'q', batch: 1 } })).rejects.toThrow(mismatch);
      expect(store.readyFor(model, { digest: 'q' })).toEqual([]);
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
      for (const change of [{ modelDigest: 'q' }, { peer: 'another' }, { dealer: null }, { id: 'n' }]) {
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
    expect(() => new PartyStore(1, storageIn(folder))).toThrow(expect.objectContaining({ code: 'STORE_IN_USE' }));
    // looking is allowed
    await new PartyStore(1, storageIn(folder, 'look')).close();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    await new PartyStore(1, storageIn(folder)).close();
  });

  it('is one for one store in a process, and a lock that a dead process left is no obstacle', async () => {
    const folder = await stored('twice', 0);
    const store = new PartyStore(1, storageIn(folder));
    expect(() => storageIn(folder)).toThrow(expect.objectContaining({ code: 'STORE_IN_USE' }));
    await store.close();
    // no process has such a number; one of this number was another, which started at another time
    for (const left of ['lock-4194999-1', `lock-${process.ppid}-1`]) writeFileSync(join(folder, left), '');
    await using(folder, async () =>
      expect(readdirSync(folder).filter((name) => name.startsWith('lock-')).length).toBe(1),
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('lock-'))).toEqual([]);
    // a store that is refused leaves the folder free
    expect(() => new PartyStore(0, storageIn(folder))).toThrow(corrupt);
    await using(folder, async () => {});
  });

  it('is looked at while it grows, and not changed by that', async () => {
    const folder = await stored('looking', 1);
    const child = fork(fileURLToPath(new URL('../support/store-holder.mjs', import.meta.url)), [folder]);
    const answer = (): Promise<unknown> => new Promise((resolve) => child.once('message', resolve));
    await answer();
    const files = (): string[] =>
      readdirSync(folder).flatMap((name) => [name, digest(readFileSync(join(folder, name)))]);
    const before = files();
    const view = new PartyStore(1, storageIn(folder, 'look'));
    await view.checkBundle(1);
    expect(() => view.ledger.reserve(9)).toThrow();
    expect(files()).toEqual(before);
    child.send(10);
    await answer();
    view.ledger.records.refresh();
    expect(view.ledger.ready().length).toBe(11);
    await view.checkBundle(11);
    await view.close();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    // nor by looking at what is too short
    const short = join(root, 'short', 'party1');
    cpSync(folder, short, { recursive: true });
    truncateSync(ledgerIn(short), 10_000);
    for (const access of ['look', 'change'] as const) {
      expect(() => new PartyStore(1, storageIn(short, access))).toThrow(corrupt);
    }
    expect(statSync(ledgerIn(short)).size).toBe(10_000);
  });

  it('has no file to look at before it is made', () => {
    const folder = join(root, 'nothing', 'party1');
    expect(() => new PartyStore(1, storageIn(folder, 'look'))).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }));
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
    const storage = inMemory();
    const { records } = storage;
    const entry = { number: 1, planDigest: PLAN, batch: 1, model: 'm', peer: 'p', session: 's' };
    const ledger = Ledger.open(storage, 'party1');
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
    const raced = Ledger.open({ ...storage, access: 'look', records: racing }, 'party1');
    expect(() => raced.claim(entry, refuse)).toThrow('gone');
    expect(ledger.claims()).toEqual([]);
  });

  it('is of one role', async () => {
    const folder = await stored('role', 0);
    expect(() => new PartyStore(0, storageIn(folder))).toThrow(corrupt);
  });
});

describe('damage is noticed', () => {
  it('in a bundle: it is refused, by the name of its file, and gone', async () => {
    const folder = await stored('flipped', 2);
    damage(bundleIn(folder, 1), new Uint8Array(words(5, 1).buffer));
    await using(folder, async (store) => {
      await expect(store.claim(1, purpose)).rejects.toThrow(
        expect.objectContaining({ code: 'STORE_CORRUPT', message: expect.stringContaining(bundleIn(folder, 1)) }),
      );
      await expect(store.claim(1, purpose)).rejects.toThrow(mismatch);
      expect(await contentOf((await store.claim(2, purpose)).bundle)).toEqual(await contentOf(await bundle(2)));
    });
  });

  it('in a bundle that stays in its file, which is closed then', async () => {
    const folder = await stored('flipped and large', 1);
    const path = bundleIn(folder, 1);
    // in the description, which is the last part before the index
    damage(path, new TextEncoder().encode('"steps"'));
    const discard = vi.spyOn(SpoolFile.prototype, 'discard');
    const store = new PartyStore(1, storageIn(folder), 0);
    await expect(store.claim(1, purpose)).rejects.toThrow(corrupt);
    expect(discard).toHaveBeenCalledTimes(1);
    await store.close();
    discard.mockRestore();
  });

  it('in every byte of a bundle', async () => {
    const folder = await stored('every byte', 1, 0.001);
    const path = bundleIn(folder, 1);
    const whole = readFileSync(path);
    await using(folder, async (store) => {
      for (let at = 0; at < whole.length; at++) {
        const flipped = Buffer.from(whole);
        flipped[at]! ^= 1 << (at % 8);
        writeFileSync(path, flipped);
        await expect(store.checkBundle(1), `byte ${at}`).rejects.toThrow(corrupt);
      }
      writeFileSync(path, whole);
      expect(await contentOf(await loaded(store, 1))).toEqual(await contentOf(await bundle(1, 0.001)));
    });
  });

  it.each<readonly [string, (folder: string) => void]>([
    ['that is missing', (folder) => rmSync(bundleIn(folder, 1))],
    ['of another number', (folder) => cpSync(bundleIn(folder, 3), bundleIn(folder, 1))],
    ['of another store', (folder) => cpSync(bundleIn(`${folder}-twin`, 3), bundleIn(folder, 1))],
    ['cut short', (folder) => truncateSync(bundleIn(folder, 1), 50_000)],
    ['made longer', (folder) => appendFileSync(bundleIn(folder, 1), 'x')],
    ['that is empty', (folder) => writeFileSync(bundleIn(folder, 1), '')],
    ['of another kind', (folder) => writeFileSync(bundleIn(folder, 1), 'not a bundle at all'.repeat(100_000))],
  ])('in a file %s', async (name, change) => {
    const folder = await stored(`changed ${name}`, 3);
    cpSync(await stored(`twin ${name}`, 3), `${folder}-twin`, { recursive: true });
    change(folder);
    await using(folder, async (store) => {
      await expect(store.checkBundle(1)).rejects.toThrow(corrupt);
      await store.checkBundle(2);
    });
  });

  it('in bytes that have moved from one part to the next', async () => {
    const folder = join(root, 'moved', 'party1');
    mkdirSync(folder, { recursive: true });
    const shelf = shelfIn(folder);
    const receipt = await putParts(shelf, 'bundle 1', [], [bytes(8, 1), bytes(4, 2)]);
    const path = bundleIn(folder, 1);
    const content = readFileSync(path);
    // their lengths stand behind them, each before a tag
    content.writeUInt32LE(4, 20);
    content.writeUInt32LE(8, 40);
    writeFileSync(path, content);
    await expect(getParts(shelf, 'bundle 1', [], receipt)).rejects.toThrow(corrupt);
  });

  it('by tags of nonces that serve once: equal parts have others; and a part is given out once', async () => {
    const folder = join(root, 'nonces', 'party1');
    mkdirSync(folder, { recursive: true });
    const shelf = shelfIn(folder);
    const receipt = await putParts(shelf, 'bundle 1', [], [bytes(8, 1), bytes(8, 1)]);
    const index = readFileSync(bundleIn(folder, 1)).subarray(8 + 16);
    expect(index.length).toBe(40);
    expect(index.subarray(4, 20)).not.toEqual(index.subarray(24, 40));
    const spool = await shelf.open('bundle 1', [], receipt);
    await spool.take(1);
    await expect(spool.take(1)).rejects.toThrow(/gone/);
    await spool.discard();
  });

  it('in what is bound to something else, or under another key', async () => {
    const folder = join(root, 'binding', 'party1');
    mkdirSync(folder, { recursive: true });
    const shelf = shelfIn(folder);
    const receipt = await putParts(shelf, 'bundle 1', ['a', 1], [bytes(8, 1)]);
    expect(await getParts(shelf, 'bundle 1', ['a', 1], receipt)).toEqual([bytes(8, 1)]);
    const again = await putParts(shelf, 'bundle 2', ['a', 1], [bytes(8, 1)]);
    expect(again.key).not.toBe(receipt.key);
    for (const [binding, changed] of [
      [['a', 2], receipt],
      [['a', 1], { ...receipt, key: again.key }],
      [['a', 1], { ...receipt, tag: again.tag }],
    ] as const) {
      await expect(getParts(shelf, 'bundle 1', binding, changed)).rejects.toThrow(corrupt);
    }
  });

  it("in a dealer's seeds, and in what the owner shared", async () => {
    const dealer = join(root, 'dealt', 'dealer');
    const seeds = [bytes(32, 1), bytes(32, 2)] as const;
    const dealt = new DealerStore(storageIn(dealer));
    dealt.keepModel({ id: 'm', modelDigest: PLAN, parties: ['a', 'b'], seeds });
    await dealt.close();
    damage(ledgerIn(dealer), seeds[1]);
    expect(() => new DealerStore(storageIn(dealer))).toThrow(corrupt);
    const owner = join(root, 'dealt', 'owner');
    const shared = new OwnerStore(storageIn(owner));
    shared.shared(PLAN, new Map(), { id: 'f'.repeat(32), name: 'net' });
    await shared.close();
    damage(ledgerIn(owner), Buffer.from('f'.repeat(32)));
    expect(() => new OwnerStore(storageIn(owner))).toThrow(corrupt);
    const verifying = withStores(join(root, 'dealt'), false, (stores) => verify(stores));
    await expect(verifying).rejects.toThrow(corrupt);
  });

  it('by verify, which takes nothing for damage that another spends meanwhile', async () => {
    const folder = await stored('meanwhile', 3);
    await using(folder, async (store) => {
      let spent: Promise<unknown> | undefined;
      const faults = await verify({ root, parties: [store] }, () => {
        spent ??= store.claim(2, purpose).catch(() => {});
        store.clear(2);
      });
      await spent;
      expect(faults).toEqual([]);
    });
  });

  it('by verify, and prune removes it', async () => {
    const folder = await stored('faults', 3);
    await using(folder, (store) => store.keepModel(model, { layers: new Map(), revealSeed: bytes(32, 9) }));
    damage(bundleIn(folder, 2), new Uint8Array(words(5, 2).buffer));
    const above = join(root, 'faults');
    const faults = await withStores(above, false, (stores) => verify(stores));
    expect(faults).toEqual([{ owner: 'party1', what: 'bundle 2', number: 2, model: model.id }]);
    expect(await withStores(above, true, (stores) => prune(stores, false))).toMatchObject({ bundles: 1, models: 0 });
    expect(existsSync(bundleIn(folder, 2))).toBe(false);
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1, 3]);
      expect(await contentOf((await store.claim(3, purpose)).bundle)).toEqual(await contentOf(await bundle(3)));
    });
  });
});

describe('files', () => {
  it('without an entry are removed when the store is opened, and are never ready', async () => {
    const folder = await stored('half', 1);
    // renamed but not entered, half-written, and of a model
    for (const name of [fileOf('bundle 2'), `unfinished-${fileOf('bundle 3')}`, fileOf('share m')]) {
      cpSync(bundleIn(folder, 1), join(folder, name));
    }
    writeFileSync(join(folder, 'notes.txt'), 'of its owner');
    await using(folder, async (store) => {
      expect(readdirSync(folder).filter((name) => /bundle|share/.test(name))).toEqual([fileOf('bundle 1')]);
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1]);
      await expect(store.claim(2, purpose)).rejects.toThrow(mismatch);
    });
    expect(existsSync(join(folder, 'notes.txt'))).toBe(true);
  });

  it('are named by what no other participant chose', () => {
    for (const id of ['../../x', '/etc/passwd', '..', 'M'.repeat(128), 'bundle 1']) {
      expect(fileOf(`share ${id}`)).toMatch(/^share-[0-9a-f]{32}$/);
    }
    expect(fileOf('share m')).not.toBe(fileOf('share M'));
    expect(fileOf('bundle 7')).toBe('bundle-0000000007');
    expect(fileOf('bundle 7/../8')).toMatch(/^share-/);
  });

  it('are gone once they are spent', async () => {
    const folder = join(root, 'gone', 'party1');
    await using(folder, async (store) => {
      for (let number = 1; number <= 3; number++) {
        store.ledger.reserve(number);
        await store.shelve(await bundle(number), purpose);
        expect(existsSync(bundleIn(folder, number))).toBe(true);
        await store.claim(number, purpose);
        store.clear(number);
        expect(existsSync(bundleIn(folder, number))).toBe(false);
      }
    });
  });

  it('that were read ahead are closed where another is read instead', async () => {
    const folder = await stored('ahead', 3);
    const discard = vi.spyOn(SpoolFile.prototype, 'discard');
    // no room in memory: the file stays open until the bundle is spent
    const store = new PartyStore(1, storageIn(folder), 0);
    store.fetch(1);
    await (await store.claim(2, purpose)).bundle.spool.discard();
    store.fetch(3);
    await vi.waitFor(() => expect(discard).toHaveBeenCalledTimes(2));
    expect(await contentOf((await store.claim(1, purpose)).bundle)).toEqual(await contentOf(await bundle(1)));
    await store.close();
    expect(discard).toHaveBeenCalledTimes(4);
    discard.mockRestore();
  });

  it.runIf(process.platform !== 'win32')('are for their owner alone, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      const folder = await stored('modes', 1);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      const names = readdirSync(folder);
      expect(names.length).toBe(3);
      for (const name of names) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
    } finally {
      process.umask(before);
    }
  });

  it.runIf(process.platform !== 'win32')('are not used where others may read them', async () => {
    const folder = await stored('open', 1);
    for (const mode of [0o750, 0o705, 0o710]) {
      chmodSync(folder, mode);
      for (const access of ['look', 'change'] as const) {
        expect(() => storageIn(folder, access)).toThrow(
          expect.objectContaining({
            code: 'BAD_INPUT',
            message: expect.stringContaining(`got mode ${mode.toString(8)}`),
          }),
        );
      }
    }
    chmodSync(folder, 0o700);
    await using(folder, (store) => store.checkBundle(1));
  });

  it('of an earlier version are refused, not converted', () => {
    const folder = join(root, 'earlier', 'party1');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'ledger.mdb'), 'LMDB');
    for (const access of ['look', 'change'] as const) {
      expect(() => storageIn(folder, access)).toThrow(
        /^expected a bundle store of this version in .*, got one of an earlier version\. Remove/,
      );
    }
    expect(readdirSync(folder)).toEqual(['ledger.mdb']);
  });
});

describe('room', () => {
  it('that runs out is an error that loses nothing', async () => {
    const folder = await stored('full', 2);
    // in a process of its own, whose files may not grow so far as a bundle of it
    const kiB = Math.ceil(statSync(bundleIn(folder, 1)).size / 1024) + 10;
    const said = await cramped<{ code: string; message: string; ready: number[]; spent: string }>(
      'store-filler.mjs',
      [folder],
      kiB,
    );
    expect(said.code).toBe('STORE_FULL');
    expect(said.message).toMatch(/^expected room on the disk for .*bundle-0000000003, got /);
    // what was there is there, and can be spent in the same process
    expect(said.ready).toEqual([1, 2]);
    expect(said.spent).toBe('2');
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1]);
      store.ledger.reserve(store.ledger.highWater + 1);
      await store.shelve(await bundle(store.ledger.highWater), purpose);
      expect(await contentOf((await store.claim(1, purpose)).bundle)).toEqual(await contentOf(await bundle(1)));
    });
  });

  it('for claims is left on a full disk, also to open the store and to prune it', { timeout: 60_000 }, async () => {
    const folder = await stored('cramped', 6, 0.001);
    // the ledger can be written anew with some more claims, but no spare has the room that it should have
    const said = await cramped(
      'store-spender.mjs',
      [folder, '1500'],
      Math.ceil((statSync(ledgerIn(folder)).size + ROOM_BYTES / 2) / 1024),
    );
    expect(said).toEqual({ full: true, ready: 5, bundles: 5 });
  });

  it('in memory: a large bundle is made, stored and spent part by part', async () => {
    const folder = join(root, 'large', 'party1');
    const segment = 512 * 1024;
    const bytesInAll = 25 * 16 * segment;
    await using(folder, async (store) => {
      for (const [number, keep] of [
        [1, true],
        [2, false],
      ] as const) {
        store.ledger.reserve(number);
        const { maxRSS: before } = process.resourceUsage();
        const spool = await store.spool(number, bytesInAll, keep);
        const large = new Bundle({ planDigest: PLAN, party: 1, number }, bytes(32, 1), undefined, spool);
        for (let step = 0; step < 25; step++) {
          const filling = large.fill(step);
          for (let i = 0; i < 16; i++) await filling.put('segments', new Uint8Array(segment).fill(step));
        }
        if (keep) await store.shelve(large, purpose);
        else await store.hold(large);
        // what is held has no name
        expect(readdirSync(folder).filter((name) => /bundle|spool/.test(name)).length).toBe(1);
        const { bundle: taken, stored: kept } = await store.claim(number, purpose);
        expect(kept).toBe(keep);
        for (let step = 0; step < 25; step++) {
          const { segments } = taken.take(step);
          for (; segments.left > 0; )
            expect(digest(await segments.next())).toBe(digest(new Uint8Array(segment).fill(step)));
        }
        const { maxRSS: after } = process.resourceUsage();
        expect((after - before) * 1024).toBeLessThan(100e6);
        await taken.spool.discard();
      }
    });
    expect(statSync(ledgerIn(folder)).size).toBeLessThan(1e6);
  });
});

describe('without a folder', () => {
  it('a store ends with the process, and spends as strictly', async () => {
    const store = new PartyStore(1);
    store.ledger.reserve(1);
    await store.shelve(await bundle(1), purpose);
    await expect(store.claim(1, { ...purpose, plan: { digest: 'q', batch: 1 } })).rejects.toThrow(mismatch);
    expect(await contentOf((await store.claim(1, purpose)).bundle)).toEqual(await contentOf(await bundle(1)));
    await expect(store.claim(1, purpose)).rejects.toThrow(mismatch);
    expect(() => store.ledger.reserve(1)).toThrow(mismatch);
    await store.close();
  });
});

describe('bundles', () => {
  it('give up the material of a step once', async () => {
    const one = await bundle(1);
    const { words: first } = one.take(4);
    expect((await first.next()).length).toBe(5);
    expect((await first.next()).length).toBe(0);
    await expect(first.next()).rejects.toThrow(mismatch);
    expect(() => one.take(4)).toThrow(mismatch);
    expect(() => one.take(9)).toThrow(mismatch);
    await expect(one.put(2, { words: [] })).rejects.toThrow('filled already');
  });
});
