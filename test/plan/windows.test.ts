/** Two parties alone: the choices of a bundle's steps come in windows, each of two rounds. */
import { expect, it, vi } from 'vitest';
import { referenceKernels } from '../../src/kernels/reference.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { compilePlan } from '../../src/plan/two.js';
import type * as Windows from '../../src/plan/windows.js';
import { ModelMaker } from '../support/models.js';
import { randomIntegers, runAll } from '../support/session.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const { most } = vi.hoisted(() => ({ most: 3000 }));

vi.mock('../../src/plan/windows.js', async (original) => {
  const windows = await original<typeof Windows>();
  return {
    ...windows,
    exchangeWindows: (plan: Parameters<typeof Windows.exchangeWindows>[0]) => windows.exchangeWindows(plan, most),
  };
});

it.each(['ot', 'he'] as const)(
  'by %s: as many rounds as the plan says, and the same outputs',
  async (preprocessing) => {
    const model = new ModelMaker(32, [6])
      .dense(8)
      .nonlinear({ width: 16 })
      .dense(8)
      .nonlinear({ width: 16 })
      .dense(3)
      .done();
    const trust = { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' } as const;
    const plan = compilePlan({ graph: model.graph, batch: 1, trust });
    expect(plan.predicted.rounds.offline).toBeGreaterThan(2);
    const input = randomIntegers(6, 32, 6, 'x');
    const [{ output, offlineRounds, traffic }] = (await runAll(plan, model, [input])) as [
      Awaited<ReturnType<typeof runAll>>[0],
    ];
    expect(offlineRounds).toBe(plan.predicted.rounds.offline);
    expect(traffic.offline).toEqual(plan.predicted.offline);
    expect(output).toEqual(evaluatePlain(model, referenceKernels(), 1, input).output);
  },
);
