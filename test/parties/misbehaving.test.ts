/** A client or a model owner that sends wrong frames ends the session with a stable code for all, also on real processes. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { PartyConfig, PartyMessage } from '../../parties/config.js';
import { codeOf } from '../../src/core/errors.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { compilePlan } from '../../src/plan/two.js';
import { Client } from '../../src/roles/client.js';
import { sendModel } from '../../src/roles/owner.js';
import { type Role, Session } from '../../src/session/session.js';
import { dial } from '../../src/transport/dial.js';
import { decodeFrame, encodeFrame, type Frame, FrameType } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';
import { decodeMessage, encodeMessage } from '../../src/transport/message.js';
import { ModelMaker } from '../support/models.js';
import { share, startCast } from '../support/parties.js';
import { randomIntegers } from '../support/session.js';

type Change = (frame: Frame) => Frame;
type Urls = readonly [string, string];

const TIMEOUT_MS = 5000;
const HOST = '127.0.0.1';
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;
const model = new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done();
const planInput = { graph: model.graph, batch: 1, trust };
const plan = compilePlan(planInput);
const setting = { plan: planInput, model, store: {} };
const kernels = referenceKernels();

/** A link whose frames go out as `change` makes them. */
function changed(link: Link, change: Change): Link {
  return {
    send: (bytes) => link.send(encodeFrame(change(decodeFrame(bytes)))),
    onMessage: (receive) => link.onMessage(receive),
    onClose: (closed) => link.onClose(closed),
    pause: () => link.pause(),
    resume: () => link.resume(),
    close: () => link.close(),
  };
}

/** Both parties joined as `role`, over links that change what is sent. */
async function join(role: Role, session: string, urls: Urls, change: Change): Promise<Session> {
  const me = new Session({ role, planDigest: plan.digest, trust, session }, { timeoutMs: TIMEOUT_MS });
  for (const [i, party] of (['party0', 'party1'] as const).entries()) {
    await me.join(changed(await dial(urls[i]!, TIMEOUT_MS), change), [party]);
  }
  return me;
}

/** One inference; the code that it ends with. */
async function inferWith(session: string, urls: Urls, change: Change): Promise<string> {
  const work = async (): Promise<void> => {
    const client = await Client.start(plan, await join('client', session, urls, change));
    await client.prepare(1);
    await client.infer(1, randomIntegers(12, 32, 7, 'x'));
    await client.end();
  };
  return work().then(() => 'ok', codeOf);
}

/** Of frames of one kind. */
const where =
  (picks: (frame: Frame) => boolean, change: Change): Change =>
  (frame) =>
    picks(frame) ? change(frame) : frame;
const shorter: Change = (frame) => ({ ...frame, payload: frame.payload.subarray(4) });
const ofNextStep: Change = (frame) => ({ ...frame, step: frame.step + 1 });
const isShare = ({ phase, type }: Frame): boolean => phase === 'online' && type === FrameType.data;
const isSetup = ({ phase, type }: Frame): boolean => phase === 'setup' && type === FrameType.data;
const isRequest = ({ type, sequence }: Frame): boolean => type === FrameType.message && sequence > 1;

/** Past greeting and welcome. */
const requests = (message: object): Change =>
  where(
    (frame) => isRequest(frame) && 'op' in (decodeMessage(frame.payload) as object),
    (frame) => ({ ...frame, payload: encodeMessage(message) }),
  );

const wrongClients: readonly [string, Change][] = [
  ['asks for what does not exist', requests({ op: 'dance' })],
  ['asks for a bundle without a number', requests({ op: 'prepare', keep: false })],
  ['sends no message where one is due', where(isRequest, (frame) => ({ ...frame, type: FrameType.data }))],
  ['sends a share of another length', where(isShare, shorter)],
  ['sends a share of another step', where(isShare, ofNextStep)],
];

describe('a client', () => {
  it.each(wrongClients)('that %s ends the session', async (_, change) => {
    const { urls, session, ended } = await startCast(setting);
    expect(await inferWith(session, urls, change)).toBe('BAD_FRAME');
    for (const role of ['party0', 'party1', 'dealer'] as const) expect(await ended[role]).toMatch(/^BAD_FRAME: /);
  });

  it('that asks for a bundle which was never made ends the session', async () => {
    const { urls, session, ended } = await startCast(setting);
    const client = await Client.start(plan, await join('client', session, urls, (frame) => frame));
    await expect(client.infer(7, randomIntegers(12, 32, 7, 'x'))).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    for (const role of ['party0', 'party1', 'dealer'] as const) expect(await ended[role]).toMatch(/^BUNDLE_MISMATCH: /);
  });
});

describe('a model owner', () => {
  it.each<[string, Change]>([
    ['a seed or weights of another length', where(isSetup, shorter)],
    ['weights of another step', where((frame) => isSetup(frame) && frame.step > 0, ofNextStep)],
    ['a message in place of weights', where(isSetup, (frame) => ({ ...frame, type: FrameType.message }))],
    ['no name of the model', where(isRequest, (frame) => ({ ...frame, payload: encodeMessage({ name: 1 }) }))],
  ])('that sends %s ends the session', async (_, change) => {
    const { urls, session, ended } = await startCast(setting, async (_setting, name, to) => {
      const owner = await join('owner', name, to, change);
      const channels = await Promise.all([owner.channel('party0'), owner.channel('party1')]);
      await owner.run(() => sendModel(plan, kernels, model, [channels[0]!, channels[1]!]));
    });
    expect(await inferWith(session, urls, (frame) => frame)).toBe('BAD_FRAME');
    for (const end of Object.values(ended)) expect(await end).toMatch(/^BAD_FRAME: /);
  });
});

describe('real processes', () => {
  const entry = fileURLToPath(new URL('../../dist/parties/child.js', import.meta.url));

  /** A party process: where it listens, what it says of its failure, and how it exits. */
  function play(config: PartyConfig): {
    child: ChildProcess;
    url: Promise<string>;
    ended: Promise<{ code: string; exitCode: number | null }>;
  } {
    const child = fork(entry, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.send(config);
    let code = 'none';
    const url = new Promise<string>((resolve) =>
      child.on('message', (message: PartyMessage) => {
        if (message.type === 'listening') resolve(`ws://${HOST}:${message.port}`);
        if (message.type === 'error') code = message.code;
      }),
    );
    const ended = new Promise<{ code: string; exitCode: number | null }>((resolve) =>
      child.on('exit', (exitCode) => resolve({ code, exitCode })),
    );
    return { child, url, ended };
  }

  it('end by themselves, each with the code, when a client sends a wrong frame', async () => {
    const session = randomBytes(16).toString('hex');
    const common = { plan: planInput, session, timeoutMs: TIMEOUT_MS, threads: 1 };
    const listen = { host: HOST, port: 0 };
    const first = play({ ...common, role: 'party0', listen, parties: [] });
    const second = play({ ...common, role: 'party1', listen, parties: [await first.url] });
    const urls = [await first.url, await second.url] as const;
    const dealer = play({ ...common, role: 'dealer', urls });
    const crew = [first, second, dealer];
    try {
      const shared = share(setting, session, urls, undefined);
      expect(await inferWith(session, urls, where(isShare, shorter))).toBe('BAD_FRAME');
      await shared;
      for (const { ended } of crew) expect(await ended).toEqual({ code: 'BAD_FRAME', exitCode: 1 });
    } finally {
      for (const { child } of crew) child.kill('SIGKILL');
    }
  });
});
