/** Reals in, reals out: what is encoded, which bundles are spent, what is decoded. */
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/core/fixed.js';
import type { InputNode } from '../../src/model/ops/input.js';
import { inputWords, outputWords } from '../../src/plan/plan.js';
import { compilePlan } from '../../src/plan/two.js';
import type { Client, Inference, PhaseCost } from '../../src/roles/client.js';
import { predictor } from '../../src/roles/predict.js';
import { ModelMaker } from '../support/models.js';

const { graph } = new ModelMaker(32, [2]).dense(3).done();
const { fractionBits } = graph.nodes[0] as InputNode;
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;

/** Parties that open the numbers 1, 2, 3 ... and what they were asked. */
function fake(reveal: 'logits' | 'label', batch: number, network = graph) {
  const plan = compilePlan({ graph: network, batch, trust: { ...trust, reveal } });
  const cost: PhaseCost = { ms: 1, bytes: plan.predicted.online, rounds: 1 };
  const events: string[] = [];
  let opened = 0;
  const client: Pick<Client, 'plan' | 'ready' | 'next' | 'prepare' | 'infer'> = {
    plan,
    ready: [4],
    next: 9,
    prepare: async (number) => {
      events.push(`make ${number}`);
      return cost;
    },
    infer: async (number, words): Promise<Inference> => {
      events.push(`spend ${number}`);
      expect(words.length).toBe(inputWords(plan));
      events.push([...decode(32, fractionBits, words)].join());
      const output = new Uint32Array(outputWords(plan)).map(() => ++opened);
      return { output, online: cost, uploadBytes: 1, downloadBytes: 1 };
    },
  };
  return { client, events };
}

describe('a prediction', () => {
  it('takes reals by batches, filled up with zeros, from store first, and gives the reals of all inputs', async () => {
    const { client, events } = fake('logits', 2);
    const { values, costs } = await predictor(client)([0.5, 0.25, -0.5, 0, 1, 0]);
    expect(events).toEqual(['spend 4', '0.5,0.25,-0.5,0', 'make 9', 'spend 9', '1,0,0,0']);
    const scale = 2 ** graph.nodes[graph.output]!.fractionBits;
    expect([...values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((word) => word / scale));
    expect(costs.map(({ offline }) => offline.ms)).toEqual([0, 1]);
  });

  it('applies what ends the network', async () => {
    const outputs = [
      { name: 'a', shape: [1] },
      { name: 'b', shape: [2], ending: 'sigmoid' as const },
    ];
    const { client } = fake('logits', 2, { ...graph, outputs });
    const { values } = await predictor(client)([0, 0, 0, 0]);
    const scale = 2 ** graph.nodes[graph.output]!.fractionBits;
    const ended = [1, 2, 3, 4, 5, 6].map((word, i) => (i % 3 === 0 ? word / scale : 1 / (1 + Math.exp(-word / scale))));
    for (const [i, value] of ended.entries()) expect(values[i]).toBeCloseTo(value, 12);
  });

  it('gives indices where labels are all that is revealed', async () => {
    const { values } = await predictor(fake('label', 1).client)([0, 0, 0, 0]);
    expect([...values]).toEqual([1, 2]);
  });

  it('waits for the one before, also where that failed', async () => {
    const { client, events } = fake('logits', 1);
    const predict = predictor(client);
    const results = await Promise.allSettled([predict([0, 0, 0]), predict([9e9, 0]), predict([0, 0]), predict([0, 1])]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
    expect(results).toMatchObject([{ reason: { code: 'BAD_SHAPE' } }, { reason: {} }, {}, {}]);
    expect(events).toEqual(['spend 4', '0,0', 'make 9', 'spend 9', '0,1']);
  });
});
