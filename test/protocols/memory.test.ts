import { afterEach, expect, it, vi } from 'vitest';
import { type Block, KernelMemory } from '../../src/kernels/memory.js';
import { compilePlan } from '../../src/plan/two.js';
import { ModelMaker } from '../support/models.js';
import { randomIntegers, runAll } from '../support/session.js';

/** Elements of the model: two chunks. */
const SIZE = 4096;
const model = new ModelMaker(32, [SIZE]).nonlinear({ width: 24, shift: 6 }).done();

afterEach(() => vi.restoreAllMocks());

/** The most kernel memory in use at any time, of party 0, party 1 and the dealer. */
async function peaksAt(batch: number): Promise<number[]> {
  const uses = new Map<KernelMemory, { blocks: number; peak: number }>();
  const useOf = (memory: KernelMemory): { blocks: number; peak: number } => {
    const use = uses.get(memory) ?? { blocks: 0, peak: 0 };
    uses.set(memory, use);
    return use;
  };
  const { allocate, free, scratch } = KernelMemory.prototype;
  vi.spyOn(KernelMemory.prototype, 'allocate').mockImplementation(function (this: KernelMemory, bytes) {
    const block = allocate.call(this, bytes);
    const use = useOf(this);
    use.blocks += block.bytes;
    use.peak = Math.max(use.peak, use.blocks);
    return block;
  });
  vi.spyOn(KernelMemory.prototype, 'free').mockImplementation(function (this: KernelMemory, block: Block) {
    useOf(this).blocks -= block.bytes;
    free.call(this, block);
  });
  vi.spyOn(KernelMemory.prototype, 'scratch').mockImplementation(function (this: KernelMemory, bytes) {
    const pointer = scratch.call(this, bytes);
    const use = useOf(this);
    use.peak = Math.max(use.peak, use.blocks + this.bytes.length - pointer);
    return pointer;
  });
  const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;
  const plan = compilePlan({ graph: model.graph, batch, trust });
  await runAll(plan, model, [randomIntegers(batch * SIZE, 32, 20, 'x')]);
  vi.restoreAllMocks();
  return [...uses.values()].map(({ peak }) => peak);
}

it('kernel memory does not grow with the ReLUs: chunk by chunk goes through the same', async () => {
  const small = await peaksAt(1);
  expect(small.length).toBe(3);
  for (const peak of small) expect(peak).toBeGreaterThan(512 * 1024);
  expect(await peaksAt(4)).toEqual(small);
});
