/** Linear steps of three parties: what each multiplies. */
import { describe, expect, it } from 'vitest';
import { randomSeed } from '../../src/core/prg.js';
import type { TrustModel } from '../../src/core/trust.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { expandComponent, loadComponents } from '../../src/offline/setup-three.js';
import { compileThree } from '../../src/plan/three.js';
import { PARTIES } from '../../src/protocols/three/step.js';
import { ModelMaker } from '../support/models.js';

const TRUST: TrustModel = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' };

/** Directions in which a step of a plan sends. */
function directionsOf(model: FixedModel, index: number): string[] {
  const { online } = compileThree({ graph: model.graph, batch: 1, trust: TRUST }).costs[index]!;
  return online.flatMap((move) => Object.keys(move)).sort();
}

describe('a linear step', () => {
  it('sends party 2 nothing of what only Boolean steps read, also through local steps', () => {
    const maker = new ModelMaker(32, [4, 4, 2]).conv({});
    maker
      .push({ op: 'reshape', shape: [8], inputs: [maker.last] })
      .nonlinear()
      .dense(3);
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
    maker.push({ op: 'reshape', shape: [2, 3], inputs: [maker.last] });
    expect(directionsOf(maker.done(), 1)).toEqual([]);
  });

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
