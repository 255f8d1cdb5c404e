import { describe, expect, it, vi } from 'vitest';
import { concat, FILL, gather, padded } from '../../src/core/nd.js';
import { sizeOf } from '../../src/core/ring.js';
import type { Preprocessing, Reveal, TrustModel } from '../../src/core/trust.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { evaluatePlain, topK } from '../../src/model/plain.js';
import type { Nonlinear } from '../../src/plan/compile.js';
import { compilePlan } from '../../src/plan/two.js';
import { constants, ModelMaker, poolOf, products, smooth, squares } from '../support/models.js';
import { randomIntegers, runAll } from '../support/session.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const trust = (preprocessing: Preprocessing, reveal: Reveal): TrustModel => ({
  parties: 2,
  preprocessing,
  security: 'semi-honest',
  reveal,
});

/** Checks output, bytes and rounds; returns the online rounds. */
async function checkBy(
  preprocessing: Preprocessing,
  nonlinear: Nonlinear,
  model: FixedModel,
  batch: number,
  reveal: Reveal,
  inferences: number,
): Promise<number> {
  const { ringBits: bits, nodes } = model.graph;
  const plan = compilePlan({ graph: model.graph, batch, trust: trust(preprocessing, reveal), nonlinear });
  const inputs = Array.from({ length: inferences }, (_, i) =>
    randomIntegers(batch * sizeOf(nodes[0]!.shape), bits, 8, `input ${i}`),
  );
  const outcomes = await runAll(plan, model, inputs);
  for (const [i, { output, traffic }] of outcomes.entries()) {
    const plain = evaluatePlain(model, referenceKernels(), batch, inputs[i]!).output;
    const classes = sizeOf(nodes[model.graph.output]!.shape);
    const expected =
      reveal === 'logits' ? plain : Uint32Array.from(topK(bits, plain, classes, reveal === 'label' ? 1 : 3));
    expect([...output]).toEqual([...expected]);
    expect(traffic.setup).toEqual(plan.predicted.setup);
    expect(traffic.offline).toEqual(plan.predicted.offline);
    expect(traffic.online).toEqual(plan.predicted.online);
  }
  expect(outcomes[0]!.offlineRounds).toBe(plan.predicted.rounds.offline);
  expect(outcomes[0]!.onlineRounds).toBe(plan.predicted.rounds.online);
  return plan.predicted.rounds.online;
}

describe.each([
  ['dealer', 'gc'],
  ['dealer', 'bits'],
  ['ot', 'gc'],
] as const)(
  'two parties, by %s with %s, give the bits of the plain evaluator at the predicted cost',
  (by, nonlinear) => {
    const check = (model: FixedModel, batch: number, reveal: Reveal = 'logits', inferences = 1): Promise<number> =>
      checkBy(by, nonlinear, model, batch, reveal, inferences);
    /** Rounds, where garbled circuits have two messages a layer. */
    const ofGarbled = (rounds: number): unknown => (nonlinear === 'gc' ? rounds : expect.any(Number));

    it('dense, ReLU, dense: 2n + 2 rounds', async () => {
      expect(
        await check(new ModelMaker(32, [30]).dense(20).nonlinear().dense(7).nonlinear().dense(5).done(), 3),
      ).toEqual(ofGarbled(6));
    });

    it('in both rings', async () => {
      const model = new ModelMaker(64, [10]).dense(6).nonlinear({ width: 37, shift: 7 }).dense(3).done(40);
      expect(await check(model, 2)).toEqual(ofGarbled(4));
    });

    it('convolution with stride, padding and groups, maxpool with padding, clip', async () => {
      const maker = new ModelMaker(32, [9, 8, 4]).conv({
        outChannels: 6,
        groups: 2,
        padTop: 1,
        padLeft: 1,
        strideHeight: 2,
      });
      maker.nonlinear({ pool: poolOf(maker.shapeOf(maker.last), 3, 2, 1) });
      maker.conv({ groups: 6, outChannels: 6, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 });
      maker.nonlinear({ activation: 'clip', clipMax: 9 }).dense(4);
      expect(await check(maker.done(), 2)).toEqual(ofGarbled(6));
    });

    it('a maxpool that keeps signs, then a rescale that keeps them', async () => {
      const maker = new ModelMaker(32, [6, 6, 2]).conv({});
      maker.nonlinear({ pool: poolOf(maker.shapeOf(maker.last), 2, 2), activation: 'none' }).dense(5);
      maker.nonlinear({ activation: 'none', width: 22, shift: 3 }).dense(3);
      await check(maker.done(), 1);
    });

    it('a LeakyReLU, alone and on top of a maxpool with padding', async () => {
      const maker = new ModelMaker(32, [5, 5, 2]).conv({ outChannels: 3 });
      maker.nonlinear({ activation: 'leakyRelu', slope: 51, slopeBits: 9 });
      maker.conv({ padTop: 1, padLeft: 1 });
      const pool = poolOf(maker.shapeOf(maker.last), 2, 2, 1);
      maker.nonlinear({ activation: 'leakyRelu', slope: 77, slopeBits: 8, pool });
      await check(maker.dense(4).done(), 2);
    });

    it('smooth functions by tables, and steps that saturate', async () => {
      await check(smooth(32).done(32), 3);
      await check(smooth(64).done(64), 2);
    });

    it('residual add, pad, sum pool, shift, scale, concat, reshape', async () => {
      const maker = new ModelMaker(32, [6, 6, 3])
        .conv({ padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 })
        .nonlinear();
      const first = maker.last;
      maker.conv({ padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 });
      const second = maker.last;
      maker.push({ op: 'shiftLeft', bits: 2, shape: [6, 6, 3], inputs: [first] } as never);
      maker.push({ op: 'add', shape: [6, 6, 3], inputs: [second, maker.last] });
      maker.nonlinear({ width: 24 });
      const third = maker.last;
      maker.push({ op: 'scale', factors: [3], shape: [6, 6, 3], inputs: [first] } as never);
      maker.move([third, maker.last], ([x, y]) => concat([x!, y!], 2));
      maker.move([maker.last], ([x]) => gather(gather(x!, 0, padded(6, 1, 0), FILL), 1, padded(6, 0, 1), FILL));
      maker.push({ op: 'sumPool', pool: poolOf([7, 7, 6], 3, 2), shape: [3, 3, 6], inputs: [maker.last] } as never);
      maker.reshape([54]);
      await check(maker.dense(4).done(), 2);
    });

    it.each([32, 64] as const)('public numbers, moved in and added, in a ring of %d bits', async (bits) => {
      await check(constants(bits).done(bits), 2);
      if (bits === 32) await check(constants(bits).done(bits), 2, 'label');
    });

    it('two linear steps in a row, where party 0 does not know its share', async () => {
      expect(await check(new ModelMaker(32, [12]).dense(6).dense(5).nonlinear().dense(3).done(), 2)).toEqual(
        ofGarbled(5),
      );
    });

    it('squares with their circuits and linear steps: 9 rounds', async () => {
      expect(await check(squares().done(), 3)).toEqual(ofGarbled(9));
    });

    it('products of what party 0 knows ahead and does not', async () => {
      await check(products(32).done(32), 2);
      await check(products(64).done(64), 2);
      await check(products(32).dense(6).done(32), 2, 'label');
    });

    it('opens a label or the best three alone', async () => {
      const model = new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done();
      await check(model, 4, 'label');
      await check(model, 4, 'top:3');
    });

    it('several bundles of one model', async () => {
      await check(new ModelMaker(32, [12]).dense(9).nonlinear().dense(8).done(), 1, 'logits', 3);
    });
  },
);
