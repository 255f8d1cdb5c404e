/** The non-linear step of two parties on masked bits against integers, at every width that matters, through real messages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivationSpec } from '../../circuits/spec.js';
import { fromBigInts, type RingBits, toBigInts } from '../../src/core/ring.js';
import type { TrustModel } from '../../src/core/trust.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel } from '../../src/model/fixed-model.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { keptBytes } from '../../src/plan/kept.js';
import { compilePlan, type Plan } from '../../src/plan/two.js';
import { ModelMaker, poolOf } from '../support/models.js';
import { connectAll, randomIntegers, runAll } from '../support/session.js';

const BY = ['dealer'] as const;

function planOf(model: FixedModel, preprocessing: (typeof BY)[number], groupBytes?: number): Plan {
  const trust: TrustModel = { parties: 2, preprocessing, security: 'semi-honest', reveal: 'logits' };
  return compilePlan({ graph: model.graph, batch: 1, trust, nonlinear: 'bits' }, groupBytes);
}

/** Shift, activation of integers as the specification has it: (x + c) wrapped to the width, shifted. */
function expected(
  spec: Pick<ActivationSpec, 'width' | 'shift' | 'activation'> & { clipMax?: number },
  x: bigint,
): bigint {
  const constant = spec.shift === 0 ? 0n : 1n << BigInt(spec.shift - 1);
  const shifted = BigInt.asIntN(spec.width, x + constant) >> BigInt(spec.shift);
  if (spec.activation === 'none') return shifted;
  const kept = shifted > 0n ? shifted : 0n;
  return spec.activation === 'clip' && kept > BigInt(spec.clipMax!) ? BigInt(spec.clipMax!) : kept;
}

/** A network of nothing but that step. */
function modelOf(bits: RingBits, count: number, options: object): FixedModel {
  return new ModelMaker(bits, [count]).nonlinear(options).done();
}

function valuesOf(width: number): fc.Arbitrary<bigint> {
  const half = 1n << BigInt(width - 1);
  const edges = [0n, 1n, -1n, half - 1n, -half, half >> 1n, -(half >> 1n)];
  return fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: -half, max: half - 1n }));
}

const CASES: readonly { bits: RingBits; width: number; shift: number }[] = [
  { bits: 32, width: 2, shift: 1 },
  { bits: 32, width: 8, shift: 0 },
  { bits: 32, width: 8, shift: 7 },
  { bits: 32, width: 16, shift: 5 },
  { bits: 32, width: 32, shift: 0 },
  { bits: 32, width: 32, shift: 1 },
  { bits: 32, width: 32, shift: 12 },
  { bits: 32, width: 32, shift: 31 },
  { bits: 64, width: 8, shift: 3 },
  { bits: 64, width: 37, shift: 12 },
  { bits: 64, width: 64, shift: 0 },
  { bits: 64, width: 64, shift: 33 },
];

describe.each(BY)('by %s, non-linear steps on masked bits give the integers of the specification', (by) => {
  for (const { bits, width, shift } of CASES) {
    for (const activation of ['relu', 'none', 'clip'] as const) {
      it(`${activation}, ${width} of ${bits} bits, shift ${shift}`, async () => {
        const clipMax = Math.min(5, 2 ** Math.max(0, width - shift - 2));
        const options = { width, shift, activation, ...(activation === 'clip' ? { clipMax } : {}) };
        await fc.assert(
          fc.asyncProperty(fc.array(valuesOf(width), { minLength: 1, maxLength: 150 }), async (values) => {
            const model = modelOf(bits, values.length, options);
            const [outcome] = await runAll(planOf(model, by), model, [fromBigInts(bits, values)]);
            const wanted = values.map((x) => expected({ width, shift, activation, clipMax }, x));
            expect(toBigInts(bits, outcome!.output)).toEqual(wanted);
          }),
          { numRuns: 4 },
        );
      });
    }
  }

  const spread = (count: number): bigint[] =>
    Array.from({ length: count }, (_, i) => BigInt(((i * 7919) % 2 ** 20) - 2 ** 19));

  it('in several chunks side by side, in as many rounds as one', async () => {
    const options = { width: 20, shift: 6 };
    const model = modelOf(32, 50_001, options);
    const plan = planOf(model, by);
    const step = plan.steps[1]!;
    if (step.kind !== 'bits') throw new Error('expected a step on masked bits');
    expect(step.groups.map((chunks) => chunks.length > 1)).toEqual([true]);
    const values = spread(50_001);
    const [outcome] = await runAll(plan, model, [fromBigInts(32, values)]);
    expect(toBigInts(32, outcome!.output)).toEqual(values.map((x) => expected({ ...options, activation: 'relu' }, x)));
    expect(outcome!.traffic.offline).toEqual(plan.predicted.offline);
    expect(outcome!.traffic.online).toEqual(plan.predicted.online);
    expect(outcome!.onlineRounds).toBe(plan.predicted.rounds.online);
    expect(plan.predicted.rounds).toEqual(planOf(modelOf(32, 1, options), by).predicted.rounds);
  });

  it.each(['relu', 'none'] as const)(
    'in several groups one after another, %s, at the predicted cost',
    async (activation) => {
      const options = { width: 20, shift: 6, activation };
      const model = modelOf(32, 50_001, options);
      const plan = planOf(model, by, 1024 * 1024);
      const step = plan.steps[1]!;
      if (step.kind !== 'bits') throw new Error('expected a step on masked bits');
      expect(step.groups.length).toBeGreaterThan(1);
      const values = spread(50_001);
      const [outcome] = await runAll(plan, model, [fromBigInts(32, values)]);
      expect(toBigInts(32, outcome!.output)).toEqual(values.map((x) => expected(options, x)));
      expect(outcome!.traffic.offline).toEqual(plan.predicted.offline);
      expect(outcome!.traffic.online).toEqual(plan.predicted.online);
      expect(outcome!.onlineRounds).toBe(plan.predicted.rounds.online);
    },
  );
});

/** What a source makes is compared with a dealer's in test/correlations/bits-transfers.test.ts. */
describe.each(['softspoken', 'silent'] as const)('without a dealer, by %s transfers', (transfers) => {
  it('a ReLU and a maximum are computed at the predicted cost, by one thread or two', async () => {
    const options = { width: 20, shift: 6 };
    const maker = new ModelMaker(32, [20, 20, 11]).nonlinear(options);
    const model = maker.nonlinear({ width: 16, shift: 0, pool: poolOf([20, 20, 11], 2, 2) }).done();
    const trust: TrustModel = { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' };
    const plan = compilePlan({ graph: model.graph, batch: 1, trust, nonlinear: 'bits', transfers });
    const input = randomIntegers(20 * 20 * 11, 32, 20, 'transferred');
    const [outcome] = await runAll(plan, model, [input], connectAll(), undefined, transfers === 'silent' ? 1 : 2);
    expect(outcome!.output).toEqual(evaluatePlain(model, referenceKernels(), 1, input).output);
    expect(outcome!.traffic).toMatchObject({ offline: plan.predicted.offline, online: plan.predicted.online });
    expect(outcome!.offlineRounds).toBe(plan.predicted.rounds.offline);
    expect(outcome!.onlineRounds).toBe(plan.predicted.rounds.online);
    expect(keptBytes(plan)[0]).toBe(keptBytes(plan)[1]);
  });
});
