import { describe, expect, it } from 'vitest';
import { codeOf } from '../../src/core/errors.js';
import type { TrustModel } from '../../src/core/trust.js';
import { PROTOCOL_VERSION } from '../../src/plan/compile.js';
import { type Identity, type Role, Session } from '../../src/session/session.js';
import { Channel } from '../../src/transport/channel.js';
import { dial } from '../../src/transport/dial.js';
import type { Link } from '../../src/transport/link.js';
import { memoryLinks } from '../../src/transport/memory.js';
import { listen } from '../../src/transport/websocket.js';

const trust: TrustModel = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' };
const identity = (role: Role, changes: Partial<Identity> = {}): Identity => ({
  role,
  planDigest: 'ab'.repeat(32),
  trust,
  session: 'one',
  ...changes,
});

async function greet(left: Identity, right: Identity, expected: readonly Role[]): Promise<[string, string]> {
  const [a, b] = memoryLinks();
  const first = new Session(left, { timeoutMs: 1000 });
  const second = new Session(right, { timeoutMs: 1000 });
  const outcome = (work: Promise<unknown>): Promise<string> => work.then(() => 'ok', codeOf);
  const dialled = outcome(first.join(a, ['party0']));
  const accepted = outcome(second.accept(b, expected).then(() => second.channel(left.role)));
  return Promise.all([dialled, accepted]);
}

describe('the handshake', () => {
  it('lets in a peer that agrees', async () => {
    expect(await greet(identity('client'), identity('party0'), ['client'])).toEqual(['ok', 'ok']);
  });

  const cases: readonly [string, Partial<Identity>][] = [
    ['PLAN_MISMATCH', { planDigest: 'cd'.repeat(32) }],
    ['TRUST_MISMATCH', { trust: { ...trust, reveal: 'label' } }],
    ['SESSION_MISMATCH', { session: 'two' }],
    ['ROLE_MISMATCH', { role: 'owner' }],
  ];
  for (const [code, changes] of cases) {
    it(`ends with ${code} on both sides`, async () => {
      expect(await greet(identity('client', changes), identity('party0'), ['client'])).toEqual([code, code]);
    });
  }

  it('ends with VERSION_MISMATCH on both sides, whichever end speaks another version', async () => {
    for (const dialled of [true, false]) {
      const [a, b] = memoryLinks();
      const session = new Session(identity('party0'), { timeoutMs: 1000 });
      const other = new Channel(a, { peer: 'party 0', timeoutMs: 1000 });
      const told = new Promise<string>((resolve) => other.onFailure(({ code }) => resolve(code)));
      const joined = dialled ? session.join(b, ['client']) : session.accept(b, ['client']);
      joined.catch(() => {});
      const lane = other.lane('control', 0);
      if (dialled) await lane.receiveMessage();
      await lane.sendMessage({ version: PROTOCOL_VERSION + 1, ...identity('client') });
      await expect(session.channel('client')).rejects.toMatchObject({ code: 'VERSION_MISMATCH' });
      expect(await told).toBe('VERSION_MISMATCH');
    }
  });

  it('refuses a role that is there already', async () => {
    const second = new Session(identity('party0'), { timeoutMs: 1000 });
    for (const expected of ['ok', 'ROLE_TAKEN']) {
      const [a, b] = memoryLinks();
      const client = new Session(identity('client'), { timeoutMs: 1000 });
      void second.accept(b, ['client']);
      expect(await client.join(a, ['party0']).then(() => 'ok', codeOf)).toBe(expected);
    }
  });

  it('drops a stranger without ending the session', async () => {
    const session = new Session(identity('party0'), { timeoutMs: 1000 });
    const listener = await listen('127.0.0.1', 0, (link) => void session.accept(link, ['client']));
    const url = `ws://127.0.0.1:${listener.port}`;
    const stranger = await dial(url, 1000);
    await stranger.send(new Uint8Array([1, 2, 3]));
    await new Promise<void>((resolve) => stranger.onClose(() => resolve()));
    const client = new Session(identity('client'), { timeoutMs: 1000 });
    await client.join(await dial(url, 1000), ['party0']);
    await session.channel('client');
    session.finish();
    client.finish();
    listener.close();
  });

  it('drops who sends another frame than a greeting, and tells it', async () => {
    const [a, b] = memoryLinks();
    const session = new Session(identity('party0'), { timeoutMs: 1000 });
    void session.accept(b, ['client']);
    const stranger = new Channel(a, { peer: 'party 0' });
    const told = new Promise<string>((resolve) => stranger.onFailure(({ code }) => resolve(code)));
    await stranger.lane('control', 0).send(0, new Uint8Array(4));
    expect(await told).toBe('BAD_FRAME');
    await stranger.closed;
  });

  it('says PEER_TIMEOUT where a role does not join', async () => {
    await expect(new Session(identity('party0'), { timeoutMs: 30 }).channel('client')).rejects.toMatchObject({
      code: 'PEER_TIMEOUT',
    });
  });

  it('throws a failure when the news of it has left', async () => {
    const [a, b] = memoryLinks();
    let held = false;
    let close = (): void => {};
    const slow: Link = {
      // what is sent last does not arrive yet, so that the far end does not close by itself
      send: (bytes) => (held ? Promise.resolve() : a.send(bytes)),
      onMessage: (receive) => a.onMessage(receive),
      onClose: (closed) => a.onClose(closed),
      pause: () => a.pause(),
      resume: () => a.resume(),
      close: () => {
        close = () => a.close();
      },
    };
    const session = new Session(identity('client'), { timeoutMs: 1000 });
    void new Session(identity('party0'), { timeoutMs: 1000 }).accept(b, ['client']);
    await session.join(slow, ['party0']);
    held = true;
    let thrown = false;
    const running = session
      .run(() => Promise.reject(new Error('any')))
      .catch(() => {
        thrown = true;
      });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(thrown).toBe(false);
    close();
    await running;
    expect(thrown).toBe(true);
  });

  it('tells every peer when one fails, by code and never by content', async () => {
    const hub = new Session(identity('party0'), { timeoutMs: 1000 });
    const waiting: Promise<string>[] = [];
    for (const role of ['client', 'owner'] as const) {
      const [a, b] = memoryLinks();
      const peer = new Session(identity(role), { timeoutMs: 1000 });
      void hub.accept(b, ['client', 'owner']);
      const lane = (await peer.join(a, ['party0'])).lane('online', 0);
      waiting.push(
        lane.receive(0, 1).then(
          () => 'ok',
          (error: Error) => `${codeOf(error)} ${error.message}`,
        ),
      );
    }
    await expect(hub.run(() => Promise.reject(new Error('secret 42')))).rejects.toThrow();
    for (const message of await Promise.all(waiting)) {
      expect(message).toMatch(/^INTERNAL /);
      expect(message).not.toContain('42');
    }
  });
});
