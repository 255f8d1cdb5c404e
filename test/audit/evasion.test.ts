import { describe, expect, it } from 'vitest';
import { boundary } from '../../audit/attacks/boundary.js';
import { fgsm, pgd, pgdL2 } from '../../audit/attacks/gradient.js';
import { square } from '../../audit/attacks/square.js';
import { findingsOf, levels, meanNetwork, targetOf } from './support.js';

/** Means of 0.48 and 0.52 are 0.02 from the boundary in every pixel; 0.1 and 0.9 are 0.4. */
const NEAR = levels(20, 0.48, 0.52, 0.01);
const FAR = levels(20, 0.1, 0.9);

describe('evasion', () => {
  for (const attack of [fgsm, pgd, pgdL2, square]) {
    it(`${attack.name} turns inputs near the boundary, and none that are further off than eps`, async () => {
      const near = await findingsOf(attack, await targetOf(meanNetwork(), NEAR, 2, ['logits', 'label']));
      const far = await findingsOf(attack, await targetOf(meanNetwork(), FAR, 2, ['logits', 'label']));
      expect(near.at(-1)).toMatchObject({ metric: 'robust accuracy', value: 0 });
      expect(far.map(({ value }) => value)).toEqual(far.map(() => 1));
    });
  }

  it('hopskipjump comes near the boundary with labels alone', async () => {
    const near = await findingsOf(boundary, await targetOf(meanNetwork(), NEAR, 2, ['label']));
    const far = await findingsOf(boundary, await targetOf(meanNetwork(), FAR, 2, ['label']));
    expect(near.map(({ metric }) => metric)).toEqual(['robust accuracy', 'median distance']);
    // the boundary is 0.02 * 8 and 0.4 * 8 away
    expect(near[0]!.value).toBe(0);
    expect(near[1]!.value).toBeGreaterThan(0.1);
    expect(near[1]!.value).toBeLessThan(0.8);
    expect(far[0]!.value).toBe(1);
    expect(far[1]!.value).toBeGreaterThan(3);
  });

  it('counts what it asks, and needs logits where it reads margins', async () => {
    const target = await targetOf(meanNetwork(), FAR, 2, ['logits', 'label']);
    const found = await findingsOf(square, target);
    expect(found.map(({ policy }) => policy)).toEqual(['logits']);
    expect(found[0]!.queries).toBe(10 * 400);
    expect(target.services[0]!.queries).toBe(0);
  });
});
