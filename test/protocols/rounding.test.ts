import { describe, expect, it } from 'vitest';
import { fromBigInts, type RingBits, toBigInts } from '../../src/core/ring.js';
import type { TrustModel } from '../../src/core/trust.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { compileThree } from '../../src/plan/three.js';
import { compilePlan } from '../../src/plan/two.js';
import { ModelMaker, poolOf } from '../support/models.js';
import { runAll } from '../support/session.js';
import { runThree } from '../support/three.js';

const security = 'semi-honest';
const reveal = 'logits';

/** What opens a model's output on one input. */
type Run = (model: FixedModel, input: Uint32Array) => Promise<Uint32Array>;

const plain: Run = async (model, input) => evaluatePlain(model, referenceKernels(), 1, input).output;

const two: Run = async (model, input) => {
  const trust: TrustModel = { parties: 2, preprocessing: 'dealer', security, reveal };
  const [outcome] = await runAll(compilePlan({ graph: model.graph, batch: 1, trust }), model, [input]);
  return outcome!.output;
};

const three: Run = async (model, input) => {
  const trust: TrustModel = { parties: 3, preprocessing: 'none', security, reveal };
  const [outcome] = await runThree(compileThree({ graph: model.graph, batch: 1, trust }), model, [input]);
  return outcome!.output;
};

function range(low: number, high: number): bigint[] {
  return Array.from({ length: high - low + 1 }, (_, i) => BigInt(low + i));
}

describe.each<[string, Run]>([
  ['the plain evaluator', plain],
  ['two parties', two],
  ['three parties', three],
])('%s', (_, run) => {
  describe.each<RingBits>([32, 64])('at l = %i', (bits) => {
    it.each([1, 2])('round a shift by %i to the nearest, halves upward', async (shift) => {
      for (const activation of ['none', 'relu'] as const) {
        const values = range(-30, 29);
        const model = new ModelMaker(bits, [values.length]).nonlinear({ activation, width: 6, shift }).done();
        const output = toBigInts(bits, await run(model, fromBigInts(bits, values)));
        const rounded = values.map((x) => BigInt(Math.floor(Number(x) / 2 ** shift + 0.5)));
        expect(output).toEqual(rounded.map((x) => (activation === 'relu' && x < 0n ? 0n : x)));
      }
    });

    it.each([0, 1, 3])('let padding win over no element of a window, whatever its size (shift %i)', async (shift) => {
      // windows of 3x3 over one element and its padding
      const pool = poolOf([1, 1, 3], 3, 1, 1);
      const least = -32 - (shift === 0 ? 0 : 2 ** (shift - 1));
      const model = new ModelMaker(bits, [1, 1, 3]).nonlinear({ activation: 'none', width: 6, shift, pool }).done();
      for (const first of [least, least + 6, -1]) {
        const values = range(first, first + 2);
        const output = toBigInts(bits, await run(model, fromBigInts(bits, values)));
        expect(output).toEqual(values.map((x) => BigInt(Math.floor(Number(x) / 2 ** shift + (shift === 0 ? 0 : 0.5)))));
      }
    });
  });
});
