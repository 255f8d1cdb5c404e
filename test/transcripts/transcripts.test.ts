/**
 * Every byte that a session draws, expands and sends, as committed text.
 *
 * A difference is a change of protocol: explain it in docs/decisions, then run `npm run test:transcripts -- -u`.
 */
import { describe, expect, it, vi } from 'vitest';
import { concat, FILL, gather, padded } from '../../src/core/nd.js';
import { sizeOf } from '../../src/core/ring.js';
import type { Preprocessing, Reveal } from '../../src/core/trust.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { evaluatePlain } from '../../src/model/plain.js';
import type { PlanInput } from '../../src/plan/compile.js';
import { compileThree } from '../../src/plan/three.js';
import { compilePlan } from '../../src/plan/two.js';
import { ModelMaker, poolOf, products, squares } from '../support/models.js';
import { recorder } from '../support/recorder.js';
import { connectAll, randomIntegers, runAll } from '../support/session.js';
import { connectThree, runThree } from '../support/three.js';
import { Transcript } from './session.js';

vi.mock('../../src/platform/random.js', async (original) =>
  (await import('../support/recorder.js')).fixedRandom(await original()),
);
vi.mock('../../src/core/prg.js', async (original) =>
  (await import('../support/recorder.js')).recordedPrg(await original()),
);

/** Every kind of step but products: convolutions, ReLU, max pool with padding, clip, residual, concat, sum pool, rescale. */
function everything(bits: 32 | 64): FixedModel {
  const same = { padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 };
  const maker = new ModelMaker(bits, [6, 6, 2]).conv({ outChannels: 3, ...same }).nonlinear();
  const first = maker.last;
  maker.conv({ groups: 3, ...same });
  const second = maker.last;
  maker.push({ op: 'shiftLeft', bits: 2, shape: [6, 6, 3], inputs: [first] } as never);
  maker.push({ op: 'add', shape: [6, 6, 3], inputs: [second, maker.last] });
  maker.nonlinear({ width: bits === 32 ? 24 : 37, pool: poolOf([6, 6, 3], 3, 2, 1) });
  const third = maker.last;
  maker.push({ op: 'sumPool', pool: poolOf([6, 6, 3], 2, 2), shape: [3, 3, 3], inputs: [first] } as never);
  maker.push({ op: 'scale', factors: [3], shape: [3, 3, 3], inputs: [maker.last] } as never);
  maker.nonlinear({ activation: 'none', shift: 3 });
  maker.move([third, maker.last], ([x, y]) => concat([x!, y!], 2));
  maker.move([maker.last], ([x]) => gather(gather(x!, 0, padded(3, 1, 0), FILL), 1, padded(3, 0, 1), FILL));
  maker.conv({ outChannels: 4, strideHeight: 2, strideWidth: 2 }).nonlinear({ activation: 'clip', clipMax: 9 });
  maker.reshape([4]);
  return maker.dense(9).done(bits === 32 ? 24 : 40);
}

/** More instances than one chunk has, and in its linear step more products than one part. */
function chunked(): FixedModel {
  return new ModelMaker(32, [1200]).dense(40).nonlinear().dense(3).done();
}

/** Linear steps that go by ring LWE, a convolution of blocks and a dense layer, and one that does not. */
function encrypted(): FixedModel {
  const same = { padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 };
  const maker = new ModelMaker(32, [70, 70, 1]).conv({ outChannels: 2, strideHeight: 2, strideWidth: 2, ...same });
  maker.nonlinear({ pool: poolOf([35, 35, 2], 7, 7) }).reshape([50]);
  return maker.dense(70).nonlinear().dense(4).done();
}

const inputsOf = (model: FixedModel, batch: number, count: number): Uint32Array[] =>
  Array.from({ length: count }, (_, i) =>
    randomIntegers(batch * sizeOf(model.graph.nodes[0]!.shape), model.graph.ringBits, 8, `input ${i}`),
  );

interface Session {
  readonly name: string;
  readonly model: FixedModel;
  readonly batch: number;
  readonly reveal: Reveal;
  readonly bundles: number;
}

const SESSIONS: readonly Session[] = [
  { name: 'everything-32', model: everything(32), batch: 2, reveal: 'logits', bundles: 2 },
  { name: 'everything-64', model: everything(64), batch: 1, reveal: 'label', bundles: 1 },
  { name: 'products-32', model: products(32).done(32), batch: 2, reveal: 'logits', bundles: 2 },
  { name: 'products-64', model: products(64).done(64), batch: 1, reveal: 'top:3', bundles: 1 },
  { name: 'squares', model: squares().done(), batch: 2, reveal: 'logits', bundles: 1 },
  { name: 'chunked', model: chunked(), batch: 60, reveal: 'label', bundles: 1 },
];

const ENCRYPTED: Session = { name: 'encrypted', model: encrypted(), batch: 2, reveal: 'logits', bundles: 2 };

/** How many roles may come to know a seed: the one that draws it, and those that it is handed to. */
const KNOWN_TO: Readonly<Record<string, number>> = {
  'dealer/bundle': 2,
  'dealer/factors': 2,
  'owner/model': 2,
  'owner/components': 3,
  'party/pair-key': 2,
  'party/reveal-dealt': 2,
  'party/reveal-transfers': 2,
  'client/input': 2,
  'client/components': 3,
  'he/uniform': 2,
};

/** Holds of every session, whatever the transcript says. */
function holds(): void {
  expect(recorder.draws.some(({ role }) => role === 'test')).toBe(false);
  const drawn = recorder.draws.map(({ role, what }) => `${role} ${what}`);
  expect(new Set(drawn).size).toBe(drawn.length);
  // a stream of one role has one meaning: one length, however often it is expanded
  const lengths = new Map<string, number>();
  for (const { role, what, bytes } of recorder.expansions) {
    const key = `${role} ${what}`;
    expect(lengths.get(key) ?? bytes, key).toBe(bytes);
    lengths.set(key, bytes);
  }
  for (const [origin, roles] of recorder.users) {
    const draw = /^[^/]+\/([^#>]+)#\d+$/.exec(origin)?.[1];
    if (draw !== undefined) expect(roles.size, origin).toBeLessThanOrEqual(KNOWN_TO[draw] ?? 1);
  }
  // every stream comes from a draw
  expect(recorder.expansions.filter(({ what }) => what.endsWith('of computed'))).toEqual([]);
}

async function compare(file: string, transcript: Transcript): Promise<void> {
  holds();
  await expect(transcript.text()).toMatchFileSnapshot(`./committed/${file}.txt`);
}

/** What a plan may be told beside the network. */
type Settings = Pick<PlanInput, 'softSpokenK' | 'nonlinear' | 'transfers'>;

const two =
  ({ name, model, batch, reveal, bundles }: Session, preprocessing: Preprocessing, settings: Settings = {}) =>
  async (): Promise<void> => {
    const inputs = inputsOf(model, batch, bundles);
    const trust = { parties: 2, preprocessing, security: 'semi-honest', reveal } as const;
    const plan = compilePlan({ graph: model.graph, batch, trust, ...settings });
    const transcript = new Transcript();
    const channels = connectAll(20_000, (link, inner) => transcript.record(link, inner));
    const outcomes = await runAll(plan, model, inputs, channels);
    if (reveal === 'logits') {
      for (const [i, { output }] of outcomes.entries()) {
        expect(output).toEqual(evaluatePlain(model, referenceKernels(), batch, inputs[i]!).output);
      }
    }
    await compare(
      `${name}.${preprocessing}${settings.softSpokenK ?? settings.nonlinear ?? settings.transfers ?? ''}`,
      transcript,
    );
  };

it('two parties by ring LWE', two(ENCRYPTED, 'he'));

describe.each(SESSIONS)('$name', (session) => {
  const { name, model, batch, reveal, bundles } = session;
  it('two parties and a dealer', two(session, 'dealer'));
  it('two parties and a dealer, on masked bits', two(session, 'dealer', { nonlinear: 'bits' }));
  it('two parties by oblivious transfer', two(session, 'ot'));
  it('two parties by oblivious transfer, on masked bits', two(session, 'ot', { nonlinear: 'bits' }));
  if (name === 'products-32') {
    it('two parties by silent transfers', two(session, 'ot', { transfers: 'silent' }));
    for (const k of [1, 8]) it(`two parties by oblivious transfer, k = ${k}`, two(session, 'ot', { softSpokenK: k }));
  }

  it('three parties', async () => {
    const inputs = inputsOf(model, batch, bundles);
    const trust = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal } as const;
    const transcript = new Transcript();
    const mesh = connectThree(20_000, (link, inner) => transcript.record(link, inner));
    await runThree(compileThree({ graph: model.graph, batch, trust }), model, inputs, mesh);
    await compare(`${name}.three`, transcript);
  });
});
