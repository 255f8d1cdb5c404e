/** Bundles that outlive their session: with real parties, sockets and files. */

import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { ProtocolError, TacitError } from '../../src/core/errors.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { evaluatePlain } from '../../src/model/plain.js';
import type { Nonlinear, PlanInput } from '../../src/plan/compile.js';
import { compilePlan } from '../../src/plan/two.js';
import { SEED_BYTES } from '../../src/platform/random.js';
import type { Client } from '../../src/roles/client.js';
import { Session } from '../../src/session/session.js';
import { DealerStore } from '../../src/store/dealer-store.js';
import { Ledger } from '../../src/store/ledger.js';
import { PartyStore } from '../../src/store/party-store.js';
import { type StoreOwner, storeFolder } from '../../src/store/root.js';
import { storageIn } from '../../src/store/storage-folder.js';
import { Lane } from '../../src/transport/channel.js';
import { dial } from '../../src/transport/dial.js';
import { ModelMaker } from '../support/models.js';
import { inSession, type SessionSetting, startCast } from '../support/parties.js';
import { randomIntegers } from '../support/session.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const folder = mkdtempSync(join(tmpdir(), 'tacit-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const small = new ModelMaker(32, [12]).dense(9).product().nonlinear().dense(8).done();
/** Of a linear step that goes by ring LWE. */
const wide = new ModelMaker(32, [12]).dense(400).nonlinear().dense(90).nonlinear().dense(8).done();
const MODELS = { dealer: small, ot: small, he: wide };
const input = randomIntegers(12, 32, 7, 'x');
const expectedOf = (model: FixedModel): number[] => [...evaluatePlain(model, referenceKernels(), 1, input).output];
const expected = expectedOf(small);

function setting(
  name: string,
  preprocessing: 'dealer' | 'ot' | 'he' = 'dealer',
  nonlinear: Nonlinear = 'gc',
): SessionSetting & { store: string } {
  const trust = { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' } as const;
  const model = MODELS[preprocessing];
  const plan: PlanInput = { graph: model.graph, batch: 1, trust, nonlinear };
  return { plan, model, store: join(folder, name) };
}

const foldersOf = ({ store }: { store: string }): Record<StoreOwner, string> => ({
  owner: storeFolder(store, 'owner'),
  party0: storeFolder(store, 'party0'),
  party1: storeFolder(store, 'party1'),
  dealer: storeFolder(store, 'dealer'),
});

/** Files of bundles. */
const bundlesIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.includes('bundle-'));

const infer = async (client: Client, number: number): Promise<number[]> => [
  ...(await client.infer(number, input)).output,
];

async function prepare(client: Client, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await client.prepare(client.next + i, true);
}

async function claimsOf({ store }: { store: string }): Promise<{ number: number; session: string }[][]> {
  const claims = [];
  for (const party of [0, 1] as const) {
    const view = new PartyStore(party, storageIn(storeFolder(store, `party${party}`), 'look'));
    claims.push(view.ledger.claims().map(({ number, session }) => ({ number, session })));
    await view.close();
  }
  return claims;
}

/** A session that ends because of what its last step asks for: everything before that was as expected. */
async function failingSession(here: SessionSetting, work: (client: Client) => Promise<void>): Promise<void> {
  let worked: Promise<void> | undefined;
  const failing = inSession(here, (client) => {
    worked = work(client);
    return worked;
  });
  await expect(failing).rejects.toThrow();
  await worked;
}

describe.each([
  ['dealer', 'gc'],
  ['dealer', 'bits'],
  ['ot', 'gc'],
  ['he', 'gc'],
] as const)('bundles by %s with %s', (preprocessing, nonlinear) => {
  const expected = expectedOf(MODELS[preprocessing]);

  it('made in one session are spent in others, the model shared once', async () => {
    const here = setting(`later-${preprocessing}-${nonlinear}`, preprocessing, nonlinear);
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: false, ready: [], next: 1 });
      await prepare(client, 3);
    });
    await failingSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [1, 2, 3], next: 4 });
      expect(client.setup.bytes).toMatchObject({ '0->1': 0, 'dealer->0': 0 });
      expect(await infer(client, 1)).toEqual(expected);
      await expect(client.infer(1, input)).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    });
    const making = await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [2, 3], next: 4 });
      expect(await infer(client, 3)).toEqual(expected);
      // made on the fly: spent at once, in memory, its number used all the same
      await client.prepare(4);
      expect(await infer(client, 4)).toEqual(expected);
      expect(await infer(client, 2)).toEqual(expected);
      return client;
    });
    // base transfers, where there is no dealer, once a bundle was made
    const { setup } = compilePlan(here.plan).predicted;
    const nothing = { '0->1': 0, '1->0': 0, 'dealer->0': 0, 'dealer->1': 0 };
    expect(making.setup.bytes).toEqual(preprocessing === 'dealer' ? nothing : setup);
    const idle = await inSession(here, async (client) => {
      expect(client).toMatchObject({ ready: [], next: 5 });
      return client;
    });
    expect(Math.max(...Object.values(idle.setup.bytes))).toBe(0);
    const [first, second] = await claimsOf(here);
    expect(first!.map(({ number }) => number)).toEqual([1, 3, 4, 2]);
    expect(second).toEqual(first);
    if (preprocessing === 'dealer') {
      // so that no number is dealt twice, whatever the parties ask for
      const dealer = new DealerStore(storageIn(foldersOf(here).dealer, 'look'));
      expect(dealer.ledger.highWater).toBe(4);
      await dealer.close();
    }
  });
});

describe('a store restored from an older copy', () => {
  /** Restores `role`'s folder as it was before `meanwhile`, and returns how the next session ends for all. */
  async function afterRestoring(
    name: string,
    roles: readonly ('party0' | 'party1' | 'dealer')[],
    meanwhile: (here: ReturnType<typeof setting>) => Promise<void>,
  ): Promise<Record<string, string>> {
    const here = setting(name);
    await inSession(here, (client) => prepare(client, 3));
    const copy = `${here.store}-copy`;
    cpSync(here.store, copy, { recursive: true });
    await meanwhile(here);
    for (const role of roles) {
      rmSync(storeFolder(here.store, role), { recursive: true });
      cpSync(storeFolder(copy, role), storeFolder(here.store, role), { recursive: true });
    }
    const { ended } = await startCast(here);
    const ends = await Promise.all(Object.entries(ended).map(async ([role, end]) => [role, await end] as const));
    return Object.fromEntries(ends);
  }

  const spendOne = (here: ReturnType<typeof setting>): Promise<void> =>
    inSession(here, async (client) => {
      await infer(client, client.ready[0]!);
    });

  it.each([
    ['party0', 'party1', 'party 0'],
    ['party1', 'party0', 'party 1'],
  ] as const)('of %s is refused by %s', async (role, other, name) => {
    const ends = await afterRestoring(`back-${role}`, [role], spendOne);
    expect(ends[other]).toMatch(new RegExp(`STORE_ROLLED_BACK: .*store of ${name}: expected generation \\d+`));
    expect(ends[role]).toMatch(/^STORE_ROLLED_BACK/);
    expect(ends.dealer).toMatch(/^STORE_ROLLED_BACK/);
  });

  it('is refused without a dealer as well, whichever it is', async () => {
    const here = setting('back-ot', 'ot');
    await inSession(here, (client) => prepare(client, 2));
    const copy = `${here.store}-copy`;
    cpSync(here.store, copy, { recursive: true });
    await spendOne(here);
    const now = `${here.store}-now`;
    cpSync(here.store, now, { recursive: true });
    for (const [party, role] of (['party0', 'party1'] as const).entries()) {
      rmSync(here.store, { recursive: true });
      cpSync(now, here.store, { recursive: true });
      rmSync(storeFolder(here.store, role), { recursive: true });
      cpSync(storeFolder(copy, role), storeFolder(here.store, role), { recursive: true });
      const { ended } = await startCast(here);
      const ends = await Promise.all([ended.party0, ended.party1, ended.owner]);
      expect(ends[1 - party]).toMatch(new RegExp(`^STORE_ROLLED_BACK: .*store of party ${party}: expected generation`));
      expect(ends[party]).toMatch(/^STORE_ROLLED_BACK/);
    }
  });

  it('is refused where the session since then has made or spent nothing', async () => {
    const ends = await afterRestoring('back-idle', ['party1'], (here) => inSession(here, async () => {}));
    expect(ends.party0).toMatch(/^STORE_ROLLED_BACK/);
  });

  it('is noticed by the dealer where both parties were restored', async () => {
    const ends = await afterRestoring('back-both', ['party0', 'party1'], spendOne);
    expect(ends.dealer).toMatch(/^STORE_ROLLED_BACK: .*expected generation/);
  });

  it('does not catch up by trying', async () => {
    const ends = await afterRestoring('back-again', ['party0'], spendOne);
    expect(ends.party1).toMatch(/^STORE_ROLLED_BACK/);
    const here = setting('back-again');
    for (let i = 0; i < 6; i++) {
      const { ended } = await startCast(here);
      expect(await ended.party1).toMatch(/^STORE_ROLLED_BACK/);
      await Promise.all(Object.values(ended));
    }
  });

  it('starts anew once its folder is removed', async () => {
    await afterRestoring('back-anew', ['party0'], spendOne);
    const here = setting('back-anew');
    rmSync(storeFolder(here.store, 'party0'), { recursive: true });
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: false, ready: [] });
      // above whatever the others have used
      expect(client.next).toBe(4);
      await client.prepare(client.next, true);
      expect(await infer(client, client.next)).toEqual(expected);
    });
  });
});

describe('one side alone', () => {
  it('has a number that the other could not claim: it is burnt on both', async () => {
    const here = setting('burnt');
    await inSession(here, (client) => prepare(client, 3));
    // party 0 claimed number 2, and party 1 was killed before it did
    const store = new PartyStore(0, storageIn(storeFolder(here.store, 'party0')));
    const { planDigest: digest, batch } = store.ledger.ready()[0]!;
    await store.claim(2, { model: store.models()[0]!, plan: { digest, batch }, session: 'that broke' });
    await store.close();
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [1, 3], next: 4 });
      expect(await infer(client, 3)).toEqual(expected);
    });
    const view = new PartyStore(1, storageIn(storeFolder(here.store, 'party1'), 'look'));
    expect(view.ledger.ready().map(({ number }) => number)).toEqual([1]);
    await view.close();
  });

  it('has made a bundle that the other could not store: it is given back', async () => {
    const here = setting('given-back');
    await inSession(here, (client) => prepare(client, 2));
    const store = new PartyStore(1, storageIn(storeFolder(here.store, 'party1')));
    store.discard([1]);
    await store.close();
    await failingSession(here, async (client) => {
      expect(client).toMatchObject({ ready: [2], next: 3 });
      await expect(client.infer(1, input)).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    });
  });
});

describe('a bundle of another', () => {
  it('model of the same plan is left alone, and serves its own', async () => {
    const here = setting('models');
    const other = { ...here, model: new ModelMaker(32, [12]).dense(9).product().nonlinear().dense(8).done() };
    const parameters = new Map(
      [...other.model.parameters].map(([id, { weights, bias }]) => [
        id,
        { weights: weights.map((w) => (w + 1) | 0), bias },
      ]),
    );
    await inSession(here, (client) => prepare(client, 2));
    await failingSession({ ...other, model: { ...other.model, parameters } }, async (client) => {
      expect(client).toMatchObject({ resumed: false, ready: [], next: 3 });
      await prepare(client, 1);
      await expect(client.infer(1, input)).rejects.toMatchObject({
        code: 'BUNDLE_MISMATCH',
        message: expect.stringContaining('this plan, model and peer'),
      });
    });
    // each has a B of its own: F - F' would be W - W'
    const dealer = new DealerStore(storageIn(foldersOf(here).dealer, 'look'));
    const seeds = dealer.models().flatMap((dealt) => dealt.seeds.map((seed) => Buffer.from(seed).toString('hex')));
    await dealer.close();
    expect(seeds.length).toBe(4);
    expect(new Set(seeds).size).toBe(4);
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [1, 2], next: 4 });
      expect(await infer(client, 1)).toEqual(expected);
    });
  });

  it('plan, or a peer with another store, is not used', async () => {
    const here = setting('strangers');
    await inSession(here, (client) => prepare(client, 2));
    const label = { ...here, plan: { ...here.plan, trust: { ...here.plan.trust, reveal: 'label' } as const } };
    // the share serves every plan of the network, a bundle its own
    await inSession(label, async (client) => expect(client).toMatchObject({ resumed: true, ready: [] }));
    const stranger = { ...foldersOf(here), party1: `${here.store}-stranger` };
    await inSession({ ...here, store: stranger }, async (client) => {
      expect(client).toMatchObject({ resumed: false, ready: [] });
      expect(client.next).toBeGreaterThan(2);
    });
  });
});

describe('a model that one side alone has', () => {
  it('after a crash in mid-set-up is removed, with its bundles', async () => {
    const here = setting('orphan');
    await inSession(here, (client) => prepare(client, 2));
    const store = new PartyStore(1, storageIn(storeFolder(here.store, 'party1')));
    const { id } = store.models()[0]!;
    store.dropModel(id);
    await store.close();
    await inSession(here, async (client) => expect(client).toMatchObject({ resumed: false, ready: [], next: 3 }));
    const other = new PartyStore(0, storageIn(storeFolder(here.store, 'party0'), 'look'));
    expect(other.models().map((model) => model.id)).not.toContain(id);
    expect(other.models().length).toBe(1);
    expect(other.ledger.ready()).toEqual([]);
    await other.close();
    // what another peer's store shares with this one is left alone
    const stranger = { ...foldersOf(here), party1: `${here.store}-stranger` };
    await inSession({ ...here, store: stranger }, async () => {});
    await inSession(here, async (client) => expect(client.resumed).toBe(false));
    const both = new PartyStore(0, storageIn(storeFolder(here.store, 'party0'), 'look'));
    expect(new Set(both.models().map(({ peer }) => peer)).size).toBe(2);
    await both.close();
  });
});

describe('a claim', () => {
  it('that the other party has not made too lets nothing leave that depends on the bundle', async () => {
    const wide = new ModelMaker(32, [2000]).dense(4).done();
    const plan = { ...setting('').plan, graph: wide.graph };
    const here = { plan, model: wide, store: join(folder, 'claims') };
    await inSession(here, (client) => prepare(client, 1));
    let bytes = 0;
    const servers: Server[] = [];
    const between = async (url: string): Promise<string> => {
      const server = createServer((from) => {
        const to = connectTcp(Number(new URL(url).port), '127.0.0.1');
        to.on('data', (chunk) => {
          bytes += chunk.length;
        });
        from.pipe(to).pipe(from);
        for (const socket of [from, to]) socket.on('error', () => {});
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    };
    const { urls, session, ended } = await startCast({ ...here, between });
    const { digest, trust } = compilePlan(plan);
    const me = new Session({ role: 'client', planDigest: digest, trust, session }, { timeoutMs: 30_000 });
    const first = await me.join(await dial(urls[0], 30_000), ['party0']);
    await me.join(await dial(urls[1], 30_000), ['party1']);
    const control = first.lane('control', 0);
    expect(await control.receiveMessage()).toMatchObject({ op: 'ready', ready: [[1, 1]] });
    const claims = vi.spyOn(Ledger.prototype, 'claim');
    const before = bytes;
    await control.sendMessage({ op: 'infer', number: 1 });
    await first.lane('online', 1).send(0, new Uint8Array(SEED_BYTES));
    while (claims.mock.results.length === 0) await sleep(5);
    // what would be sent without its answer would be sent now
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    // its generation, but not the 8,000 bytes of E_0
    expect(bytes - before).toBeLessThan(1000);
    claims.mockRestore();
    me.fail(new ProtocolError('INTERRUPTED', 'expected more, the test is over. Go on'));
    await Promise.all(Object.values(ended));
    for (const server of servers) server.close();
  });
});

describe('a bundle that was taken out', () => {
  it.each(['sendMessage', 'receive'] as const)('is gone where %s fails before it is used', async (method) => {
    const here = setting(`unused ${method}`);
    await inSession(here, (client) => prepare(client, 1));
    const claims = vi.spyOn(PartyStore.prototype, 'claim');
    const real = Lane.prototype[method] as (...of: unknown[]) => Promise<never>;
    // the generation of a claim, and the input
    const failing = vi.spyOn(Lane.prototype, method).mockImplementation(function (this: Lane, ...of: unknown[]) {
      const fails = claims.mock.calls.length > 0 && this.phase === (method === 'receive' ? 'online' : 'control');
      return fails ? Promise.reject(new ProtocolError('BAD_FRAME', 'expected it, got none')) : real.apply(this, of);
    });
    await failingSession(here, (client) => expect(client.infer(1, input)).rejects.toThrow());
    failing.mockRestore();
    expect(claims.mock.results.length).toBeGreaterThan(0);
    for (const { value } of claims.mock.results) {
      const { spool } = (await (value as ReturnType<PartyStore['claim']>)).bundle;
      await vi.waitFor(() => expect(spool.memoryBytes).toBe(0));
    }
    claims.mockRestore();
  });
});

describe('a party that misbehaves while a bundle is spent', () => {
  it.each([
    ['a message cut short', 0, 1],
    ['a message of a wrong step', 1, 0],
  ] as const)('by %s: the session ends, and the bundle is gone from both stores', async (name, steps, bytes) => {
    const here = setting(`misbehaving ${bytes}`);
    await inSession(here, (client) => prepare(client, 2));
    const send = Lane.prototype.send;
    const spoilt = vi.spyOn(Lane.prototype, 'send').mockImplementation(function (this: Lane, step, payload) {
      // what the parties send each other, not what the client sends
      if (this.phase !== 'online' || step === 0) return send.call(this, step, payload);
      return send.call(this, step + steps, payload.subarray(bytes));
    });
    await failingSession(here, (client) =>
      expect(client.infer(1, input), name).rejects.toMatchObject({ code: 'BAD_FRAME' }),
    );
    spoilt.mockRestore();
    for (const claims of await claimsOf(here)) expect(claims.map(({ number }) => number)).toEqual([1]);
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [2], next: 3 });
      expect(await infer(client, 2)).toEqual(expected);
    });
    for (const party of [0, 1] as const) {
      expect(bundlesIn(storeFolder(here.store, `party${party}`))).toEqual([]);
    }
  });
});

describe('making and spending at once', () => {
  it('goes on where a bundle cannot be kept', async () => {
    const here = setting('full');
    await inSession(here, async (client) => {
      await client.prepare(1, true);
      const shelve = vi.spyOn(PartyStore.prototype, 'shelve');
      shelve.mockRejectedValueOnce(new TacitError('STORE_FULL', 'expected room, got none. Free some'));
      const [output] = await Promise.all([
        infer(client, 1),
        expect(client.prepare(2, true)).rejects.toMatchObject({
          code: 'STORE_FULL',
          message: expect.stringMatching(/^party [01]: expected room, got none/),
        }),
      ]);
      shelve.mockRestore();
      expect(output).toEqual(expected);
      await client.prepare(3, true);
    });
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [3], next: 4 });
      expect(await infer(client, 3)).toEqual(expected);
    });
  });

  it('is refused for a number far ahead, which is not used up by that', async () => {
    const here = setting('ahead');
    await failingSession(here, async (client) => {
      await expect(client.prepare(0xffffffff, true)).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    });
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [], next: 1 });
      await client.prepare(1);
      expect(await infer(client, 1)).toEqual(expected);
    });
  });

  it('bundle k + 1 is made while k is spent', async () => {
    const here = setting('beside');
    await inSession(here, async (client) => {
      const first = client.next;
      await client.prepare(first, true);
      for (let k = first; k < first + 6; k++) {
        const [output] = await Promise.all([infer(client, k), client.prepare(k + 1, k % 2 === 0)]);
        expect(output).toEqual(expected);
      }
    });
  });

  it('is refused for a number that was used', async () => {
    const here = setting('again');
    await failingSession(here, async (client) => {
      await client.prepare(1, true);
      await expect(client.prepare(1, true)).rejects.toMatchObject({
        code: 'BUNDLE_MISMATCH',
        message: expect.stringContaining('a number above 1'),
      });
    });
  });
});
