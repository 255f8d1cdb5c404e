import { afterEach, describe, expect, it, vi } from 'vitest';
import { codeOf, type ErrorCode, TacitError } from '../../src/core/errors.js';
import type { TrustModel } from '../../src/core/trust.js';
import { PROTOCOL_VERSION } from '../../src/plan/compile.js';
import { type Identity, MAX_STRANGERS, type Role, Session } from '../../src/session/session.js';
import { Channel, MAX_GREETING } from '../../src/transport/channel.js';
import { dial } from '../../src/transport/dial.js';
import { encodeFrame, FrameType } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { memoryLinks } from '../../src/transport/memory.js';
import { encodeMessage } from '../../src/transport/message.js';
import { listen } from '../../src/transport/websocket.js';

const trust: TrustModel = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' };
const identity = (role: Role, changes: Partial<Identity> = {}): Identity => ({
  role,
  planDigest: 'ab'.repeat(32),
  trust,
  session: 'one',
  ...changes,
});

/** More than any slow machine takes. */
const TIMEOUT_MS = 30_000;

/** A party that others dial. */
function host(timeoutMs = TIMEOUT_MS): Session {
  return new Session(identity('party0'), { timeoutMs });
}

/** What a client with these changes ends with at the party, whose session goes on. */
async function greet(party: Session, changes: Partial<Identity>): Promise<string> {
  const [a, b] = memoryLinks();
  const client = new Session(identity('client', changes), { timeoutMs: TIMEOUT_MS });
  const [outcome] = await Promise.all([
    client.join(a, ['party0']).then(() => 'ok', codeOf),
    party.accept(b, ['client', 'dealer']),
  ]);
  return outcome;
}

/** How the party's wait for a role ends when its time is over. */
async function lateness(party: Session, role: Role): Promise<TacitError> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const late = party.channel(role).then(
    () => expect.unreachable(),
    (error: TacitError) => error,
  );
  await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
  return late;
}

afterEach(() => {
  vi.useRealTimers();
});

/** A frame of the lane in which greetings come. */
function control(type: FrameType, payload: Uint8Array, sequence = 0): Uint8Array<ArrayBuffer> {
  return encodeFrame({ type, phase: 'control', depth: 1, bundle: 0, step: 0, sequence, payload });
}

describe('the handshake', () => {
  it('lets in a peer that agrees', async () => {
    const party = host();
    expect(await greet(party, {})).toBe('ok');
    await party.channel('client');
  });

  const cases: readonly [string, Partial<Identity>][] = [
    ['PLAN_MISMATCH', { planDigest: 'cd'.repeat(32) }],
    // as long as the other
    ['TRUST_MISMATCH', { trust: { ...trust, reveal: 'top:10' } }],
    ['SESSION_MISMATCH', { session: 'two' }],
    ['ROLE_MISMATCH', { role: 'owner' }],
  ];
  for (const [code, changes] of cases) {
    it(`tells a peer of ${code}, and lets in the next that agrees`, async () => {
      const party = host();
      expect(await greet(party, changes)).toBe(code);
      expect(await greet(party, {})).toBe('ok');
      await party.channel('client');
    });

    it(`ends with ${code} where the party that was dialled differs`, async () => {
      const [a, b] = memoryLinks();
      const client = new Session(identity('client'), { timeoutMs: TIMEOUT_MS });
      const joined = client.join(a, ['party0']).then(() => 'ok', codeOf);
      const other = new Channel(b, { peer: 'the client', timeoutMs: TIMEOUT_MS });
      await other.lane('control', 0).receiveMessage();
      await other.lane('control', 0).sendMessage({ version: PROTOCOL_VERSION, ...identity('party0', changes) });
      expect(await joined).toBe(code);
      await expect(client.channel('party0')).rejects.toMatchObject({ code });
    });
  }

  it('tells VERSION_MISMATCH, whichever end speaks another version', async () => {
    for (const dialled of [true, false]) {
      const [a, b] = memoryLinks();
      const session = host();
      const other = new Channel(a, { peer: 'party 0', timeoutMs: TIMEOUT_MS });
      const told = new Promise<string>((resolve) => other.onFailure(({ code }) => resolve(code)));
      const joined = dialled ? session.join(b, ['client']) : session.accept(b, ['client']);
      joined.catch(() => {});
      const lane = other.lane('control', 0);
      if (dialled) await lane.receiveMessage();
      await lane.sendMessage({ version: PROTOCOL_VERSION + 1, ...identity('client') });
      expect(await told).toBe('VERSION_MISMATCH');
      if (dialled) await expect(session.channel('client')).rejects.toMatchObject({ code: 'VERSION_MISMATCH' });
      else expect(await greet(session, {})).toBe('ok');
    }
  });

  it('refuses a role that is there already', async () => {
    const second = new Session(identity('party0'), { timeoutMs: TIMEOUT_MS });
    for (const expected of ['ok', 'ROLE_TAKEN']) {
      const [a, b] = memoryLinks();
      const client = new Session(identity('client'), { timeoutMs: TIMEOUT_MS });
      void second.accept(b, ['client']);
      expect(await client.join(a, ['party0']).then(() => 'ok', codeOf)).toBe(expected);
    }
  });

  it('drops a stranger without ending the session', async () => {
    const session = new Session(identity('party0'), { timeoutMs: TIMEOUT_MS });
    const listener = await listen('127.0.0.1', 0, (link) => void session.accept(link, ['client']));
    const url = `ws://127.0.0.1:${listener.port}`;
    const stranger = await dial(url, TIMEOUT_MS);
    await stranger.send(new Uint8Array([1, 2, 3]));
    await new Promise<void>((resolve) => stranger.onClose(() => resolve()));
    const client = new Session(identity('client'), { timeoutMs: TIMEOUT_MS });
    await client.join(await dial(url, TIMEOUT_MS), ['party0']);
    await session.channel('client');
    session.finish();
    client.finish();
    listener.close();
  });

  it('drops who sends another frame than a greeting, and tells it', async () => {
    const [a, b] = memoryLinks();
    const session = new Session(identity('party0'), { timeoutMs: TIMEOUT_MS });
    void session.accept(b, ['client']);
    const stranger = new Channel(a, { peer: 'party 0' });
    const told = new Promise<string>((resolve) => stranger.onFailure(({ code }) => resolve(code)));
    await stranger.lane('control', 0).send(0, new Uint8Array(4));
    expect(await told).toBe('BAD_FRAME');
    await stranger.closed;
  });

  it('says PEER_TIMEOUT where a role does not join, and nothing of links where there were none', async () => {
    const { code, message, facts } = await lateness(host(), 'client');
    expect(code).toBe('PEER_TIMEOUT');
    expect(message).toBe(`expected the client to join within ${TIMEOUT_MS} ms, it did not`);
    expect(facts).toEqual({ timeoutMs: TIMEOUT_MS, refused: 0 });
  });

  it('says of a role that does not join that links were turned away, and why the last that greeted was', async () => {
    const party = host();
    await greet(party, { session: 'two' });
    await greet(party, { planDigest: 'cd'.repeat(32) });
    const [a, b] = memoryLinks();
    const accepted = party.accept(b, ['client']);
    await a.send(new Uint8Array(3));
    await accepted;
    const { code, message, facts } = await lateness(party, 'client');
    expect(code).toBe('PEER_TIMEOUT');
    expect(message).toContain('3 links were turned away (PLAN_MISMATCH: the peer runs another plan)');
    expect(facts).toEqual({ timeoutMs: TIMEOUT_MS, refused: 3, refusedFor: 'PLAN_MISMATCH' });
  });

  it.each<ErrorCode>(['INTERRUPTED', 'PLAN_MISMATCH', 'SESSION_MISMATCH', 'STORE_ROLLED_BACK'])(
    'goes on when a stranger says that it has ended with %s',
    async (code) => {
      const party = host();
      const [a, b] = memoryLinks();
      const accepted = party.accept(b, ['client']);
      await a.send(control(FrameType.abort, encodeMessage({ code, message: 'all is lost' })));
      await accepted;
      expect(await greet(party, {})).toBe('ok');
      await party.channel('client');
    },
  );

  it('takes a greeting of 4 KiB, and no byte more before it', async () => {
    const hello = { version: PROTOCOL_VERSION, ...identity('client'), padding: '' };
    const room = MAX_GREETING - encodeMessage(hello).length;
    const greeting = encodeMessage({ ...hello, padding: 'x'.repeat(room) });
    expect(greeting.length).toBe(MAX_GREETING);
    for (const [payload, answered] of [
      [greeting, true],
      [encodeMessage({ ...hello, padding: 'x'.repeat(room + 1) }), false],
    ] as const) {
      const party = host();
      const [a, b] = memoryLinks();
      const client = new Channel(a, { peer: 'party 0', timeoutMs: TIMEOUT_MS });
      const accepted = party.accept(b, ['client']);
      await a.send(control(FrameType.message, payload));
      const answer = await client
        .lane('control', 0)
        .receiveMessage()
        .then(() => 'greeted', codeOf);
      expect(answer).toBe(answered ? 'greeted' : 'BAD_FRAME');
      a.close();
      await accepted;
    }
  });

  it('refuses a welcome that is for another role', async () => {
    const party = host();
    const [a, b] = memoryLinks();
    const accepted = party.accept(b, ['client']);
    const lane = new Channel(a, { peer: 'party 0' }).lane('control', 0);
    await lane.sendMessage({ version: PROTOCOL_VERSION, ...identity('client') });
    expect(await lane.receiveMessage()).toMatchObject({ role: 'party0' });
    await lane.sendMessage({ welcome: 'party1' });
    await expect(lane.receiveMessage()).rejects.toMatchObject({ code: 'BAD_FRAME' });
    await accepted;
  });

  it('refuses an abort of a stranger that is longer than a greeting may be', async () => {
    const party = host();
    const [a, b] = memoryLinks();
    const other = new Channel(a, { peer: 'party 0', timeoutMs: TIMEOUT_MS });
    const accepted = party.accept(b, ['client']);
    await a.send(control(FrameType.abort, new Uint8Array(MAX_GREETING + 1)));
    await accepted;
    await expect(other.lane('control', 0).receiveMessage()).rejects.toMatchObject({ code: 'BAD_FRAME' });
  });

  it('turns the oldest stranger away when too many have not greeted, and never one that has', async () => {
    const party = host(60_000);
    expect(await greet(party, {})).toBe('ok');
    const gone: number[] = [];
    const accepted: Promise<void>[] = [];
    for (let i = 0; i < MAX_STRANGERS + 2; i++) {
      const [a, b] = memoryLinks();
      new Channel(a, { peer: `party 0 of ${i}`, timeoutMs: TIMEOUT_MS }).onFailure(() => gone.push(i));
      accepted.push(party.accept(b, ['client']));
    }
    await Promise.all(accepted.slice(0, 2));
    await new Promise((resolve) => setImmediate(resolve));
    expect(gone).toEqual([0, 1]);
    expect(await greet(party, { role: 'dealer' })).toBe('ok');
    expect((await party.channel('client')).failure).toBeUndefined();
    party.fail(new TacitError('INTERRUPTED', 'the test is over'));
  });

  it('tells a stranger that comes after the end its code alone', async () => {
    const party = host();
    party.fail(new TacitError('STORE_CORRUPT', 'expected /home/alice/store to be whole'));
    const [a, b] = memoryLinks();
    const other = new Channel(a, { peer: 'party 0', timeoutMs: TIMEOUT_MS });
    const told = new Promise<TacitError>((resolve) => other.onFailure(resolve));
    await party.accept(b, ['client']);
    expect(await told).toMatchObject({ code: 'STORE_CORRUPT', message: expect.not.stringContaining('alice') });
  });

  it('throws what failed, with its cause, where it failed', async () => {
    const cause = new RangeError('too long');
    await expect(host().run(() => Promise.reject(cause))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'expected to finish, failed with: too long',
      cause,
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
    const session = new Session(identity('client'), { timeoutMs: TIMEOUT_MS });
    void new Session(identity('party0'), { timeoutMs: TIMEOUT_MS }).accept(b, ['client']);
    await session.join(slow, ['party0']);
    held = true;
    let thrown = false;
    const running = session
      .run(() => Promise.reject(new Error('any')))
      .catch(() => {
        thrown = true;
      });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(thrown).toBe(false);
    close();
    await running;
    expect(thrown).toBe(true);
  });

  it('tells every peer when one fails, by code and never by content', async () => {
    const hub = new Session(identity('party0'), { timeoutMs: TIMEOUT_MS });
    const waiting: Promise<string>[] = [];
    for (const role of ['client', 'owner'] as const) {
      const [a, b] = memoryLinks();
      const peer = new Session(identity(role), { timeoutMs: TIMEOUT_MS });
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
      expect(message).toBe('INTERNAL party 0 ended the session: a fault of Tacit itself');
    }
  });
});
