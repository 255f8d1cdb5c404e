/** One party's store by itself: what is written reads again, and nothing else is taken for it. */
import { fork } from 'node:child_process';
import {
  closeSync,
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
import { Bundle } from '../../src/protocols/bundle.js';
import { openParts } from '../../src/store/files.js';
import { prune, verify, withStores } from '../../src/store/inspect.js';
import { LEDGER_FILE, type ModelId, PartyStore, SHELF_FILE } from '../../src/store/party-store.js';

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

const contentOf = (one: Bundle): unknown => [one.id, one.seed, one.delta, [...one.materials]];

async function stored(name: string, count: number): Promise<string> {
  const folder = join(root, name, 'party1');
  const store = PartyStore.open(1, folder);
  for (let number = 1; number <= count; number++) {
    store.ledger.reserve(number);
    await store.shelve(bundle(number), purpose);
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
    const parts = openParts(join(folder, SHELF_FILE));
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
    const parts = openParts(join(folder, SHELF_FILE));
    parts.put('bundle 2', 0, [bytes(1000, 1), bytes(1000, 2)]);
    expect(parts.names()).toEqual(['bundle 1', 'bundle 2']);
    await parts.close();
    await using(folder, async (store) => {
      expect(store.ledger.ready().map(({ number }) => number)).toEqual([1]);
      await expect(store.claim(2, purpose)).rejects.toThrow(mismatch);
    });
    const after = openParts(join(folder, SHELF_FILE));
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
    const script = fileURLToPath(new URL('../support/store-filler.mjs', import.meta.url));
    const kiB = Math.ceil(statSync(join(folder, SHELF_FILE)).size / 1024) + 600;
    const child = fork(script, [folder], {
      execPath: '/bin/bash',
      execArgv: ['-c', `ulimit -f ${kiB}; exec "$0" "$@"`, process.execPath],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const said = await new Promise<{ code: string; message: string; ready: number[]; spent: string }>((resolve) =>
      child.once('message', (message) => resolve(message as never)),
    );
    await new Promise((resolve) => child.once('exit', resolve));
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
