/** Linear steps of three parties: what each multiplies. */
import { describe, expect, it } from 'vitest';
import { randomSeed } from '../../src/core/prg.js';
import type { TrustModel } from '../../src/core/trust.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { expandComponent, loadComponents } from '../../src/offline/setup-three.js';
import { compileThree } from '../../src/plan/three.js';
import { PARTIES } from '../../src/protocols/three/step.js';
import { ModelMaker } from '../support/models.js';

const TRUST: TrustModel = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };

describe('a linear step', () => {
  it('takes five products, one of them of party 0, which has most else to do', () => {
    const module = loadKernelModule(16 * 1024 * 1024);
    const arithmetic = { bits: 32, module, kernels: wasmKernels(module) } as const;
    const plan = compileThree({ graph: new ModelMaker(32, [6]).dense(4).done().graph, batch: 1, trust: TRUST });
    const keys = { first: randomSeed(), second: randomSeed() };
    const [first, second] = [expandComponent(plan, randomSeed()), expandComponent(plan, randomSeed())];
    const products = PARTIES.map(
      (party) => loadComponents(plan, arithmetic, party, keys, first, second).layers.get(1)!.weights.length,
    );
    expect(products).toEqual([1, 2, 2]);
  });
});
