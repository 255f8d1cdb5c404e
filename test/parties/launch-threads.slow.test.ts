/** Processes with threads give the same integers at the same cost. */
import { describe, expect, it } from 'vitest';
import { compilePlan } from '../../src/plan/two.js';
import { inputs, plainOutputs, start, twoParties as trust } from '../support/crew.js';
import { ModelMaker } from '../support/models.js';

describe('dealer, two parties and client as processes', () => {
  it.each(['dealer', 'ot'] as const)(
    'with threads, by %s: the same integers at the same cost',
    async (preprocessing) => {
      const large = new ModelMaker(32, [40]).dense(1200).nonlinear().dense(10).done();
      const input = { graph: large.graph, batch: 2, trust: { ...trust, preprocessing } };
      const { predicted } = compilePlan(input);
      for (const threads of [1, 3]) {
        const { result } = start(trust, {
          plan: input,
          model: large,
          inputs: inputs.subarray(0, 80),
          count: 2,
          threads,
        });
        const { outputs, passes, setup } = await result;
        expect([...outputs]).toEqual(plainOutputs(large, 2));
        expect(setup.bytes).toEqual(predicted.setup);
        expect(passes[0]!.offline.bytes).toEqual(predicted.offline);
        expect(passes[0]!.online.bytes).toEqual(predicted.online);
        expect(passes[0]!.offline.rounds).toBe(predicted.rounds.offline);
      }
    },
  );
});
