/**
 * What real roles tell each other beside the protocols' messages, which test/secrecy looks at: control messages hold facts that are public,
 * and a share of the output leaves re-randomised.
 */
import { afterAll, expect, it, vi } from 'vitest';
import type { TrustModel } from '../../src/core/trust.js';
import type * as Execute from '../../src/online/execute.js';
import type { PlanInput } from '../../src/plan/compile.js';
import { connect } from '../../src/roles/connect.js';
import { runDealer } from '../../src/roles/dealer.js';
import { runOwner } from '../../src/roles/owner.js';
import { COMPUTE_ROLES, runParty } from '../../src/roles/party.js';
import { Lane } from '../../src/transport/channel.js';
import { ModelMaker } from '../support/models.js';
import { randomIntegers } from '../support/session.js';

const hex = ({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('hex');

/** Shares of outputs, and what became of them. */
const revealed: { readonly share: string; readonly sent: string }[] = [];

vi.mock('../../src/online/execute.js', async (original) => {
  const real = await original<typeof Execute>();
  const rerandomise: typeof real.rerandomise = (arithmetic, by, share) => {
    const sent = real.rerandomise(arithmetic, by, share);
    revealed.push({ share: hex(share), sent: hex(sent) });
    return sent;
  };
  return { ...real, rerandomise };
});

const told = vi.spyOn(Lane.prototype, 'sendMessage');
const messages = new Set<string>();
const send = Lane.prototype.send;
vi.spyOn(Lane.prototype, 'send').mockImplementation(function (this: Lane, step, bytes) {
  messages.add(hex(bytes));
  return send.call(this, step, bytes);
});
afterAll(() => vi.restoreAllMocks());

const model = new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done();
const input = randomIntegers(12, 32, 7, 'x');

/** One inference by real roles over sockets. */
async function infer(plan: PlanInput, again = false): Promise<void> {
  const common = { plan, session: 'told', timeoutMs: 30_000 };
  const ended: Promise<void>[] = [];
  const urls: string[] = [];
  for (const role of COMPUTE_ROLES.slice(0, plan.trust.parties)) {
    const url = await new Promise<string>((resolve) => {
      const onListening = ({ port }: { readonly port: number }): void => resolve(`ws://127.0.0.1:${port}`);
      const listen = { host: '127.0.0.1', port: 0 };
      ended.push(runParty({ ...common, role, listen, parties: [...urls], threads: 1, onListening }));
    });
    urls.push(url);
  }
  if (plan.trust.preprocessing === 'dealer') {
    ended.push(runDealer({ ...common, urls: [urls[0]!, urls[1]!], threads: 1 }));
  }
  ended.push(runOwner({ ...common, model, urls }));
  const client = await connect({ ...common, urls });
  await client.prepare(client.next);
  await client.infer(client.next, input);
  if (again) {
    const ends = Promise.allSettled(ended);
    await expect(client.prepare(client.next)).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    await ends;
    return;
  }
  await client.end();
  await Promise.all(ended);
}

/** The fields of a message, and what they hold. */
function* fieldsOf(value: unknown, path = ''): Generator<string> {
  if (Array.isArray(value)) for (const item of value) yield* fieldsOf(item, `${path}[]`);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) yield* fieldsOf(inner, path ? `${path}.${name}` : name);
  } else yield `${path}: ${value === null ? 'null' : typeof value}`;
}

/** A field that is not here is a fact more that others get to know: it has to be public. */
const PUBLIC: readonly string[] = [
  'accepted: boolean',
  'dealerPeakMemoryBytes: number',
  'fresh: boolean',
  'generation: number',
  'held: boolean',
  'highWater: number',
  'keep: boolean',
  'model: null',
  'model: string',
  'next: number',
  'number: number',
  'op: string',
  'peakMemoryBytes: number',
  'phase: string',
  'planDigest: string',
  'report.fromDealer: number',
  'report.rounds: number',
  'report.sent.0->1: number',
  'report.sent.0->2: number',
  'report.sent.1->0: number',
  'report.sent.1->2: number',
  'report.sent.2->0: number',
  'report.sent.2->1: number',
  'report.toPeer: number',
  'resumed: boolean',
  'role: string',
  'session: string',
  'setup.fromDealer: number',
  'setup.rounds: number',
  'setup.toPeer: number',
  'step: number',
  'steps: number',
  'store: string',
  'trust.parties: number',
  'trust.preprocessing: string',
  'trust.reveal: string',
  'trust.security: string',
  'version: number',
  'welcome: string',
];

const TRUST: readonly TrustModel[] = [
  { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' },
  { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' },
];

it.each(TRUST)(
  '$parties parties with preprocessing $preprocessing tell public facts alone, and the client no share as it is',
  async (trust) => {
    told.mockClear();
    messages.clear();
    revealed.length = 0;
    await infer({ graph: model.graph, batch: 1, trust });
    const fields = new Set(told.mock.calls.flatMap(([message]) => [...fieldsOf(message)]));
    expect([...fields].filter((field) => !PUBLIC.includes(field))).toEqual([]);
    expect(revealed.length).toBe(trust.parties === 2 ? 2 : 0);
    for (const { share, sent } of revealed) {
      expect(messages.has(sent)).toBe(true);
      expect(messages.has(share)).toBe(false);
    }
  },
);

it('three parties open the streams of a number once', async () => {
  await infer({ graph: model.graph, batch: 1, trust: TRUST[1]! }, true);
});
