import { describe, expect, it } from 'vitest';
import { compilePlan } from '../../src/plan/two.js';
import { ModelMaker } from '../support/models.js';

describe('a plan by oblivious transfer', () => {
  const trust = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' } as const;

  it('is refused where one bundle needs more hashes than a session may take', () => {
    const { graph } = new ModelMaker(32, [40, 40, 64]).conv({ outChannels: 64 }).nonlinear().done();
    expect(compilePlan({ graph, batch: 1, trust }).predicted.rounds.offline).toBe(2);
    expect(() => compilePlan({ graph, batch: 4096, trust })).toThrow(/at most 2\^36 hashes a bundle/);
  });
});
