/** Parties and a dealer as services of one process, each at a loopback address of its own, over real TLS. */

import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Deployment } from '../../src/deployment/deployment.js';
import { credentialsOf } from '../../src/deployment/keys.js';
import type { Participant } from '../../src/service/config.js';
import { type ServiceEvent, serve } from '../../src/service/service.js';
import { deploymentOf, type Holder, keyOf, pin, subject, temporaryFolder } from './deployment.js';

const TIMEOUT_MS = 20_000;
const HOSTS = { party0: '127.0.0.2', party1: '127.0.0.3', party2: '127.0.0.4', dealer: '127.0.0.5' } as const;
export type Serving = keyof typeof HOSTS;

export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export async function participant(deployment: Deployment, holder: Holder): Promise<Participant> {
  const keyPair = await keyOf(holder);
  const credentials = credentialsOf(deployment, keyPair);
  return { deployment, subject: subject(holder), pin: await pin(keyPair), keyPair, credentials, timeoutMs: TIMEOUT_MS };
}

export interface Services {
  readonly deployment: Deployment;
  readonly events: { readonly role: Serving; readonly event: ServiceEvent }[];
  readonly folder: string;
  stop(): Promise<void>;
}

/** Of three parties there is no dealer. */
async function thirdOf(addresses: Partial<Record<Holder, string>>): Promise<Partial<Deployment>> {
  if (addresses.party2 === undefined) return {};
  const parties = (['party0', 'party1', 'party2'] as const).map(async (role) => {
    return { address: addresses[role]!, pin: await pin(keyOf(role)) };
  });
  return { parties: await Promise.all(parties), dealer: undefined };
}

/** @param folder of an earlier run */
export async function startServices(
  changes: Partial<Deployment> = {},
  folder: string = temporaryFolder(),
  roles: readonly Serving[] = ['party0', 'party1', 'dealer'],
): Promise<Services> {
  const addresses: Partial<Record<Holder, string>> = {};
  for (const role of roles) addresses[role] = `${HOSTS[role]}:${await freePort(HOSTS[role])}`;
  const deployment = await deploymentOf(addresses, { ...changes, ...(await thirdOf(addresses)) });
  const events: Services['events'] = [];
  const ends: Promise<void>[] = [];
  const controller = new AbortController();
  for (const role of roles) {
    const [host, port] = addresses[role]!.split(':');
    const own = await participant(deployment, role);
    await new Promise<void>((resolve, reject) => {
      const served = serve(
        { ...own, listen: { host: host!, port: Number(port) }, store: join(folder, role), threads: 1 },
        {
          signal: controller.signal,
          onEvent: (event) => {
            events.push({ role, event });
            if (event.type === 'listening') resolve();
          },
        },
      );
      served.catch(reject);
      ends.push(served);
    });
  }
  return {
    deployment,
    events,
    folder,
    stop: async () => {
      controller.abort();
      await Promise.all(ends);
    },
  };
}
