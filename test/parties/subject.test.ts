/** What is wrong with a model and its flags is said before anything starts. */
import { expect, it } from 'vitest';
import { type ModelFlags, prepareSubject } from '../../parties/cli/subject.js';
import { GraphBuilder } from '../../src/model/graph.js';

const flags: ModelFlags = {
  ring: 'auto',
  fractionBits: { activation: 20, weight: 8 },
  reveal: 'label',
  parties: 2,
  preprocessing: 'dealer',
};

it('a label of more outputs than a circuit can compare is refused, with how many it can', async () => {
  const builder = new GraphBuilder();
  const input = builder.input('in', [200, 300, 1]);
  const graph = builder.finish('wide', builder.reshape('flat', input, [60_000]));
  await expect(prepareSubject(graph, flags)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/^expected at most 47662 outputs with --reveal label, got 60000\./),
  });
  const { model } = await prepareSubject(graph, { ...flags, reveal: 'logits' });
  expect(model.graph.outputWidth).toBe(22);
});

it('a label of several outputs, which do not compare, is refused', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('in', [2]);
  const linear = builder.add({ op: 'scale', name: 'linear', inputs: [x], factors: [2] });
  const sigmoid = builder.add({ op: 'nonlinear', name: 's', inputs: [x], activation: 'smooth', function: 'sigmoid' });
  const graph = builder.finishAll('net', [
    { name: 'a', id: linear },
    { name: 'b', id: sigmoid },
  ]);
  await expect(prepareSubject(graph, flags)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/^expected a network of one output with --reveal label, got 2/),
  });
});

it('names of classes of several outputs are refused: their logits make no probabilities together', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('in', [2]);
  const part = (factor: number): number => builder.add({ op: 'scale', name: 's', inputs: [x], factors: [factor] });
  const graph = builder.finishAll('net', [
    { name: 'a', id: part(2) },
    { name: 'b', id: part(3) },
  ]);
  const labelled = { ...graph, card: { labels: ['a', 'b', 'c', 'd'] } };
  await expect(prepareSubject(labelled, { ...flags, reveal: 'logits' })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/^expected --labels for a network of one output, got 2/),
  });
});
