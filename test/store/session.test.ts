/** Bundles that outlive their session: with real parties, sockets and files. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/client.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { evaluatePlain } from '../../src/model/plain.js';
import type { PlanInput } from '../../src/plan/plan.js';
import { PartyStore } from '../../src/store/party-store.js';
import { storeFolder } from '../../src/store/root.js';
import { ModelMaker } from '../support/models.js';
import { inSession, type SessionSetting, startCast } from '../support/parties.js';
import { randomIntegers } from '../support/session.js';

const folder = mkdtempSync(join(tmpdir(), 'tacit-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model = new ModelMaker(32, [12]).dense(9).product().nonlinear().dense(8).done();
const input = randomIntegers(12, 32, 7, 'x');
const expected = [...evaluatePlain(model, referenceKernels(), 1, input).output];

function setting(name: string, preprocessing: 'dealer' | 'ot' = 'dealer'): SessionSetting & { store: string } {
  const trust = { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' } as const;
  const plan: PlanInput = { graph: model.graph, batch: 1, trust };
  return { plan, model, store: join(folder, name) };
}

const infer = async (client: Client, number: number): Promise<number[]> => [
  ...(await client.infer(number, input)).output,
];

async function prepare(client: Client, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await client.prepare(client.next + i, true);
}

async function claimsOf({ store }: { store: string }): Promise<{ number: number; session: string }[][]> {
  const claims = [];
  for (const party of [0, 1] as const) {
    const view = PartyStore.view(party, storeFolder(store, `party${party}`));
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

describe.each(['dealer', 'ot'] as const)('bundles by %s', (preprocessing) => {
  it('made in one session are spent in others, the model shared once', async () => {
    const here = setting(`later-${preprocessing}`, preprocessing);
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: false, ready: [], next: 1 });
      await prepare(client, 3);
    });
    await failingSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [1, 2, 3], next: 4 });
      if (preprocessing === 'dealer') expect(client.setup.bytes).toMatchObject({ '0->1': 0, 'dealer->0': 0 });
      expect(await infer(client, 1)).toEqual(expected);
      await expect(client.infer(1, input)).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    });
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [2, 3], next: 4 });
      expect(await infer(client, 3)).toEqual(expected);
      // made on the fly: spent at once, in memory, its number used all the same
      await client.prepare(4);
      expect(await infer(client, 4)).toEqual(expected);
      expect(await infer(client, 2)).toEqual(expected);
    });
    await inSession(here, async (client) => expect(client).toMatchObject({ ready: [], next: 5 }));
    const [first, second] = await claimsOf(here);
    expect(first!.map(({ number }) => number)).toEqual([1, 3, 4, 2]);
    expect(second).toEqual(first);
  });
});

describe('a store restored from an older copy', () => {
  /** Restores `role`'s folder as it was before `meanwhile`, and returns how the next session ends for everybody. */
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
    for (let i = 0; i < 6; i++) expect(await (await startCast(here)).ended.party1).toMatch(/^STORE_ROLLED_BACK/);
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
    const store = PartyStore.open(0, storeFolder(here.store, 'party0'));
    const { model: id, peer, planDigest } = store.ledger.ready()[0]!;
    const { dealer } = store.models()[0]!;
    await store.claim(2, { model: { id, peer, planDigest, dealer }, session: 'that broke' });
    await store.close();
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [1, 3], next: 4 });
      expect(await infer(client, 3)).toEqual(expected);
    });
    const view = PartyStore.view(1, storeFolder(here.store, 'party1'));
    expect(view.ledger.ready().map(({ number }) => number)).toEqual([1]);
    await view.close();
  });

  it('has made a bundle that the other could not store: it is given back', async () => {
    const here = setting('given-back');
    await inSession(here, (client) => prepare(client, 2));
    const store = PartyStore.open(1, storeFolder(here.store, 'party1'));
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
    await inSession(here, async (client) => {
      expect(client).toMatchObject({ resumed: true, ready: [1, 2], next: 4 });
      expect(await infer(client, 1)).toEqual(expected);
    });
  });

  it('plan, or a peer with another store, is not used', async () => {
    const here = setting('strangers');
    await inSession(here, (client) => prepare(client, 2));
    const label = { ...here, plan: { ...here.plan, trust: { ...here.plan.trust, reveal: 'label' } as const } };
    await inSession(label, async (client) => expect(client).toMatchObject({ resumed: false, ready: [] }));
    const folderOf = (role: 'party0' | 'party1' | 'dealer' | 'owner'): string => storeFolder(here.store, role);
    const stranger = {
      owner: folderOf('owner'),
      party0: folderOf('party0'),
      dealer: folderOf('dealer'),
      party1: `${here.store}-stranger`,
    };
    await inSession({ ...here, store: stranger }, async (client) => {
      expect(client).toMatchObject({ resumed: false, ready: [] });
      expect(client.next).toBeGreaterThan(2);
    });
  });
});

describe('making and spending at once', () => {
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
