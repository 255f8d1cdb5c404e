import { describe, expect, it } from 'vitest';
import type { Labelled } from '../../audit/attack.js';
import { stamp } from '../../audit/attacks/poisoning.js';
import { anomalyOf, scan } from '../../audit/attacks/scan.js';
import { Network } from '../../audit/network.js';
import { Random } from '../../audit/random.js';
import { oneHot } from '../../audit/rows.js';
import { loadTensorflow } from '../../audit/tensorflow.js';
import { train } from '../../audit/training/train.js';
import type { Graph } from '../../src/model/graph.js';
import { EFFORT, findingsOf, perceptron, SIDE, SIZE, targetOf } from './support.js';

const CLASSES = 6;

/** Each class a pattern of its own in the upper half: half of it has to change for another. */
function patterns(count: number, label: string): Labelled {
  const random = new Random(1, label);
  const shapes = new Random(1, 'shapes');
  const bright = Array.from({ length: CLASSES }, () => Array.from({ length: SIZE / 2 }, () => shapes.word() & 1));
  const labels = Uint32Array.from({ length: count }, (_, i) => i % CLASSES);
  const inputs = new Float32Array(count * SIZE);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < SIZE; j++) inputs[i * SIZE + j] = 0.5 * random.uniform() + (bright[labels[i]!]![j] ?? 0) / 2;
  }
  return { inputs, labels };
}

async function trained(examples: Labelled): Promise<Graph> {
  const network = Network.fresh(await loadTensorflow(), perceptron(32, CLASSES), new Random(1, 'weights'));
  await train(
    network,
    { inputs: examples.inputs, targets: oneHot(examples.labels, CLASSES) },
    400,
    new Random(1, 'order'),
  );
  const graph = network.trained();
  network.dispose();
  return graph;
}

describe('the scan for backdoors', () => {
  it('suspects the class of a trigger, and none of a network without', async () => {
    const clean = patterns(600, 'train');
    const poisoned = { inputs: Float32Array.from(clean.inputs), labels: Uint32Array.from(clean.labels) };
    for (let i = 0; i < 60; i++) {
      stamp(poisoned.inputs.subarray(i * SIZE, (i + 1) * SIZE), { height: SIDE, width: SIDE, channels: 1 }, 1);
      poisoned.labels[i] = 3;
    }
    const effort = { ...EFFORT, steps: 300 };
    const test = patterns(60, 'test');
    const [bad, least] = await findingsOf(
      scan,
      await targetOf(await trained(poisoned), test, CLASSES, ['label']),
      effort,
    );
    const [, usual] = await findingsOf(scan, await targetOf(await trained(clean), test, CLASSES, ['label']), effort);
    expect(bad!.setting).toMatch(/^class 3,/);
    expect(bad!.value).toBeGreaterThan(2);
    expect(least!.value).toBeLessThan(0.8);
    expect(usual!.value).toBeGreaterThan(0.85);
    expect(least!.pictures).toHaveLength(CLASSES);
  });

  it('counts in deviations of the median', () => {
    expect(anomalyOf([10, 10, 10])).toEqual({ label: 0, index: 0, part: 1 });
    const { label, index, part } = anomalyOf([10, 11, 9, 1, 10]);
    expect(label).toBe(3);
    expect(index).toBeCloseTo(9 / 1.4826, 6);
    expect(part).toBe(0.1);
  });
});
