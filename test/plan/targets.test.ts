/** What the plan predicts, which is what is sent to the byte, stays within what the project promises. */
import { expect, test } from 'vitest';
import { zooModelPath } from '../../models/zoo.js';
import { loadModel } from '../../src/model/load.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import type { Prediction } from '../../src/plan/compile.js';
import { compilePlan } from '../../src/plan/two.js';
import type { Direction } from '../../src/steps/two.js';
import { ModelMaker } from '../support/models.js';

const MB = 1e6;
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;

async function predictionOf(name: string): Promise<Prediction<Direction>> {
  const { model } = await quantize(await loadModel(zooModelPath(name)!));
  return compilePlan({ graph: model.graph, batch: 1, trust }).predicted;
}

const total = (traffic: object): number => Object.values(traffic).reduce((sum, bytes) => sum + bytes, 0);

test('an image of secureml: at most 0.15 MB online', async () => {
  expect(total((await predictionOf('secureml')).online)).toBeLessThanOrEqual(0.15 * MB);
});

test('an image of minionn-mnist: at most 4.5 MB online and 20 MB offline', async () => {
  const { online, offline } = await predictionOf('minionn-mnist');
  expect(total(online)).toBeLessThanOrEqual(4.5 * MB);
  expect(total(offline)).toBeLessThanOrEqual(20 * MB);
});

test('a ReLU of 32 bits that drops 12: at most 1,200 bytes offline', () => {
  const relus = 2048;
  const { graph } = new ModelMaker(32, [relus]).nonlinear({ width: 32, shift: 12 }).done();
  const { offline } = compilePlan({ graph, batch: 1, trust }).predicted;
  expect(total(offline) / relus).toBeLessThanOrEqual(1200);
});
