/** Linear steps by ring LWE, of every kind that networks have. */
import { describe, expect, it, vi } from 'vitest';
import { sizeOf } from '../../src/core/ring.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { linearSteps } from '../../src/plan/compile.js';
import { compilePlan } from '../../src/plan/two.js';
import { ModelMaker, poolOf } from '../support/models.js';
import { randomIntegers, runAll } from '../support/session.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const trust = { parties: 2, preprocessing: 'he', security: 'semi-honest', reveal: 'logits' } as const;
const SAME = { padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 };

/** Output bits, bytes and rounds. @param sources of the linear steps, in order */
async function check(model: FixedModel, batch: number, sources: readonly ('he' | 'ot')[], inferences = 1) {
  const { ringBits: bits, nodes } = model.graph;
  const plan = compilePlan({ graph: model.graph, batch, trust });
  expect(linearSteps(plan).map(({ triples }) => triples.by)).toEqual(sources);
  const inputs = Array.from({ length: inferences }, (_, i) =>
    randomIntegers(batch * sizeOf(nodes[0]!.shape), bits, 8, `input ${i}`),
  );
  const outcomes = await runAll(plan, model, inputs);
  for (const [i, { output, traffic, ...rounds }] of outcomes.entries()) {
    expect([...output]).toEqual([...evaluatePlain(model, referenceKernels(), batch, inputs[i]!).output]);
    expect(traffic).toEqual({
      setup: plan.predicted.setup,
      offline: plan.predicted.offline,
      online: plan.predicted.online,
    });
    expect(rounds).toEqual({
      offlineRounds: plan.predicted.rounds.offline,
      onlineRounds: plan.predicted.rounds.online,
    });
  }
}

function residual(bits: 32 | 64): ModelMaker {
  const maker = new ModelMaker(bits, [12, 12, 6]).conv({ outChannels: 8, ...SAME }).nonlinear();
  const first = maker.last;
  maker.conv(SAME);
  maker.push({ op: 'add', shape: [12, 12, 8], inputs: [first, maker.last] });
  return maker.nonlinear({ width: 24 }).conv({ strideHeight: 2, strideWidth: 2, ...SAME, outChannels: 16 });
}

describe('linear steps by ring LWE give the bits of the plain evaluator at the predicted cost', () => {
  it.each([1, 3])('a residual block and a stride, %i at once, the last step by transfers', async (batch) => {
    const maker = residual(32).nonlinear({ pool: poolOf([6, 6, 16], 6, 6) });
    await check(maker.reshape([16]).dense(4).done(), batch, ['he', 'he', 'he', 'ot']);
  });

  it.each([1, 3])('in a ring of 64 bits, %i at once', async (batch) => {
    await check(residual(64).nonlinear({ width: 50, shift: 7 }).done(40), batch, ['he', 'he', 'he']);
  });

  it('groups, depthwise, dilation and padding on one side', async () => {
    const maker = new ModelMaker(32, [14, 15, 8]).conv({ groups: 2, outChannels: 12, padTop: 2, padLeft: 1 });
    maker.nonlinear().conv({ groups: 12, outChannels: 24, ...SAME });
    maker.nonlinear().conv({ outChannels: 5, dilationHeight: 2, dilationWidth: 3, strideWidth: 2 });
    await check(maker.done(), 2, ['he', 'he', 'he']);
  });

  it('images that do not fit a polynomial', async () => {
    const maker = new ModelMaker(32, [70, 71, 3]).conv({ outChannels: 2, ...SAME, strideHeight: 2 });
    await check(maker.nonlinear({ pool: poolOf([35, 71, 2], 35, 35) }).done(), 1, ['he']);
  });

  it('dense layers of one input and of several, bundle after bundle', async () => {
    const model = new ModelMaker(32, [300]).dense(90).nonlinear().dense(80).nonlinear().dense(3).done();
    await check(model, 1, ['he', 'he', 'ot'], 3);
    await check(model, 3, ['he', 'he', 'ot']);
  });

  it('where the whole ring matters, of 32 and of 64 bits', async () => {
    await check(new ModelMaker(32, [120]).dense(70).done(), 1, ['he']);
    await check(new ModelMaker(64, [120]).dense(70).done(), 2, ['he']);
  });
});
