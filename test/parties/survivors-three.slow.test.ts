/** What each of three parties, processes of their own that are not stopped, says of the end of a session in which one of them failed. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ComputeConfig } from '../../parties/config.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { evaluatePlain } from '../../src/model/plain.js';
import type { PlanInput } from '../../src/plan/compile.js';
import { compileThree } from '../../src/plan/three.js';
import type { Client } from '../../src/roles/client.js';
import { sendModelThree } from '../../src/roles/components.js';
import { connect } from '../../src/roles/connect.js';
import { Session } from '../../src/session/session.js';
import { PARTIES, type Party } from '../../src/steps/three.js';
import type { Channel } from '../../src/transport/channel.js';
import { dial } from '../../src/transport/dial.js';
import { ModelMaker } from '../support/models.js';
import { randomIntegers } from '../support/session.js';

const PATIENT_MS = 20_000;
/** How long parties wait for one that stalls. */
const STALL_MS = 2500;
const ROLES = ['party0', 'party1', 'party2'] as const;

const model = new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).nonlinear().dense(4).done();
const planInput: PlanInput = {
  graph: model.graph,
  batch: 1,
  trust: { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' },
};
const plan = compileThree(planInput);
const kernels = wasmKernels(loadKernelModule(64 * 1024 * 1024));
const input = randomIntegers(12, 32, 7, 'x');
const expected = evaluatePlain(model, referenceKernels(), 1, input).output;

const HOST = fileURLToPath(new URL('../support/three-host.mjs', import.meta.url));
const hosts: ChildProcess[] = [];

function startHost(party: Party): void {
  hosts[party] = fork(HOST, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

beforeAll(() => PARTIES.forEach(startHost));
afterAll(() => {
  for (const host of hosts) host.kill('SIGKILL');
});

interface Message {
  readonly type: 'listening' | 'ended';
  readonly port?: number;
  readonly code?: string;
}

/** The next message of a type from a party. */
function heard(party: Party, type: Message['type']): Promise<Message> {
  return new Promise((resolve) => {
    const host = hosts[party]!;
    const listener = (message: Message): void => {
      if (message.type !== type) return;
      host.off('message', listener);
      resolve(message);
    };
    host.on('message', listener);
  });
}

async function shareModel(session: string, urls: readonly string[]): Promise<void> {
  const owner = new Session(
    { role: 'owner', planDigest: plan.digest, trust: plan.trust, session },
    { timeoutMs: PATIENT_MS },
  );
  await owner.run(async () => {
    const channels: Channel[] = [];
    for (const [i, role] of ROLES.entries()) channels.push(await owner.join(await dial(urls[i]!, PATIENT_MS), [role]));
    owner.expectEnd();
    await sendModelThree(plan, kernels, model, channels);
  });
  owner.finish();
}

/** One session of all; returns the codes with which the parties end, as each says itself. */
async function session(timeoutMs: number, work: (client: Client) => Promise<void>): Promise<Promise<string>[]> {
  const name = randomBytes(8).toString('hex');
  const ended = PARTIES.map(async (party) => (await heard(party, 'ended')).code!);
  const urls: string[] = [];
  for (const [party, role] of ROLES.entries()) {
    const listening = heard(party as Party, 'listening');
    const config: ComputeConfig = {
      plan: planInput,
      session: name,
      timeoutMs,
      role,
      listen: { host: '127.0.0.1', port: 0 },
      parties: [...urls],
    };
    hosts[party]!.send(config);
    urls.push(`ws://127.0.0.1:${(await listening).port}`);
  }
  const shared = shareModel(name, urls);
  const client = await connect({ urls, plan: planInput, session: name, timeoutMs: PATIENT_MS });
  await shared;
  await work(client);
  return ended;
}

async function infer(client: Client, number: number): Promise<void> {
  await client.prepare(number);
  expect((await client.infer(number, input)).output).toEqual(expected);
}

/** Inferences until one fails; returns its code. */
async function untilFailure(client: Client, first: number): Promise<string> {
  for (let number = first; ; number++) {
    try {
      await client.prepare(number);
      await client.infer(number, input);
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  }
}

/** All is well: with the processes that there are, whatever happened to them before. */
async function expectGoodSession(): Promise<void> {
  const ended = await session(PATIENT_MS, async (client) => {
    await infer(client, 1);
    await client.end();
  });
  expect(await Promise.all(ended)).toEqual(['ok', 'ok', 'ok']);
}

const FAULTS = [
  { name: 'is killed', code: 'PEER_GONE', timeoutMs: PATIENT_MS, strike: (host: ChildProcess) => host.kill('SIGKILL') },
  {
    name: 'sends wrong frames',
    code: 'BAD_FRAME',
    timeoutMs: PATIENT_MS,
    strike: (host: ChildProcess) => host.send('misbehave'),
  },
  { name: 'stalls', code: 'PEER_TIMEOUT', timeoutMs: STALL_MS, strike: (host: ChildProcess) => host.kill('SIGSTOP') },
] as const;

for (const { name, code, timeoutMs, strike } of FAULTS) {
  for (const victim of PARTIES) {
    it(`the others end with ${code} when party ${victim} ${name}, and start again`, async () => {
      const ended = await session(timeoutMs, async (client) => {
        await infer(client, 1);
        strike(hosts[victim]!);
        expect(await untilFailure(client, 2)).toBe(code);
      });
      for (const party of PARTIES) if (party !== victim) expect(await ended[party], `party ${party}`).toBe(code);
      if (name === 'is killed') startHost(victim);
      else {
        hosts[victim]!.kill('SIGCONT');
        await ended[victim];
      }
      await expectGoodSession();
    });
  }
}

it('a number that was spent, or prepared, before is refused by all', async () => {
  const again: readonly ((client: Client) => Promise<unknown>)[] = [
    (client) => client.infer(1, input),
    (client) => client.prepare(1),
  ];
  for (const request of again) {
    const ended = await session(PATIENT_MS, async (client) => {
      await infer(client, 1);
      await expect(request(client)).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    });
    expect(await Promise.all(ended)).toEqual(['BUNDLE_MISMATCH', 'BUNDLE_MISMATCH', 'BUNDLE_MISMATCH']);
  }
});
