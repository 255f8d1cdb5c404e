/** What a name that stands for no model is answered with. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { modelsPath } from '../../models/mnist.js';
import { unknownModel } from '../../models/unknown.js';

const folder = mkdtempSync(join(tmpdir(), 'tacit-models-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['minionn-mnst', 'minionn-mnist'],
  ['MinioNN-MNIST', 'minionn-mnist'],
  ['secureMl ', 'secureml'],
  ['lnet', 'lenet'],
  ['cryptonet', 'cryptonets'],
])('%s: the nearest name of the zoo', (name, near) => {
  const { code, message } = unknownModel(name);
  expect(code).toBe('UNKNOWN_MODEL');
  expect(message).toContain(`, minionn-cifar, resnet-20, squeezenet, got ${name} (did you mean ${near}?). `);
});

it.each(['alexnet-two', 'x', 'models/none/model.json'])('%s: the zoo alone, where none is near', (name) => {
  expect(unknownModel(name).message).toMatch(
    /^expected a model file \(model\.json, \.keras, \.h5, \.onnx\) or one of secureml, .*minionn-cifar, resnet-20, squeezenet, got [^(]*$/,
  );
});

it('a folder: the model.json inside, or that there is none', () => {
  const zoo = modelsPath('zoo/lenet');
  expect(unknownModel(zoo).message).toContain(`got the folder ${zoo}. Give ${join(zoo, 'model.json')}`);
  mkdirSync(join(folder, 'model.json'));
  expect(unknownModel(folder).message).toContain(`got ${folder}, a folder without a model.json. `);
});

it('a very long name is cut', () => expect(unknownModel('a'.repeat(10_000)).message.length).toBeLessThan(300));
