/** What a plan without a dealer needs in memory is said before a process starts. */
import { describe, expect, it } from 'vitest';
import { bundleMemory, checkMemory } from '../../parties/cli/memory.js';
import type { Preprocessing } from '../../src/core/trust.js';
import { extensionBytes } from '../../src/ot/sizes.js';
import { compilePlan, type Plan } from '../../src/plan/two.js';
import { ModelMaker } from '../support/models.js';

const { graph } = new ModelMaker(32, [100]).dense(40).nonlinear({ width: 20 }).dense(50).done();

function planBy(preprocessing: Preprocessing): Plan {
  return compilePlan({
    graph,
    batch: 2,
    trust: { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' },
  });
}

describe('memory', () => {
  const plan = planBy('ot');
  const [first, second] = bundleMemory(plan)!;

  it('of a bundle: shares, two steps of labels, waiting corrections; tables and labels of the mask with party 1', () => {
    const shares = 4 * 2 * (40 + 40 + 50);
    // activations choose: 200 elements at 20 bits, then 80 at the whole 32
    const labels = 2 * 16 * 200 * 20;
    const linear = extensionBytes(4, 200 * 20, true) + extensionBytes(4, 80 * 32, true);
    const [, , garbled] = plan.costs.map((cost) => cost.offline);
    expect(first).toBe(shares + labels + linear + garbled!['1->0']);
    expect(second).toBe(shares + labels + linear + garbled!['0->1'] + 16 * 80 * 20);
  });

  it('that the machine lacks is an error with a way out', () => {
    expect(() => checkMemory(plan, first + second)).not.toThrow();
    expect(() => checkMemory(plan, first + second - 1)).toThrow(
      expect.objectContaining({
        code: 'OUT_OF_MEMORY',
        message: expect.stringMatching(/^expected .* kB .*Use a smaller --batch/),
      }),
    );
  });

  it('is that of the bundle where a dealer deals', () => {
    expect(bundleMemory(planBy('dealer'))).toBeNull();
    const dealt = planBy('dealer');
    const bytes = dealt.predicted.offline['dealer->0'] + dealt.predicted.offline['dealer->1'];
    expect(() => checkMemory(dealt, bytes)).not.toThrow();
    expect(() => checkMemory(dealt, bytes - 1)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', message: expect.stringMatching(/or --parties 3$/) }),
    );
  });
});
