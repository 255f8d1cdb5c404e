import { X509Certificate } from 'node:crypto';
import { chmodSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identify } from '../../src/deployment/certificate.js';
import { makeKey, readCertificate, readKey, writeKey } from '../../src/deployment/keys.js';
import { deploymentOf, keyOf, pin, subject, temporaryFolder } from '../support/deployment.js';

describe('keys in files', () => {
  it('are their owner’s alone, and are not overwritten', async () => {
    const folder = temporaryFolder();
    const pair = await keyOf('alice');
    const paths = writeKey(folder, subject('alice'), pair);
    expect(paths.key).toMatch(/client-alice\.key$/);
    expect(statSync(paths.key).mode & 0o777).toBe(0o600);
    expect(readKey(paths.key)).toBe(pair.key);
    expect(readCertificate(paths.certificate)).toMatchObject({ subject: subject('alice'), pin: await pin(pair) });
    expect(() => writeKey(folder, subject('alice'), pair)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
  });

  it.each([0o640, 0o604, 0o660])('are refused with mode %o', async (mode) => {
    const { key } = writeKey(temporaryFolder(), subject('owner'), await keyOf('owner'));
    chmodSync(key, mode);
    expect(() => readKey(key)).toThrow(expect.objectContaining({ code: 'KEY_EXPOSED' }));
  });

  it('that are not there are BAD_CONFIG', () => {
    expect(() => readKey('/nowhere.key')).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
    expect(() => readCertificate('/nowhere.pem')).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
  });
});

describe('whom a certificate is of', () => {
  const der = async (pair: ReturnType<typeof keyOf>): Promise<Uint8Array> =>
    new X509Certificate((await pair).certificate).raw;

  it('is what the deployment says', async () => {
    const deployment = await deploymentOf();
    for (const holder of ['party0', 'party1', 'dealer', 'owner', 'alice'] as const) {
      const { role, name } = subject(holder);
      expect(identify(deployment, await der(keyOf(holder)))).toEqual({ role, name, pin: await pin(keyOf(holder)) });
    }
  });

  it('or nobody', async () => {
    const deployment = await deploymentOf();
    const code = (certificate: Uint8Array | undefined, of = deployment, now?: number): unknown => {
      try {
        return identify(of, certificate, now);
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    const alice = await der(keyOf('alice'));
    expect(code(undefined)).toBe('CERTIFICATE_UNKNOWN');
    expect(code(new Uint8Array(5))).toBe('CERTIFICATE_UNKNOWN');
    expect(code(await der(keyOf('bob')))).toBe('CERTIFICATE_UNKNOWN');
    expect(code(await der(keyOf('party2')))).toBe('CERTIFICATE_UNKNOWN');
    expect(code(await der(keyOf('alice', 'other')))).toBe('DEPLOYMENT_MISMATCH');
    expect(code(await der(keyOf('alice', undefined, 1)))).toBe('CERTIFICATE_WRONG');
    expect(code(await der(keyOf('party0', undefined, 1)))).toBe('CERTIFICATE_WRONG');
    expect(code(alice, { ...deployment, revoked: [await pin(keyOf('alice'))] })).toBe('CERTIFICATE_REVOKED');
    expect(code(alice, deployment, Date.now() + 400 * 86_400_000)).toBe('CERTIFICATE_EXPIRED');
    expect(code(alice, deployment, Date.now() - 86_400_000)).toBe('CERTIFICATE_EXPIRED');
    const short = await makeKey(subject('alice'), 1, Date.now() - 3 * 86_400_000);
    const pinned = { ...deployment, clients: [{ name: 'alice', pin: await pin(short) }] };
    expect(code(new X509Certificate(short.certificate).raw, pinned)).toBe('CERTIFICATE_EXPIRED');
  });
});
