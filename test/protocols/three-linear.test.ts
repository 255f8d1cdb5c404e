/** Linear steps of three parties: what each multiplies. */
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../src/core/ring.js';
import { asShare } from '../../src/core/secret.js';
import type { TrustModel } from '../../src/core/trust.js';
import type { Arithmetic } from '../../src/correlations/context.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { expandComponent, loadComponents } from '../../src/offline/setup-three.js';
import { executeThree, openStreams } from '../../src/online/execute-three.js';
import { compileThree } from '../../src/plan/three.js';
import { randomSeed } from '../../src/platform/random.js';
import { FIRST_HELPER, PARTIES } from '../../src/steps/three.js';
import { ModelMaker } from '../support/models.js';

const TRUST: TrustModel = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };
const SEED = randomSeed('test/seed');

/** Directions in which a step of a plan sends. */
function directionsOf(model: FixedModel, index: number): string[] {
  const { online } = compileThree({ graph: model.graph, batch: 1, trust: TRUST }).costs[index]!;
  return online.flatMap((move) => Object.keys(move)).sort();
}

/** Party 1's part of a model of one linear step, of random weights. */
async function partOf(model: FixedModel, batch: number, onProduct: () => void = () => {}): Promise<Uint32Array> {
  const module = loadKernelModule(256 * 1024 * 1024);
  const kernels = wasmKernels(module);
  const plan = compileThree({ graph: model.graph, batch, trust: TRUST });
  const arithmetic: Arithmetic = {
    bits: 32,
    module,
    kernels: {
      ...kernels,
      conv2d: (...args) => {
        onProduct();
        return kernels.conv2d(...args);
      },
    },
  };
  const keys = { first: SEED, second: SEED };
  const component = expandComponent(plan, SEED);
  const words = batch * sizeOf(model.graph.nodes[0]!.shape);
  return executeThree(plan, arithmetic, {
    party: FIRST_HELPER,
    model: loadComponents(plan, arithmetic, FIRST_HELPER, keys, component, component),
    streams: openStreams(plan, keys, 0),
    input: asShare({ first: new Uint32Array(words).fill(3), second: new Uint32Array(words).fill(5) }),
    peers: [],
  });
}

describe('a linear step', () => {
  it('multiplies large batches piece by piece, and the event loop turns between two', async () => {
    const batch = 9;
    const model = new ModelMaker(32, [128, 128, 1]).conv({ outChannels: 16, kernelHeight: 1, kernelWidth: 1 }).done();
    let ticks = 0;
    let ended = false;
    const tick = (): void => {
      ticks++;
      if (!ended) setImmediate(tick);
    };
    const seen = new Set<number>();
    tick();
    const parts = await partOf(model, batch, () => seen.add(ticks));
    ended = true;
    expect(seen.size).toBe(3);
    // zero shares of equal keys are zero: each piece is what it is alone
    const alone = await partOf(model, 1);
    for (let i = 0; i < batch; i++) expect(parts.subarray(i * alone.length, (i + 1) * alone.length)).toEqual(alone);
  });

  it('sends party 2 nothing of what only Boolean steps read, also through local steps', () => {
    const maker = new ModelMaker(32, [4, 4, 2]).conv({});
    maker.reshape([8]).nonlinear().dense(3);
    expect(directionsOf(maker.done(), 1)).toEqual(['1->0', '2->1']);
  });

  it('sends all where a linear step reads its product too', () => {
    const maker = new ModelMaker(32, [6]).dense(6);
    const read = maker.last;
    maker.nonlinear();
    maker.push({ op: 'shiftLeft', bits: 1, shape: [6], inputs: [read] } as never).dense(3);
    expect(directionsOf(maker.done(), read)).toEqual(['0->2', '1->0', '2->1']);
  });

  it('sends nothing of what is opened next, also through local steps', () => {
    const maker = new ModelMaker(32, [6]).dense(6);
    maker.reshape([2, 3]);
    expect(directionsOf(maker.done(), 1)).toEqual([]);
  });

  it('takes five products, one of them of party 0, which has most else to do', () => {
    const module = loadKernelModule(16 * 1024 * 1024);
    const arithmetic = { bits: 32, module, kernels: wasmKernels(module) } as const;
    const plan = compileThree({ graph: new ModelMaker(32, [6]).dense(4).done().graph, batch: 1, trust: TRUST });
    const keys = { first: randomSeed('test/seed'), second: randomSeed('test/seed') };
    const [first, second] = [
      expandComponent(plan, randomSeed('test/seed')),
      expandComponent(plan, randomSeed('test/seed')),
    ];
    const products = PARTIES.map(
      (party) => loadComponents(plan, arithmetic, party, keys, first, second).layers.get(1)!.weights.length,
    );
    expect(products).toEqual([1, 2, 2]);
  });
});
