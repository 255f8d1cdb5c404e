import { describe, expect, it } from 'vitest';
import { active, copying } from '../../audit/attacks/extraction.js';
import { Random } from '../../audit/random.js';
import { EFFORT, findingsOf, levels, meanNetwork, perceptron, SIZE, targetOf } from './support.js';

const EASY = levels(400, 0.3, 0.7, 0.3);

/** Noise, of which a network of random weights makes labels that a few examples do not explain. */
function noise(count: number): Float32Array {
  const random = new Random(1, 'noise');
  return Float32Array.from({ length: count * SIZE }, () => random.uniform());
}

describe('extraction', () => {
  for (const attack of [copying, active]) {
    it(`${attack.name} copies a network of one layer, and not one of many pieces from few answers`, async () => {
      const easy = await findingsOf(attack, await targetOf(meanNetwork(), EASY, 2, ['logits', 'label']));
      const agreements = easy.filter(({ metric }) => metric === 'agreement');
      expect(agreements.map(({ policy }) => policy)).toEqual(['logits', 'label']);
      for (const { value, queries } of agreements) {
        expect(value).toBeGreaterThan(0.95);
        expect(queries).toBe(400);
      }
      const hard = { inputs: noise(400), labels: new Uint32Array(400) };
      const few = { ...EFFORT, queries: [10] };
      const [agreement] = await findingsOf(attack, await targetOf(perceptron(64, 10), hard, 10, ['label']), few);
      expect(agreement!.value).toBeLessThan(0.6);
      expect(agreement!.queries).toBe(10);
    });
  }
});
