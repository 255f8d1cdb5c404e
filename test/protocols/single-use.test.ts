import { describe, expect, it } from 'vitest';
import { asShare } from '../../src/core/secret.js';
import { Bundle } from '../../src/correlations/bundle.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { execute } from '../../src/online/execute.js';
import { compilePlan, type Plan } from '../../src/plan/two.js';
import { randomSeed } from '../../src/platform/random.js';
import { GARBLER } from '../../src/steps/two.js';
import { ModelMaker } from '../support/models.js';

const module = loadKernelModule(64 << 20);
const arithmetic = { bits: 32, module, kernels: wasmKernels(module) } as const;
const trust = { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' } as const;

/** Runs party 0 against one that answers zeros; counts what it sends. */
function party0(
  plan: Plan,
  bundle: Bundle,
): { readonly sent: readonly number[]; readonly run: () => Promise<unknown> } {
  const sent: number[] = [];
  const run = (): Promise<unknown> =>
    execute(plan, arithmetic, {
      party: GARBLER,
      bundle,
      model: { layers: new Map(), revealSeed: randomSeed('test/seed') },
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
    bundle.put(1, {});
    const { sent, run } = party0(plan, bundle);
    await run();
    expect(sent.length).toBe(1);
    await expect(run()).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    expect(sent.length).toBe(1);
  });

  it('masks no second factor: the difference of two would be that of the inputs', async () => {
    const { graph } = new ModelMaker(32, [4]).product().done();
    const plan = compilePlan({ graph, batch: 1, trust });
    const bundle = new Bundle(
      { planDigest: plan.digest, party: GARBLER, number: 1 },
      randomSeed('test/seed'),
      new Uint8Array(16),
    );
    bundle.put(1, { words: [new Uint32Array(4)] });
    const { sent, run } = party0(plan, bundle);
    await run();
    expect(sent.length).toBe(1);
    await expect(run()).rejects.toMatchObject({ code: 'BUNDLE_MISMATCH' });
    expect(sent.length).toBe(1);
  });
});
