/** Deployments for tests: keys of every role, made once, and files that name them. */

import { X509Certificate } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinOf, type Subject } from '../../src/deployment/certificate.js';
import { type Deployment, parseDeployment } from '../../src/deployment/deployment.js';
import { credentialsOf, type KeyPair, makeKey } from '../../src/deployment/keys.js';
import type { Credentials } from '../../src/transport/link.js';

export const NAME = 'clinic';
export type Holder = 'party0' | 'party1' | 'party2' | 'dealer' | 'owner' | 'alice' | 'bob';

export function subject(holder: Holder, deployment: string = NAME): Subject {
  const role = holder === 'alice' || holder === 'bob' ? 'client' : holder;
  return { deployment, role, name: holder };
}

const made = new Map<string, Promise<KeyPair>>();

/** The same key every time. @param which another of the same holder */
export function keyOf(holder: Holder, deployment: string = NAME, which = 0): Promise<KeyPair> {
  const id = `${holder}/${deployment}/${which}`;
  let key = made.get(id);
  if (!key) made.set(id, (key = makeKey(subject(holder, deployment))));
  return key;
}

export async function pin(pair: KeyPair | Promise<KeyPair>): Promise<string> {
  return pinOf(new X509Certificate((await pair).certificate).raw);
}

/** Two parties, a dealer, an owner and the client alice; bob is none. */
export async function deploymentOf(
  addresses: Partial<Record<Holder, string>> = {},
  changes: Partial<Deployment> = {},
): Promise<Deployment> {
  const located = async (holder: Holder, fallback: string) => ({
    address: addresses[holder] ?? fallback,
    pin: await pin(keyOf(holder)),
  });
  return parseDeployment(
    {
      deployment: NAME,
      parties: [await located('party0', '127.0.0.2:1'), await located('party1', '127.0.0.3:1')],
      dealer: await located('dealer', '127.0.0.4:1'),
      owner: { pin: await pin(keyOf('owner')) },
      clients: [{ name: 'alice', pin: await pin(keyOf('alice')) }],
      ...changes,
    },
    'the deployment',
  );
}

export async function credentials(deployment: Deployment, pair: KeyPair | Promise<KeyPair>): Promise<Credentials> {
  return credentialsOf(deployment, await pair);
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tacit-'));
}
