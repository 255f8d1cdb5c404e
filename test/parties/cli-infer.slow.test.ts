/** tacit infer: more ways to give its inputs and to open its outputs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadMnistTest } from '../../models/mnist.js';
import { writeNpy } from '../../parties/cli/formats/npy.js';
import { infer, scratchFolder } from './support/tacit.js';

const folder = scratchFolder();

test('the label alone is the best of the labels', async () => {
  const args = ['secureml', '--input', 'mnist:0-3', '--no-check', '--reveal'];
  const [label, top] = [await infer(...args, 'label'), await infer(...args, 'top:3')];
  const best = top.outputs[0]!.data.filter((_, i) => i % 3 === 0);
  expect(label.outputs[0]).toMatchObject({ shape: [3, 1], data: best });
  expect(label.online.bytes).toEqual(label.online.predictedBytes);
});

test('takes several inputs in order, from one flag or from several', async () => {
  const values = Float32Array.from(loadMnistTest().images.subarray(784, 2 * 784), (byte) => byte / 255);
  const second = join(folder, 'second.npy');
  writeFileSync(second, writeNpy({ shape: [28, 28], values }));
  const flags = ['--input', 'mnist:0-1', second, '--input', 'mnist:2-4'];
  const stacked = await infer('secureml', ...flags, '--calibrate', 'mnist:0-2', second);
  const whole = await infer('secureml', '--input', 'mnist:0-4', '--calibrate', 'mnist:0-2', '--calibrate', second);
  expect(stacked.outputs).toEqual(whole.outputs);
  expect([stacked.accuracy, whole.accuracy]).toEqual([null, 1]);
});
