/** What a plan says of kernel memory against what runs took of it; no time is measured. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { sizeOf } from '../../src/core/ring.js';
import type { TrustModel } from '../../src/core/trust.js';
import { type Block, KernelMemory } from '../../src/kernels/memory.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { checkKernelMemory, kernelMemory } from '../../src/plan/memory.js';
import { isThree, planOf } from '../../src/plan/plan.js';
import { compilePlan } from '../../src/plan/two.js';
import { ModelMaker } from '../support/models.js';
import { randomIntegers, runAll } from '../support/session.js';
import { runThree } from '../support/three.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const DEALER: TrustModel = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' };
const HE = { ...DEALER, preprocessing: 'he' } as const;
const THREE: TrustModel = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };

const OT = { ...DEALER, preprocessing: 'ot' } as const;

/** The most that any one memory had in blocks and scratch together, while `run` ran. */
async function peakOf(run: () => Promise<unknown>): Promise<number> {
  const held = new WeakMap<KernelMemory, number>();
  let peak = 0;
  const { allocate, free, scratch } = KernelMemory.prototype;
  const holds = (memory: KernelMemory, change: number): number => {
    const now = (held.get(memory) ?? 0) + change;
    held.set(memory, now);
    peak = Math.max(peak, now);
    return now;
  };
  vi.spyOn(KernelMemory.prototype, 'allocate').mockImplementation(function (this: KernelMemory, bytes: number): Block {
    const block = allocate.call(this, bytes);
    holds(this, block.bytes);
    return block;
  });
  vi.spyOn(KernelMemory.prototype, 'free').mockImplementation(function (this: KernelMemory, block: Block): void {
    free.call(this, block);
    holds(this, -block.bytes);
  });
  vi.spyOn(KernelMemory.prototype, 'scratch').mockImplementation(function (this: KernelMemory, bytes: number): number {
    const pointer = scratch.call(this, bytes);
    // scratch is a stack that grows down from the end
    peak = Math.max(peak, holds(this, 0) + this.bytes.length - pointer);
    return pointer;
  });
  await run();
  return peak;
}

afterEach(() => {
  vi.restoreAllMocks();
});

const NETWORKS: Readonly<Record<string, () => FixedModel>> = {
  'a convolution': () => new ModelMaker(32, [128, 128, 8]).conv({ outChannels: 8 }).done(),
  'a convolution in the large ring': () => new ModelMaker(64, [96, 96, 8]).conv({ outChannels: 8 }).done(),
  'a 1x1 convolution': () =>
    new ModelMaker(32, [48, 48, 96]).conv({ outChannels: 64, kernelHeight: 1, kernelWidth: 1 }).done(),
  'a depthwise convolution': () => new ModelMaker(32, [128, 128, 8]).conv({ outChannels: 16, groups: 8 }).done(),
  'a dense layer': () => new ModelMaker(32, [2000]).dense(500).done(),
  'dense layers': () => new ModelMaker(32, [1200]).dense(400).dense(1000).dense(300).done(),
  ReLUs: () => new ModelMaker(32, [32, 32, 8]).nonlinear().done(),
};

describe.each([DEALER, HE, THREE])('of $parties parties, by $preprocessing', (trust) => {
  test.each(Object.keys(NETWORKS))('%s takes at most what the plan says, and not less than half', async (name) => {
    const model = NETWORKS[name]!();
    const plan = planOf({ graph: model.graph, batch: 1, trust });
    const input = randomIntegers(sizeOf(model.graph.nodes[0]!.shape), plan.graph.ringBits, 4, 'input');
    const peak = await peakOf(() => (isThree(plan) ? runThree(plan, model, [input]) : runAll(plan, model, [input])));
    const { bytes } = kernelMemory(plan);
    expect(peak).toBeLessThanOrEqual(bytes);
    expect(bytes).toBeLessThanOrEqual(2 * peak + 2 ** 20);
  });

  test('a convolution of 4000x4000 pixels is refused, with its name and what it needs', () => {
    const { graph } = new ModelMaker(32, [4000, 4000, 3]).conv({ outChannels: 8 }).done();
    expect(() => planOf({ graph, batch: 1, trust })).toThrow(
      /^layer linear.*: expected at most 1024 MiB of kernel memory, got a plan that needs \d+ MiB\. Use smaller inputs or layers$/,
    );
  });

  test('what fits is not refused, and one byte less is', () => {
    const { graph } = new ModelMaker(32, [12]).dense(9).done();
    const plan = planOf({ graph, batch: 4, trust });
    const { bytes } = kernelMemory(plan);
    expect(() => checkKernelMemory(plan, bytes)).not.toThrow();
    expect(() => checkKernelMemory(plan, bytes - 1)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', facts: { bytes, available: bytes - 1 } }),
    );
    expect(() => checkKernelMemory(plan, 0)).toThrow(/Use a smaller batch$/);
  });
});

test.each(['softspoken', 'silent'] as const)(
  'two parties by %s transfers count what extends them',
  async (transfers) => {
    const model = new ModelMaker(32, [8, 8, 4]).nonlinear().done();
    const plan = compilePlan({ graph: model.graph, batch: 1, trust: OT, transfers });
    const peak = await peakOf(() => runAll(plan, model, [randomIntegers(256, 32, 4, 'input')]));
    const { bytes } = kernelMemory(plan);
    expect(peak).toBeLessThanOrEqual(bytes);
    expect(bytes).toBeLessThanOrEqual(2 * peak + 2 ** 20);
    const none = compilePlan({ graph: model.graph, batch: 1, trust: DEALER });
    expect(bytes).toBeGreaterThan(kernelMemory(none).bytes);
  },
);
