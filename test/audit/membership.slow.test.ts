import { describe, expect, it } from 'vitest';
import type { Labelled } from '../../audit/attack.js';
import { areaUnder, lira, loss, moved, truePositives } from '../../audit/attacks/membership.js';
import { Network } from '../../audit/network.js';
import { Random } from '../../audit/random.js';
import { oneHot } from '../../audit/rows.js';
import { loadTensorflow } from '../../audit/tensorflow.js';
import { train } from '../../audit/training/train.js';
import { findingsOf, perceptron, SIZE, targetOf } from './support.js';

/** Noise with classes that have nothing to do with it: what is right about them was learnt by heart. */
function lottery(count: number, label: string): Labelled {
  const random = new Random(1, label);
  return {
    inputs: Float32Array.from({ length: count * SIZE }, () => random.uniform()),
    labels: Uint32Array.from({ length: count }, () => random.below(4)),
  };
}

const MEMBERS = lottery(60, 'members');
const OTHERS = lottery(200, 'others');

describe('membership', () => {
  it('is seen in a network that has learnt by heart, and not in one that has learnt nothing', async () => {
    const tf = await loadTensorflow();
    const network = Network.fresh(tf, perceptron(128, 4), new Random(1, 'weights'));
    await train(network, { inputs: MEMBERS.inputs, targets: oneHot(MEMBERS.labels, 4) }, 600, new Random(1, 'order'));
    const heart = await targetOf(network.trained(), OTHERS, 4, ['logits', 'label'], MEMBERS);
    const nothing = await targetOf(perceptron(128, 4), OTHERS, 4, ['logits', 'label'], MEMBERS);
    network.dispose();
    for (const attack of [loss, moved, lira]) {
      const areas = (await findingsOf(attack, heart)).filter(({ metric }) => metric === 'AUC');
      expect(areas.length, attack.name).toBeGreaterThan(0);
      for (const { value } of areas) expect(value, attack.name).toBeGreaterThan(attack === moved ? 0.6 : 0.8);
      for (const { value } of (await findingsOf(attack, nothing)).filter(({ metric }) => metric === 'AUC')) {
        expect(Math.abs(value - 0.5), attack.name).toBeLessThan(0.15);
      }
    }
  });

  it('counts pairs, equals as half, and members above a threshold', () => {
    expect(areaUnder(Float64Array.of(3, 4), Float64Array.of(1, 2))).toBe(1);
    expect(areaUnder(Float64Array.of(1), Float64Array.of(1))).toBe(0.5);
    expect(areaUnder(Float64Array.of(0, 2), Float64Array.of(1))).toBe(0.5);
    expect(
      truePositives(
        Float64Array.of(1, 3, 5),
        Float64Array.from({ length: 100 }, (_, i) => i / 25),
        0.01,
      ),
    ).toBe(1 / 3);
    expect(truePositives(Float64Array.of(1, 1), Float64Array.of(1, 1), 0.01)).toBe(0);
  });
});
