/** Outputs of a graph: each has a name of its own, and what ends one is left to the client where that can be done. */
import { expect, test } from 'vitest';
import { range } from '../../src/core/nd.js';
import { GraphBuilder } from '../../src/model/graph.js';
import { fold } from '../../src/model/passes/fold.js';

test('outputs of one name are told apart', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', [2]);
  const ports = [2, 3, 4, 5].map((factor) => builder.add({ op: 'scale', name: 's', inputs: [x], factors: [factor] }));
  const named = ['y', 'y', 'y_2', 'y'].map((name, i) => ({ name, id: ports[i]! }));
  expect(builder.finishAll('net', named).outputs.map(({ name }) => name)).toEqual(['y', 'y_3', 'y_2', 'y_4']);
});

test('a softmax of which parts are left is not left to the client, who has too little', () => {
  const ofClasses = (from: number): ReturnType<GraphBuilder['finish']> => {
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 3]);
    const logits = builder.add({ op: 'scale', name: 'logits', inputs: [x], factors: [2] });
    const softmax = builder.add({ op: 'softmax', name: 'softmax', inputs: [logits], log: false });
    return builder.finish('net', builder.gather('part', softmax, 1, range(from, 3)));
  };
  expect(fold(ofClasses(2)).nodes.filter(({ op }) => op === 'product')).toHaveLength(1);
  expect(fold(ofClasses(0)).nodes.map(({ op }) => op)).toEqual(['input', 'scale']);
});
