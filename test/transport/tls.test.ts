/** Secured links: real TLS on loopback addresses. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf } from '../../src/core/errors.js';
import type { Deployment } from '../../src/deployment/deployment.js';
import type { KeyPair } from '../../src/deployment/keys.js';
import { makeKey } from '../../src/deployment/keys.js';
import { type Identity, type Role, Session } from '../../src/session/session.js';
import { dial } from '../../src/transport/dial.js';
import type { Link } from '../../src/transport/link.js';
import { type Listener, listen } from '../../src/transport/websocket.js';
import { credentials, deploymentOf, keyOf, pin, subject } from '../support/deployment.js';

const TIMEOUT_MS = 10_000;
const HOST = '127.0.0.2';
const listeners: Listener[] = [];
afterEach(() => {
  for (const listener of listeners.splice(0)) listener.close();
});

/** Party 0 listens; who comes, and at which path. */
async function host(deployment: Deployment, accept: (link: Link, path: string) => void, pair = keyOf('party0')) {
  const listener = await listen(HOST, 0, accept, TIMEOUT_MS, await credentials(deployment, pair));
  listeners.push(listener);
  return { listener, url: `wss://${HOST}:${listener.port}` };
}

async function call(url: string, deployment: Deployment, pair: KeyPair | Promise<KeyPair>): Promise<Link> {
  return dial(url, TIMEOUT_MS, undefined, await credentials(deployment, pair));
}

describe('a secured link', () => {
  it('tells each end who the other is, where it wants to go, and gives both the same secret', async () => {
    const deployment = await deploymentOf();
    let take: (value: { link: Link; path: string }) => void = () => {};
    const accepted = new Promise<{ link: Link; path: string }>((resolve) => (take = resolve));
    const { url } = await host(deployment, (link, path) => take({ link, path }));
    const near = await call(`${url}/models/a`, deployment, keyOf('alice'));
    const far = await accepted;
    expect(far.path).toBe('/models/a');
    expect(near.security!.peer).toMatchObject({ role: 'party0', name: 'party0' });
    expect(far.link.security!.peer).toMatchObject({ role: 'client', name: 'alice' });
    expect(near.security!.exported('a')).toEqual(far.link.security!.exported('a'));
    expect(near.security!.exported('a')).not.toEqual(near.security!.exported('b'));
    const message = new Promise<number>((resolve) => far.link.onMessage((bytes) => resolve(bytes.length)));
    void near.send(new Uint8Array(700_000));
    expect(await message).toBe(700_000);
    near.close();
  });

  it('is refused with a code, which both ends count or tell', async () => {
    const deployment = await deploymentOf();
    const revoked = { ...deployment, revoked: [await pin(keyOf('alice'))] };
    const expired = await makeKey(subject('alice'), 1, Date.now() - 3 * 86_400_000);
    const cases: [string, KeyPair | Promise<KeyPair>, Deployment][] = [
      ['CERTIFICATE_UNKNOWN', keyOf('bob'), deployment],
      ['CERTIFICATE_WRONG', keyOf('alice', undefined, 1), deployment],
      ['DEPLOYMENT_MISMATCH', keyOf('alice', 'other'), deployment],
      ['CERTIFICATE_REVOKED', keyOf('alice'), revoked],
      ['CERTIFICATE_EXPIRED', expired, { ...deployment, clients: [{ name: 'alice', pin: await pin(expired) }] }],
    ];
    for (const [code, pair, of] of cases) {
      const { url, listener } = await host(of, () => expect.unreachable());
      expect(await call(url, deployment, pair).catch(codeOf)).toBe(code);
      expect([...listener.refusals]).toEqual([[code, 1]]);
    }
  });

  it('is refused by the end that dials before it has sent anything', async () => {
    const deployment = await deploymentOf();
    let came = 0;
    for (const pair of [keyOf('party0', undefined, 1), keyOf('bob')]) {
      const { url } = await host(deployment, () => came++, pair);
      const code = await call(url, deployment, keyOf('alice')).catch(codeOf);
      expect(code).toMatch(/^CERTIFICATE_(WRONG|UNKNOWN)$/);
    }
    expect(came).toBe(0);
  });

  it('needs a certificate, and TLS 1.3', async () => {
    const deployment = await deploymentOf();
    const { listener } = await host(deployment, () => expect.unreachable());
    const at = { host: HOST, port: listener.port, rejectUnauthorized: false };
    const bare = connectTls(at);
    bare.write('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    const answer = await new Promise<string>((resolve) => bare.once('data', (data) => resolve(String(data))));
    expect(answer).toMatch(/^HTTP\/1.1 403 [\s\S]*tacit-refusal: CERTIFICATE_UNKNOWN/i);
    const old = connectTls({ ...at, maxVersion: 'TLSv1.2' });
    await expect(new Promise((_, reject) => old.once('error', reject))).rejects.toThrow(/version|alert/i);
    bare.destroy();
  });

  it('has the role of its certificate, whatever a greeting says', async () => {
    const deployment = await deploymentOf();
    const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;
    const identity = (role: Role): Identity => ({ role, planDigest: 'ab', trust, session: 'one' });
    const party = new Session(identity('party0'), { timeoutMs: TIMEOUT_MS });
    const { url } = await host(deployment, (link) => void party.accept(link, ['client', 'dealer', 'owner', 'party1']));
    for (const role of ['dealer', 'owner', 'party1'] as const) {
      const other = new Session(identity(role), { timeoutMs: TIMEOUT_MS });
      const joined = other.join(await call(url, deployment, keyOf('alice')), ['party0']);
      expect(await joined.catch(codeOf)).toBe('ROLE_MISMATCH');
    }
    // and this end does not take one role for another
    const client = new Session(identity('client'), { timeoutMs: TIMEOUT_MS });
    await client.join(await call(url, deployment, keyOf('alice')), ['party0']);
    await party.channel('client');
    client.finish();
    party.finish();
  });
});

describe('strangers', () => {
  it('600 idle sockets keep no peer out, and are gone soon', async () => {
    const deployment = await deploymentOf();
    let came = 0;
    const { listener, url } = await host(deployment, () => came++);
    const idle: Socket[] = [];
    let open = 0;
    for (let i = 0; i < 600; i++) {
      const socket = connectTcp({ host: HOST, port: listener.port });
      socket.on('error', () => {});
      socket.on('connect', () => open++);
      socket.on('close', () => open--);
      idle.push(socket);
    }
    const link = await call(url, deployment, keyOf('alice'));
    expect(came).toBe(1);
    link.close();
    await expect.poll(() => open, { timeout: 6000 }).toBeLessThanOrEqual(64);
    await expect.poll(() => open, { timeout: 6000 }).toBe(0);
    for (const socket of idle) socket.destroy();
  });
});
