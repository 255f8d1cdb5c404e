/** What has not greeted: it waits for a short time, holds little, and ends nothing. */
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { codeOf } from '../../src/core/errors.js';
import { type Identity, MAX_STRANGERS, type Role, Session } from '../../src/session/session.js';
import { Channel, MAX_GREETING } from '../../src/transport/channel.js';
import { dial } from '../../src/transport/dial.js';
import { encodeFrame, FrameType, HEADER_BYTES } from '../../src/transport/frame.js';
import { memoryLinks } from '../../src/transport/memory.js';
import { GREETING_MS } from '../../src/transport/strangers.js';
import { type Listener, listen } from '../../src/transport/websocket.js';

const TIMEOUT_MS = 30_000;
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;
const session = (role: Role): Session => {
  const identity: Identity = { role, planDigest: 'ab', trust, session: 'one' };
  return new Session(identity, { timeoutMs: TIMEOUT_MS });
};

let listener: Listener | undefined;
afterEach(() => {
  vi.useRealTimers();
  listener?.close();
});

async function host(): Promise<{ party: Session; url: string; port: number }> {
  const party = session('party0');
  listener = await listen('127.0.0.1', 0, (link) => void party.accept(link, ['client']));
  return { party, url: `ws://127.0.0.1:${listener.port}`, port: listener.port };
}

/** The session goes on, and a client gets in. */
async function serves(party: Session, url: string): Promise<void> {
  const client = session('client');
  await client.join(await dial(url, TIMEOUT_MS), ['party0']);
  await party.channel('client');
  client.finish();
  party.finish();
}

const UPGRADE =
  'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n';

describe('a stranger', () => {
  it(`is turned away after ${GREETING_MS} ms, also where it keeps talking`, async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const party = session('party0');
    const [a, b] = memoryLinks();
    const accepted = party.accept(b, ['client']);
    const stranger = new Channel(a, { peer: 'party 0', timeoutMs: TIMEOUT_MS });
    let told: string | undefined;
    stranger.onFailure(({ code }) => {
      told = code;
    });
    await vi.advanceTimersByTimeAsync(GREETING_MS - 1);
    expect(told).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await accepted;
    expect(told).toBe('PEER_TIMEOUT');
  });

  it('sends one small greeting, and no more', async () => {
    const party = session('party0');
    const [a, b] = memoryLinks();
    const payload = new Uint8Array(MAX_GREETING);
    let sequence = 0;
    const send = (): void => {
      const frame = { type: FrameType.message, phase: 'control', depth: 1, bundle: 0, step: 0, payload } as const;
      void a.send(encodeFrame({ ...frame, sequence: sequence++ }));
    };
    // before anything is read
    const channel = new Channel(b, { peer: 'a new peer', stranger: true, timeoutMs: TIMEOUT_MS });
    send();
    send();
    await channel.closed;
    expect(channel.failure).toMatchObject({ code: 'BAD_FRAME' });
    party.finish();
  });

  it('that aborts ends no session', async () => {
    const { party, url } = await host();
    const stranger = await dial(url, TIMEOUT_MS);
    const frame = { type: FrameType.abort, phase: 'control', depth: 1, bundle: 0, step: 0, sequence: 0 } as const;
    await stranger.send(encodeFrame({ ...frame, payload: Uint8Array.of(0x81, 0xa4, 0x63, 0x6f, 0x64, 0x65, 0xa0) }));
    await new Promise<void>((resolve) => stranger.onClose(() => resolve()));
    await serves(party, url);
  });

  it('has no room for a large frame, finished or not: 300 of them hold nothing', async () => {
    const { party, url, port } = await host();
    const closes: Promise<unknown>[] = [];
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 300; i++) {
      const socket: Socket = connect({ host: '127.0.0.1', port });
      socket.on('error', () => {});
      closes.push(new Promise((resolve) => socket.once('close', resolve)));
      // a binary frame of 1 MiB begins
      socket.write(
        Buffer.concat([Buffer.from(UPGRADE), Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0)]),
      );
      socket.resume();
    }
    await Promise.all(closes);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
    await serves(party, url);
  });

  it('has no room for a large message in parts', async () => {
    const { party, url, port } = await host();
    const socket = connect({ host: '127.0.0.1', port });
    const part = Buffer.alloc(14 + HEADER_BYTES + MAX_GREETING);
    part.set([0x02, 0xfe, (part.length - 8) >>> 8, (part.length - 8) & 255]);
    socket.write(Buffer.concat([Buffer.from(UPGRADE), part]));
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    await serves(party, url);
  });

  it('may be one of very many', async () => {
    const { party, url } = await host();
    const links = [];
    for (let i = 0; i < 3 * MAX_STRANGERS; i++) links.push(await dial(url, TIMEOUT_MS).catch(codeOf));
    await serves(party, url);
  });
});
