/** Kernel memory that is given back holds no label, offset, pad or share: only what travels anyway, messages and tables. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { largestChunk, segmentCapacity } from '../../src/gc/schedule.js';
import { workspaceBytes } from '../../src/gc/workspace-layout.js';
import { drawAnswer, drawCiphertext, drawKey } from '../../src/he/draws.js';
import { ringLwe } from '../../src/he/lwe.js';
import { heParameters } from '../../src/he/parameters.js';
import { type Block, KernelMemory } from '../../src/kernels/memory.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { SEGMENT_BYTES } from '../../src/ot/pieces.js';
import { linearSteps } from '../../src/plan/compile.js';
import { compileThree } from '../../src/plan/three.js';
import { compilePlan, type Plan } from '../../src/plan/two.js';
import { ModelMaker } from '../support/models.js';
import { randomIntegers, runAll } from '../support/session.js';
import { runThree } from '../support/three.js';

vi.mock('../../src/ot/base.js', async (original) =>
  (await import('../support/open-transfers.js')).openTransfers(await original()),
);

const model = new ModelMaker(32, [40]).dense(30).nonlinear().product().nonlinear().dense(9).done();
const inputs = (count: number): Uint32Array[] =>
  Array.from({ length: count }, (_, i) => randomIntegers(40, 32, 7, `x ${i}`));

afterEach(() => vi.restoreAllMocks());

/** A block that was given back, and which of its bytes were not zero then. */
interface GivenBack {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Watches blocks: what is given back uncleared, and how many are not given back. */
function watch(): { readonly uncleared: GivenBack[]; inUse: number } {
  const seen = { uncleared: [] as GivenBack[], inUse: 0 };
  const { allocate, free } = KernelMemory.prototype;
  vi.spyOn(KernelMemory.prototype, 'allocate').mockImplementation(function (this: KernelMemory, bytes) {
    seen.inUse++;
    return allocate.call(this, bytes);
  });
  vi.spyOn(KernelMemory.prototype, 'free').mockImplementation(function (this: KernelMemory, block: Block) {
    seen.inUse--;
    const content = this.bytes.subarray(block.pointer, block.pointer + block.bytes);
    const first = content.findIndex((byte) => byte !== 0);
    if (first >= 0) {
      seen.uncleared.push({ bytes: block.bytes, first, last: content.findLastIndex((byte) => byte !== 0) });
    }
    free.call(this, block);
  });
  return seen;
}

/** Whether what is left is in the tables of a workspace, which are last, or in the message of a product, which is first. */
function isPublic(plan: Plan, { bytes, first, last }: GivenBack): boolean {
  const isTables = plan.steps.some((step) => {
    if (step.kind !== 'garbled') return false;
    const capacity = largestChunk(step.schedule, step.instances);
    // blocks and buffers are padded
    const isWorkspace = Math.abs(bytes - workspaceBytes(step.schedule, capacity, 'segment')) < 64;
    return isWorkspace && first >= bytes - segmentCapacity(step.schedule, capacity) - 64 - 576;
  });
  return isTables || (plan.trust.preprocessing !== 'dealer' && bytes > SEGMENT_BYTES && last < SEGMENT_BYTES);
}

describe.each([
  ['dealer', 'gc', 'softspoken'],
  ['dealer', 'bits', 'softspoken'],
  ['ot', 'gc', 'softspoken'],
  ['ot', 'gc', 'silent'],
] as const)('two parties, by %s with %s, transfers %s', (preprocessing, nonlinear, transfers) => {
  const trust = { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' } as const;
  const plan = compilePlan({ graph: model.graph, batch: 1, trust, nonlinear, transfers });

  it('clear what they give back, but for tables and messages', async () => {
    const seen = watch();
    await runAll(plan, model, inputs(1));
    if (nonlinear === 'gc') expect(seen.uncleared.length).toBeGreaterThan(0);
    expect(seen.uncleared.filter((block) => !isPublic(plan, block))).toEqual([]);
  });

  it('give back all that an inference takes', async () => {
    const kept = async (count: number): Promise<number> => {
      const seen = watch();
      await runAll(plan, model, inputs(count));
      vi.restoreAllMocks();
      return seen.inUse;
    };
    expect(await kept(3)).toBe(await kept(1));
  });
});

it('two parties by ring LWE clear what they give back', async () => {
  const wide = new ModelMaker(32, [12]).dense(400).nonlinear().dense(90).nonlinear().dense(8).done();
  const trust = { parties: 2, preprocessing: 'he', security: 'semi-honest', reveal: 'logits' } as const;
  const plan = compilePlan({ graph: wide.graph, batch: 1, trust });
  expect(linearSteps(plan).some(({ triples }) => triples.by === 'he')).toBe(true);
  const seen = watch();
  await runAll(plan, wide, [randomIntegers(12, 32, 7, 'x')]);
  expect(seen.uncleared.filter((block) => !isPublic(plan, block))).toEqual([]);
});

it('threads clear their labels, pads and shares as well', async () => {
  // several chunks of instances, and several parts of a product
  const wide = new ModelMaker(32, [1200]).dense(40).nonlinear().dense(3).done();
  const trust = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' } as const;
  const seen = watch();
  const plan = compilePlan({ graph: wide.graph, batch: 60, trust });
  await runAll(plan, wide, [randomIntegers(60 * 1200, 32, 7, 'x')], undefined, undefined, 2);
  expect(seen.uncleared.filter((block) => !isPublic(plan, block))).toEqual([]);
});

describe('scratch of ring LWE', () => {
  const parameters = heParameters(20, 4);
  const { n } = parameters.ring;
  const words = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i * 2654435761);

  it.each([false, true])('holds nothing of secrets once a call is over, of threads: %s', (shared) => {
    const module = loadKernelModule(64 << 20, shared);
    const { memory } = module;
    const lwe = ringLwe(module);
    const tables = lwe.openRing(parameters.ring);
    const left: string[] = [];
    /** Runs one call, and looks at all that is free after it. */
    const watched = <T>(name: string, call: () => T): T => {
      memory.withScratch(() => memory.zero(memory.scratch(32 << 20), 32 << 20));
      const result = call();
      memory.withScratch(() => {
        const at = memory.scratch(32 << 20);
        if (memory.words.subarray(at >>> 2, (at + (32 << 20)) >>> 2).some((word) => word !== 0)) left.push(name);
      });
      return result;
    };
    const key = watched('key', () => lwe.createKey(tables, drawKey()));
    const publicKey = lwe.openCiphertexts(tables, 1);
    const zero = watched('public key', () => lwe.publicKey(key, drawCiphertext()));
    lwe.loadCiphertext(publicKey, 0, zero);
    const sent = watched('encrypt', () => lwe.encrypt(key, parameters, 32, words(n), drawCiphertext()));
    const ciphertexts = lwe.openCiphertexts(tables, 1);
    lwe.loadCiphertext(ciphertexts, 0, sent);
    const weights = lwe.openWeights(tables, 1);
    watched('weights', () => lwe.transformWeights(weights, 0, parameters.m, 32, words(n)));
    const sum = lwe.openAccumulator(tables);
    lwe.accumulate(sum, ciphertexts, 0, weights, 0, 1);
    const at = Uint32Array.of(1, 2, 3);
    const answer = watched('answer', () => lwe.answer(sum, parameters, publicKey, 32, at, words(3), drawAnswer()));
    watched('decrypt', () => lwe.decrypt(key, parameters, 32, at, answer));
    expect(left).toEqual([]);
  });
});

describe('three parties', () => {
  const trust = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' } as const;

  it('clear what they give back', async () => {
    const seen = watch();
    await runThree(compileThree({ graph: model.graph, batch: 1, trust }), model, inputs(2));
    expect(seen.uncleared).toEqual([]);
  });
});
