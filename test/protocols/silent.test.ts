import { describe, expect, it, vi } from 'vitest';
import { sizeOf } from '../../src/core/ring.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { baseTransfers } from '../../src/ot/silent/parameters.js';
import { silentMemory } from '../../src/plan/silent.js';
import { transfersFor } from '../../src/plan/transfer-choice.js';
import { compilePlan } from '../../src/plan/two.js';
import { ModelMaker, poolOf, products, squares } from '../support/models.js';
import { randomIntegers, runAll } from '../support/session.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

type Preprocessing = 'ot' | 'he';

const planOf = (model: FixedModel, batch: number, preprocessing: Preprocessing) =>
  compilePlan({
    graph: model.graph,
    batch,
    trust: { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' },
    transfers: 'silent',
  });

/** Checks output, bytes and rounds of several inferences in one session; returns the offline rounds. */
async function check(model: FixedModel, batch: number, preprocessing: Preprocessing = 'ot'): Promise<number> {
  const { ringBits: bits, nodes } = model.graph;
  const plan = planOf(model, batch, preprocessing);
  const inputs = [0, 1].map((i) => randomIntegers(batch * sizeOf(nodes[0]!.shape), bits, 8, `input ${i}`));
  const outcomes = await runAll(plan, model, inputs);
  for (const [i, { output, traffic, offlineRounds, onlineRounds }] of outcomes.entries()) {
    expect(output).toEqual(evaluatePlain(model, referenceKernels(), batch, inputs[i]!).output);
    expect(traffic).toEqual({
      setup: plan.predicted.setup,
      offline: plan.predicted.offline,
      online: plan.predicted.online,
    });
    if (i === 0) expect(offlineRounds).toBe(plan.predicted.rounds.offline);
    expect(onlineRounds).toBe(plan.predicted.rounds.online);
  }
  return outcomes[0]!.offlineRounds;
}

const deep = (layers: number): FixedModel => {
  const maker = new ModelMaker(32, [10]);
  for (let layer = 0; layer < layers; layer++) maker.dense(6).nonlinear();
  return maker.dense(3).done();
};

describe('two parties by silent transfers give the bits of the plain evaluator at the predicted cost', () => {
  it('dense and ReLU: three rounds, whatever the depth', async () => {
    expect(await check(deep(1), 2)).toBe(3);
    expect(await check(deep(4), 2)).toBe(3);
  });

  it('in the ring of 64 bits', async () => {
    await check(new ModelMaker(64, [10]).dense(6).nonlinear({ width: 37, shift: 7 }).dense(3).done(40), 2);
  });

  it('convolution, maxpool', async () => {
    const maker = new ModelMaker(32, [9, 8, 4]).conv({ outChannels: 6, groups: 2, padTop: 1, padLeft: 1 });
    maker.nonlinear({ pool: poolOf(maker.shapeOf(maker.last), 3, 2, 1) });
    await check(maker.dense(4).done(), 2);
  });

  it('squares, in which party 1 alone chooses, and products of two tensors', async () => {
    await check(squares().done(), 2);
    await check(products(32).done(32), 1);
  });

  it('on threads the same', async () => {
    const model = deep(1);
    const x = randomIntegers(2 * 10, 32, 8, 'input');
    const [outcome] = await runAll(planOf(model, 2, 'ot'), model, [x], undefined, undefined, 2);
    expect(outcome!.output).toEqual(evaluatePlain(model, referenceKernels(), 2, x).output);
  });

  it('garbled tables alone: one round, as nothing is chosen', async () => {
    expect(await check(new ModelMaker(32, [12]).nonlinear().done(), 2)).toBe(1);
  });

  it('with linear steps by ring LWE', async () => {
    const maker = new ModelMaker(32, [400]).dense(100).nonlinear().dense(10);
    const plan = planOf(maker.done(), 1, 'he');
    expect(plan.steps.some((step) => step.kind === 'linear' && step.triples.by === 'he')).toBe(true);
    await check(maker.done(), 1, 'he');
  });
});

describe('a plan of silent transfers', () => {
  const model = deep(2);
  const silent = planOf(model, 8, 'ot');
  const { transfers: _, ...input } = {
    graph: model.graph,
    batch: 8,
    trust: silent.trust,
    transfers: 'silent' as const,
  };

  it('has another digest, and sends less offline and more in set-up', () => {
    const soft = compilePlan(input);
    expect(silent.digest).not.toBe(soft.digest);
    expect(silent.predicted.setup['0->1']).toBeGreaterThan(soft.predicted.setup['0->1']);
    expect(compilePlan({ ...input, transfers: 'softspoken' }).digest).toBe(soft.digest);
  });

  it('counts what is held of iterations as memory', () => {
    const [first, second] = silentMemory(silent.silent);
    const bases = 16 * 2 * silent.silent!.reduce((sum, shape) => sum + baseTransfers(shape!), 0);
    expect(first).toBeGreaterThan(bases / 2);
    expect(second).toBeGreaterThan(bases / 2);
  });

  it('refuses transfers of another kind', () => {
    expect(() => compilePlan({ ...input, transfers: 'loud' as never })).toThrow(
      /^expected transfers of softspoken or silent, got loud/,
    );
  });
});

describe('transfers for a link', () => {
  const model = new ModelMaker(32, [40]).dense(30).nonlinear().dense(10).done();
  const trust = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' } as const;
  const chosen = (batch: number, network?: { rttMs: number; mbit: number }) =>
    transfersFor({ graph: model.graph, batch, trust, ...(network ? { network } : {}) });

  it('are softspoken where it is not shaped, or as fast as one of a machine room', () => {
    expect(chosen(64)).toBe('softspoken');
    expect(chosen(64, { rttMs: 0.3, mbit: 3000 })).toBe('softspoken');
  });

  it('are silent on a far link that many transfers would fill, softspoken for a few', () => {
    const network = { rttMs: 80, mbit: 20 };
    const { graph } = new ModelMaker(32, [300]).dense(300).dense(300).done();
    expect(transfersFor({ graph, batch: 64, trust, network })).toBe('silent');
    expect(chosen(1, network)).toBe('softspoken');
  });

  it('are softspoken with a dealer, and among three', () => {
    const network = { rttMs: 80, mbit: 20 };
    const dealer = { ...trust, preprocessing: 'dealer' } as const;
    expect(transfersFor({ graph: model.graph, batch: 1, trust: dealer, network })).toBe('softspoken');
  });
});
