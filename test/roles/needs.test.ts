/** What a plan needs of a machine is said, and refused, before anything starts. */
import { describe, expect, it } from 'vitest';
import type { Preprocessing, TrustModel } from '../../src/core/trust.js';
import { BUNDLE_MEMORY } from '../../src/correlations/spool.js';
import { keptBytes } from '../../src/plan/kept.js';
import { needsOf } from '../../src/plan/needs.js';
import { type AnyPlan, planOf } from '../../src/plan/plan.js';
import { compilePlan } from '../../src/plan/two.js';
import { checkNeeds, type Use } from '../../src/roles/needs.js';
import { ModelMaker } from '../support/models.js';

const { graph } = new ModelMaker(32, [100]).dense(40).nonlinear({ width: 20 }).dense(50).done();

const two = (preprocessing: Preprocessing): TrustModel => ({
  parties: 2,
  preprocessing,
  security: 'semi-honest',
  reveal: 'logits',
});
const THREE: TrustModel = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };
const use: Use = { store: undefined, bundles: 1, keep: false, threads: 1 };
const GB = 1e9;

const planBy = (trust: TrustModel, batch = 2): AnyPlan => planOf({ graph, batch, trust });
const memoryOf = (plan: AnyPlan): number =>
  Object.values(needsOf(plan, 1)).reduce((sum, need) => sum + need!.memoryBytes, 0);
const machine = (memoryBytes: number, free = 0) => ({ memoryBytes, temporaryFolder: '', freeBytes: () => free });

describe.each([two('dealer'), two('ot'), two('he'), THREE])('$parties parties, $preprocessing', (trust) => {
  it('name the participants, and more inputs need more', () => {
    const workers = ['party0', 'party1', ...(trust.parties === 3 ? ['party2'] : [])];
    if (trust.preprocessing === 'dealer') workers.push('dealer');
    expect(Object.keys(needsOf(planBy(trust), 1))).toEqual(workers);
    expect(memoryOf(planBy(trust, 2000))).toBeGreaterThan(memoryOf(planBy(trust)));
  });

  it('are refused where the machine lacks the memory, with a way out', () => {
    const plan = planBy(trust);
    const needed = memoryOf(plan);
    expect(() => checkNeeds(plan, use, undefined, machine(needed))).not.toThrow();
    expect(() => checkNeeds(plan, use, undefined, machine(needed - 1))).toThrow(
      expect.objectContaining({
        code: 'OUT_OF_MEMORY',
        message: expect.stringMatching(
          /^expected at most the .* GB of memory of this machine, got .*Use a smaller batch$/,
        ),
        facts: { bytes: needed, available: needed - 1 },
      }),
    );
    // a participant on a machine of its own needs its part alone
    const { memoryBytes } = needsOf(plan, 1).party0!;
    const alone = (worker: string): boolean => worker === 'party0';
    expect(() => checkNeeds(plan, use, alone, machine(memoryBytes))).not.toThrow();
    expect(() => checkNeeds(plan, use, alone, machine(memoryBytes - 1))).toThrow();
  });
});

describe('disk', () => {
  it('is needed by what is kept, and by what is too large for memory', () => {
    const plan = compilePlan({ graph, batch: 2, trust: two('dealer') });
    const [first, second] = keptBytes(plan);
    // D_i of both linear steps
    expect(first).toBe(4 * 2 * (40 + 50));
    expect(second).toBeGreaterThan(first + 2 * 40 * 500);
    expect(() => checkNeeds(plan, use, undefined, machine(16 * GB))).not.toThrow();
    const model = 2 * 4 * 2 * (100 * 40 + 40 + 40 * 50 + 50);
    const kept = 3 * (first + second) + model;
    const keeping = { ...use, store: 'store', bundles: 3, keep: true };
    expect(() => checkNeeds(plan, keeping, undefined, machine(16 * GB, kept))).not.toThrow();
    expect(() => checkNeeds(plan, keeping, undefined, machine(16 * GB, kept - 1))).toThrow(
      expect.objectContaining({
        code: 'STORE_FULL',
        message: expect.stringMatching(/disk of store, .* or another folder$/),
      }),
    );
    const large = compilePlan({ graph, batch: 4000, trust: two('dealer') });
    const [, tables] = keptBytes(large);
    expect(tables).toBeGreaterThan(BUNDLE_MEMORY);
    expect(() => checkNeeds(large, use, undefined, machine(16 * GB, tables - 1))).toThrow(/TMPDIR/);
    expect(() => checkNeeds(large, use, undefined, machine(16 * GB, tables))).not.toThrow();
  });

  it('of folders that are not there yet is that of those above them', () => {
    const plan = planBy(two('dealer'));
    const keeping = { ...use, store: 'not/there/yet', keep: true };
    expect(() => checkNeeds(plan, keeping)).not.toThrow();
    expect(() => checkNeeds(plan, { ...keeping, bundles: 1e12 })).toThrow(
      /^expected at most the .* GB that are free on/,
    );
  });
});
