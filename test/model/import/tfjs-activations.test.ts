/** Activations that tfjs itself does not write: what Keras puts into a file, and its definition. */
import { describe, expect, test } from 'vitest';
import { evaluateFloat } from '../../../src/model/float.js';
import { importTfjs } from '../../../src/model/import/tfjs/layers-model.js';
import { maxDifference } from '../support.js';

const X = Float32Array.from({ length: 33 }, (_, i) => (i - 16) / 2);

/** A model of one layer, as the converter writes it. */
function modelOf(kind: string, config: object, version = '2.15.0'): object {
  const shape = { batch_input_shape: [null, X.length] };
  const layers = [{ class_name: kind, config: { name: 'layer', ...shape, ...config } }];
  return {
    format: 'layers-model',
    modelTopology: {
      keras_version: version,
      model_config: { class_name: 'Sequential', config: { name: 'model', layers } },
    },
    weightsManifest: [],
  };
}

async function valuesOf(kind: string, config: object, version?: string): Promise<Float32Array> {
  const graph = await importTfjs(modelOf(kind, config, version), async () => []);
  return (await evaluateFloat(graph, 1, X)).logits;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe.each<readonly [string, (x: number) => number]>([
  ['exponential', Math.exp],
  ['hard_sigmoid', (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1)],
  ['hard_silu', (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6],
  ['hard_tanh', (x) => Math.min(Math.max(x, -1), 1)],
  ['leaky_relu', (x) => (x > 0 ? x : 0.2 * x)],
  ['log_sigmoid', (x) => Math.log(sigmoid(x))],
  ['silu', (x) => x * sigmoid(x)],
  ['selu', (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
  ['celu', (x) => (x > 0 ? x : Math.expm1(x))],
])('the activation %s', (activation, definition) => {
  test('is its definition', async () => {
    const values = await valuesOf('Activation', { activation });
    for (const [i, value] of values.entries()) {
      const wanted = definition(X[i]!);
      expect(Math.abs(value - wanted)).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted)));
    }
  });
});

test.each([
  [{ theta: 2 }, 2],
  [{ theta: 0 }, 0],
  [{}, 1],
])('a thresholded ReLU of %j keeps what is above', async (config, theta) => {
  const values = await valuesOf('ThresholdedReLU', config);
  expect([...values]).toEqual([...X].map((x) => (x > theta ? x : 0)));
});

test('a hard sigmoid of Keras 3 is another than that of Keras 2', async () => {
  const values = await valuesOf('Activation', { activation: 'hard_sigmoid' }, '3.5.0');
  expect(
    maxDifference(
      values,
      X.map((x) => Math.min(Math.max(x / 6 + 0.5, 0), 1)),
    ),
  ).toBeLessThan(1e-6);
});

test.each<readonly [object, (x: number) => number]>([
  [{ negative_slope: 0.1, max_value: 6 }, (x) => (x > 0 ? Math.min(x, 6) : 0.1 * x)],
  [{ negative_slope: 1.5 }, (x) => (x > 0 ? x : 1.5 * x)],
  [{ negative_slope: [-0.5], max_value: 2.5 }, (x) => (x > 0 ? Math.min(x, 2.5) : Math.min(-0.5 * x, 2.5))],
])('a ReLU with %j', async (config, definition) => {
  expect(maxDifference(await valuesOf('ReLU', config), X.map(definition))).toBeLessThan(1e-6);
});

test('an ELU has its alpha', async () => {
  const wanted = X.map((x) => (x > 0 ? x : 0.3 * Math.expm1(x)));
  expect(maxDifference(await valuesOf('ELU', { alpha: 0.3 }), wanted)).toBeLessThan(1e-6);
});
