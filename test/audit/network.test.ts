import { describe, expect, it } from 'vitest';
import { Network } from '../../audit/network.js';
import { Random } from '../../audit/random.js';
import { loadTensorflow } from '../../audit/tensorflow.js';
import type { Conv2d } from '../../src/core/linear-map.js';
import { transpose } from '../../src/core/nd.js';
import { evaluateFloat } from '../../src/model/float.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';

const SHAPE = [7, 6, 2];
const SIZE = 84;
const random = new Random(1, 'values');

function draw(count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal());
}

/** A convolution with strides and padding, a movement that is no reshape, a pool, a dense layer. */
function network(strideHeight: number, strideWidth: number): Graph {
  const builder = new GraphBuilder();
  const input = builder.input('x', SHAPE);
  const turned = builder.move('turned', [input], ([x]) => transpose(x!, [1, 0, 2]));
  const map: Conv2d = {
    inHeight: 6,
    inWidth: 7,
    inChannels: 2,
    outChannels: 3,
    kernelHeight: 3,
    kernelWidth: 2,
    strideHeight,
    strideWidth,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: 1,
    padBottom: 0,
    padLeft: 0,
    padRight: 1,
    groups: 1,
  };
  const conv = builder.add({ op: 'linear', name: 'conv', inputs: [turned], map, weights: draw(36), bias: draw(3) });
  const smooth = builder.add({ op: 'nonlinear', name: 'tanh', inputs: [conv], activation: 'smooth', function: 'tanh' });
  const rows = Array.from({ length: builder.shape(smooth)[0]! }, (_, i) => i);
  const back = builder.gather('back', smooth, 0, rows.toReversed());
  const flat = builder.reshape('flat', back, [builder.shape(back).reduce((a, b) => a * b)]);
  const inputs = builder.shape(flat)[0]!;
  const dense: Conv2d = {
    ...map,
    inHeight: 1,
    inWidth: 1,
    inChannels: inputs,
    outChannels: 4,
    kernelHeight: 1,
    kernelWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    padTop: 0,
    padRight: 0,
  };
  return builder.finish(
    'net',
    builder.add({ op: 'linear', name: 'dense', inputs: [flat], map: dense, weights: draw(inputs * 4) }),
  );
}

describe('the float network with gradients', () => {
  for (const [height, width] of [
    [1, 1],
    [2, 1],
    [2, 3],
  ] as const) {
    it(`has the values of the float evaluator, and slopes that are differences, with strides ${height} and ${width}`, async () => {
      const tf = await loadTensorflow();
      const graph = network(height, width);
      const x = draw(3 * SIZE);
      const fixed = Network.of(tf, graph);
      const { logits } = await evaluateFloat(graph, 3, x);
      expect([...fixed.evaluate(x)]).toEqual([...logits].map((value) => expect.closeTo(value, 4)));
      const weights = draw(12);
      const slopes = tf.tidy(() => {
        const by = tf.tensor2d(weights, [3, 4]);
        return tf
          .grad((input) => tf.sum(tf.mul(fixed.logits(input), by)))(fixed.tensor(x))
          .dataSync();
      });
      const weighed = (values: Float32Array): number =>
        fixed.evaluate(values).reduce((sum, value, i) => sum + value * weights[i]!, 0);
      for (let i = 0; i < x.length; i += 11) {
        const [up, down] = [Float32Array.from(x), Float32Array.from(x)];
        up[i]! += 1e-3;
        down[i]! -= 1e-3;
        expect(slopes[i], String(i)).toBeCloseTo((weighed(up) - weighed(down)) / 2e-3, 1);
      }
      fixed.dispose();
    });

    it(`has slopes by its weights that are differences, with strides ${height} and ${width}`, async () => {
      const tf = await loadTensorflow();
      const fresh = Network.fresh(tf, network(height, width), new Random(2, 'weights'));
      const x = draw(3 * SIZE);
      const by = draw(12);
      const [kernel] = fresh.variables as [(typeof fresh.variables)[number]];
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.mul(fresh.logits(fresh.tensor(x)), tf.tensor2d(by, [3, 4]))),
        [kernel],
      );
      const slopes = grads[kernel.name]!.dataSync();
      const values = kernel.dataSync().slice();
      const weighedAt = (i: number, step: number): number => {
        const moved = Float32Array.from(values);
        moved[i]! += step;
        kernel.assign(tf.tensor(moved, kernel.shape));
        return fresh.evaluate(x).reduce((sum, value, at) => sum + value * by[at]!, 0);
      };
      for (let i = 0; i < values.length; i += 5) {
        expect(slopes[i], String(i)).toBeCloseTo((weighedAt(i, 1e-3) - weighedAt(i, -1e-3)) / 2e-3, 1);
      }
      fresh.dispose();
    });
  }
});
