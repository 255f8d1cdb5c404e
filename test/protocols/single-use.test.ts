import { describe, expect, it } from 'vitest';
import { asShare } from '../../src/core/secret.js';
import { Bundle } from '../../src/correlations/bundle.js';
import type { SharedModel } from '../../src/correlations/context.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { execute } from '../../src/online/execute.js';
import { compilePlan, type Plan } from '../../src/plan/two.js';
import { randomSeed } from '../../src/platform/random.js';
import { Streams } from '../../src/protocols/three/context.js';
import { EVALUATOR, GARBLER } from '../../src/steps/two.js';
import { ModelMaker } from '../support/models.js';

const module = loadKernelModule(64 << 20);
const arithmetic = { bits: 32, module, kernels: wasmKernels(module) } as const;
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;

/** Runs party 0 against one that answers zeros; counts what it sends. */
function party0(
  plan: Plan,
  bundle: Bundle,
  layers: SharedModel['layers'] = new Map(),
): { readonly sent: readonly number[]; readonly run: () => Promise<unknown> } {
  const sent: number[] = [];
  const run = (): Promise<unknown> =>
    execute(plan, arithmetic, {
      party: GARBLER,
      bundle,
      model: { layers, revealSeed: randomSeed('test/seed') },
      input: asShare(new Uint32Array(4)),
      peer: {
        send: async (_, bytes) => {
          sent.push(bytes.length);
        },
        receive: async (_, bytes) => new Uint8Array(bytes),
        receiveWords: async (_, words) => new Uint32Array(words),
      },
    });
  return { sent, run };
}

describe('a bundle that was used', () => {
  it('gives party 0 no second set of labels: two would give Delta away', async () => {
    const { graph } = new ModelMaker(32, [4]).nonlinear().done();
    const plan = compilePlan({ graph, batch: 1, trust });
    const bundle = new Bundle(
      { planDigest: plan.digest, party: GARBLER, number: 1 },
      randomSeed('test/seed'),
      new Uint8Array(16),
    );
    await bundle.put(1, {});
    const { sent, run } = party0(plan, bundle);
    await run();
    expect(sent.length).toBe(1);
    await expect(run()).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    expect(sent.length).toBe(1);
  });

  it('masks no second bits: the sum of two would be that of the inputs', async () => {
    const { graph } = new ModelMaker(32, [4]).nonlinear().done();
    const plan = compilePlan({ graph, batch: 1, trust, nonlinear: 'bits' });
    const bundle = new Bundle({ planDigest: plan.digest, party: GARBLER, number: 1 }, randomSeed('test/seed'));
    await bundle.put(1, {});
    const { sent, run } = party0(plan, bundle);
    await run();
    const before = sent.length;
    expect(before).toBe(plan.predicted.rounds.online);
    await expect(run()).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    expect(sent.length).toBe(before);
  });

  it('masks no second factor: the difference of two would be that of the inputs', async () => {
    const { graph } = new ModelMaker(32, [4]).product().done();
    const plan = compilePlan({ graph, batch: 1, trust });
    const bundle = new Bundle(
      { planDigest: plan.digest, party: GARBLER, number: 1 },
      randomSeed('test/seed'),
      new Uint8Array(16),
    );
    await bundle.put(1, { words: [new Uint32Array(4)] });
    const { sent, run } = party0(plan, bundle);
    await run();
    expect(sent.length).toBe(1);
    await expect(run()).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    expect(sent.length).toBe(1);
  });

  it('masks no second input of a linear step', async () => {
    const { graph } = new ModelMaker(32, [4]).dense(3).done();
    const plan = compilePlan({ graph, batch: 1, trust });
    const bundle = new Bundle({ planDigest: plan.digest, party: GARBLER, number: 1 }, randomSeed('test/seed'));
    await bundle.put(1, { words: [new Uint32Array(3)] });
    const layers = new Map([[1, { weights: asShare(new Uint32Array(12)), bias: asShare(new Uint32Array(3)) }]]);
    const { sent, run } = party0(plan, bundle, layers);
    await run();
    expect(sent.length).toBe(1);
    await expect(run()).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    expect(sent.length).toBe(1);
  });

  it('masks no second input of a circuit, also where the first run ended in the middle', async () => {
    const { graph } = new ModelMaker(32, [4]).nonlinear().done();
    const plan = compilePlan({ graph, batch: 1, trust });
    const bundle = new Bundle({ planDigest: plan.digest, party: EVALUATOR, number: 1 }, randomSeed('test/seed'));
    await bundle.put(1, {});
    const sent: number[] = [];
    const gone = new Error('the peer is gone');
    const run = (): Promise<unknown> =>
      execute(plan, arithmetic, {
        party: EVALUATOR,
        bundle,
        model: { layers: new Map(), revealSeed: randomSeed('test/seed') },
        input: asShare(new Uint32Array(4)),
        peer: {
          send: async (_, bytes) => {
            sent.push(bytes.length);
          },
          receive: () => Promise.reject(gone),
          receiveWords: () => Promise.reject(gone),
        },
      });
    await expect(run()).rejects.toBe(gone);
    expect(sent.length).toBe(1);
    await expect(run()).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    expect(sent.length).toBe(1);
  });
});

describe('a bundle', () => {
  it('is filled once', async () => {
    const bundle = new Bundle({ planDigest: 'plan', party: GARBLER, number: 1 }, randomSeed('test/seed'));
    await bundle.put(1, {});
    await expect(bundle.put(1, {})).rejects.toThrow(/filled already/);
  });

  it.each([
    ['plan', { planDigest: 'another' }],
    ['party', { party: EVALUATOR }],
  ] as const)('of another %s is not spent, and nothing is sent', async (_, other) => {
    const { graph } = new ModelMaker(32, [4]).product().done();
    const plan = compilePlan({ graph, batch: 1, trust });
    const id = { planDigest: plan.digest, party: GARBLER, number: 1, ...other } as const;
    const bundle = new Bundle(id, randomSeed('test/seed'), new Uint8Array(16));
    await bundle.put(1, { words: [new Uint32Array(4)] });
    const { sent, run } = party0(plan, bundle);
    await expect(run()).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    expect(sent).toEqual([]);
  });
});

it('the streams of a step of three parties are taken once', () => {
  const keys = { first: randomSeed('test/seed'), second: randomSeed('test/seed') };
  const streams = new Streams(keys, 1, [3]);
  streams.take(3);
  for (const step of [3, 4])
    expect(() => streams.take(step)).toThrow(expect.objectContaining({ code: 'BUNDLE_MISMATCH' }));
});
