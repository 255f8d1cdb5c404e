/** The float evaluator: what it tells of every node, and batches in parts. */
import { expect, test } from 'vitest';
import { dense } from '../../src/core/linear-map.js';
import { evaluateFloat, withTensorflow } from '../../src/model/float.js';
import { GraphBuilder } from '../../src/model/graph.js';
import { observeRanges } from '../../src/model/quantize/observe.js';
import { randomInput } from './support.js';

test('ranges are observed at every node, over all inputs', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('in', [2]);
  const map = dense(2, 2);
  const fc = builder.add({ op: 'linear', name: 'fc', inputs: [x], map, weights: Float32Array.of(1, 2, -4, 8) });
  const relu = builder.add({ op: 'nonlinear', name: 'relu', inputs: [fc], activation: 'relu' });
  const values = Float32Array.of(1, 0.5, -0.25, 0.75);
  expect(await observeRanges(builder.finish('net', relu), { count: 2, values })).toEqual([
    { low: -0.25, high: 1 },
    { low: -3.25, high: 6 },
    { low: 0, high: 6 },
  ]);
});

test('a batch that is evaluated in parts gives and tells what its inputs do one by one', async () => {
  const size = 3 * 2 ** 20;
  const builder = new GraphBuilder();
  const x = builder.input('in', [size]);
  const graph = builder.finish('net', builder.add({ op: 'add', name: 'sum', inputs: [x, x] }));
  const values = randomInput(1, 3 * size, -1, 1);
  const parts: number[] = [];
  const { logits } = await evaluateFloat(graph, 3, values, { onTensor: (id, { length }) => parts.push(id, length) });
  expect(parts).toEqual([0, 2 * size, 1, 2 * size, 0, size, 1, size]);
  expect(logits.every((value, i) => value === 2 * values[i]!)).toBe(true);
  const [first] = await observeRanges(graph, { count: 3, values });
  expect(first!.high).toBe(values.reduce((most, value) => Math.max(most, value)));
});

test('what the WASM backend lacks is run again on the plain one, and nothing else is', async () => {
  const failing = (message: string): Promise<unknown> => {
    const backends: string[] = [];
    return withTensorflow((tf) => {
      backends.push(tf.getBackend());
      if (backends.length === 1) throw new Error(message);
      return backends;
    }).then(
      ({ value, backend }) => [value, backend],
      (error: Error) => [backends, error.message],
    );
  };
  expect(await failing("Kernel 'Magic' not registered for backend 'wasm'")).toEqual([['wasm', 'cpu'], 'tfjs-cpu']);
  expect(await failing('out of memory')).toEqual([['wasm'], 'out of memory']);
});
