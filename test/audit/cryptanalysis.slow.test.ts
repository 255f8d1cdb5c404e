import { expect, it } from 'vitest';
import { cryptanalysis } from '../../audit/attacks/cryptanalysis.js';
import { findingsOf, levels, meanNetwork, perceptron, targetOf } from './support.js';

it('finds rows of the first layer of a float network, and not through rounded answers', async () => {
  const data = levels(20, 0.3, 0.7);
  const found = await findingsOf(cryptanalysis, await targetOf(perceptron(8, 2), data, 2, ['logits', 'label']));
  expect(found.map(({ policy, metric }) => [policy, metric])).toEqual([
    ['none (float)', 'best cosine with a row of weights'],
    ['none (float)', 'rows found'],
    ['logits', 'best cosine with a row of weights'],
    ['logits', 'rows found'],
  ]);
  expect(found[0]!.value).toBeGreaterThan(0.999);
  expect(found[1]!.value).toBeGreaterThan(0.3);
  expect(found[3]!.value).toBeLessThan(found[1]!.value);
  expect(found[3]!.queries).toBeGreaterThan(1000);
  // a network without a kink has none to show
  const flat = await findingsOf(cryptanalysis, await targetOf(meanNetwork(), data, 2, []));
  expect(flat[1]!.value).toBe(0);
});
