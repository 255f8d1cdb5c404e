/** What the converter from Keras writes and tfjs itself does not. */
import { expect, test } from 'vitest';
import { evaluateFloat } from '../../src/model/float.js';
import { importTfjs } from '../../src/model/import/tfjs/layers-model.js';
import { fold } from '../../src/model/passes/fold.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { evaluateFixed, maxDifference, randomInput } from './support.js';

const KERNEL = randomInput(1, 3 * 3 * 2 * 6, -0.5, 0.5);

function conv(config: object): object {
  const common = {
    name: 'conv',
    filters: 6,
    kernel_size: [3, 3],
    strides: [1, 1],
    padding: 'valid',
    groups: 2,
    use_bias: false,
  };
  return { class_name: 'Conv2D', name: 'conv', config: { ...common, ...config } };
}

/** A convolution in two groups and the sum of its output with itself passed through a ReLU. */
function keras(inbound: (names: readonly string[]) => unknown, shapeKey: string, weightName: string): object {
  const layers = [
    { class_name: 'InputLayer', name: 'in', config: { name: 'in', [shapeKey]: [null, 6, 6, 4] }, inbound_nodes: [] },
    { ...conv({}), inbound_nodes: [inbound(['in'])] },
    {
      class_name: 'ReLU',
      name: 'relu',
      config: { name: 'relu', max_value: null, negative_slope: 0 },
      inbound_nodes: [inbound(['conv'])],
    },
    { class_name: 'Add', name: 'sum', config: { name: 'sum' }, inbound_nodes: [inbound(['conv', 'relu'])] },
  ];
  const config = { name: 'grouped', layers, input_layers: [['in', 0, 0]], output_layers: [['sum', 0, 0]] };
  return {
    format: 'layers-model',
    modelTopology: { keras_version: '3', model_config: { class_name: 'Functional', config } },
    weightsManifest: [
      { paths: ['group1-shard1of1.bin'], weights: [{ name: weightName, shape: [3, 3, 2, 6], dtype: 'float32' }] },
    ],
  };
}

const KERAS_2 = (names: readonly string[]) => names.map((name) => [name, 0, 0, {}]);
const KERAS_3 = (names: readonly string[]) => {
  const tensors = names.map((name) => ({ class_name: '__keras_tensor__', config: { keras_history: [name, 0, 0] } }));
  return { args: [tensors.length === 1 ? tensors[0] : tensors], kwargs: {} };
};

test.each([
  ['Keras 2', KERAS_2, 'batch_input_shape', 'conv/kernel'],
  ['Keras 3', KERAS_3, 'batch_shape', 'grouped/conv/kernel'],
] as const)('%s: functional model, grouped convolution, residual sum', async (_, inbound, shapeKey, weightName) => {
  const graph = await importTfjs(keras(inbound, shapeKey, weightName), async () => [new Uint8Array(KERNEL.buffer)]);
  expect(fold(graph).nodes.map(({ op }) => op)).toEqual(['input', 'linear', 'nonlinear', 'add']);
  const input = randomInput(2, 2 * 144);
  const { logits } = await evaluateFloat(graph, 2, input);
  expect(maxDifference(logits, direct(input))).toBeLessThan(1e-5);
  expect(maxDifference(evaluateFixed((await quantize(graph)).model, 2, input), logits)).toBeLessThan(0.03);
});

/** The same network by its definition. */
function direct(x: Float32Array): Float64Array {
  const y = new Float64Array(2 * 4 * 4 * 6);
  for (let i = 0; i < y.length; i++) {
    const [o, column, row, n] = [i % 6, Math.floor(i / 6) % 4, Math.floor(i / 24) % 4, Math.floor(i / 96)];
    for (let ky = 0; ky < 3; ky++) {
      for (let kx = 0; kx < 3; kx++) {
        for (let c = 0; c < 2; c++) {
          const from = ((n * 6 + row + ky) * 6 + column + kx) * 4 + (o < 3 ? c : 2 + c);
          y[i]! += x[from]! * KERNEL[((ky * 3 + kx) * 2 + c) * 6 + o]!;
        }
      }
    }
  }
  return y.map((value) => value + Math.max(value, 0));
}
