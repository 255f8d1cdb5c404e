/** The client against parties that follow a script. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bytesOf } from '../../src/core/ring.js';
import { outputWords } from '../../src/plan/plan.js';
import { compilePlan } from '../../src/plan/two.js';
import { Client } from '../../src/roles/client.js';
import type { Beginning, PhaseReport } from '../../src/session/messages.js';
import { type Role, Session } from '../../src/session/session.js';
import type { Channel } from '../../src/transport/channel.js';
import { memoryLinks } from '../../src/transport/memory.js';
import { ModelMaker } from '../support/models.js';
import { randomIntegers } from '../support/session.js';

const TIMEOUT_MS = 30_000;
const ROLES = ['party0', 'party1'] as const;
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;
const model = new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done();
const plan = compilePlan({ graph: model.graph, batch: 1, trust });
const report: PhaseReport = { fromDealer: 0, toPeer: 0, rounds: 1 };

/** A client of parties that begin so, and what each of them sees of it. */
async function meet(beginnings: readonly Partial<Beginning>[] = []): Promise<{ client: Client; parties: Channel[] }> {
  const identity = (role: Role) => ({ role, planDigest: plan.digest, trust, session: 'test' });
  const session = new Session(identity('client'), { timeoutMs: TIMEOUT_MS });
  const parties: Channel[] = [];
  for (const [i, role] of ROLES.entries()) {
    const [here, there] = memoryLinks();
    const party = new Session(identity(role));
    void party.accept(there, ['client']);
    await session.join(here, [role]);
    const channel = await party.channel('client');
    const beginning = { op: 'ready', report, resumed: false, ready: [], next: 1, ...beginnings[i] };
    await channel.lane('control', 0).sendMessage(beginning);
    parties.push(channel);
  }
  return { client: await Client.start(plan, session), parties };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a client', () => {
  it('waits for its output for as long as the parties live', async () => {
    const { client, parties } = await meet();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const inferring = client.infer(1, randomIntegers(12, 32, 7, 'x'));
    const shares = [5, 0xffffffff].map((value) => new Uint32Array(outputWords(plan)).fill(value));
    await vi.advanceTimersByTimeAsync(4 * TIMEOUT_MS);
    for (const [i, party] of parties.entries()) {
      await party.lane('online', 1).send(plan.steps.length, bytesOf(shares[i]!));
      await party.lane('control', 0).sendMessage({ op: 'inferred', number: 1, report });
    }
    expect([...(await inferring).output]).toEqual(Array.from(shares[0]!, () => 4));
  });

  it.each<readonly [string, Partial<Beginning>]>([
    ['other bundles', { ready: [[1, 1]] }],
    ['another next number', { next: 2 }],
    ['a session that goes on', { resumed: true }],
  ])('ends where one party alone has %s', async (_, beginning) => {
    await expect(meet([beginning])).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
  });

  it('ends with the code of a party that fails while it waits', async () => {
    const { client, parties } = await meet();
    const inferring = client.infer(1, randomIntegers(12, 32, 7, 'x'));
    const words = outputWords(plan);
    await parties[0]!.lane('online', 1).send(plan.steps.length, new Uint8Array(4 * words + 4));
    await expect(inferring).rejects.toMatchObject({ code: 'BAD_FRAME' });
    // the other party is told
    const told = new Promise<string>((resolve) => parties[1]!.onFailure(({ code }) => resolve(code)));
    expect(await told).toBe('BAD_FRAME');
  });
});
