/** tacit plan: the contract of its JSON, and that its parts add up. */
import { describe, expect, test } from 'vitest';
import type { PlanReport } from '../../parties/cli/plan-report.js';
import { bytesIn } from '../../src/plan/plan.js';
import { tacitHere } from './support/here.js';
import { planSchema } from './support/schema.js';
import { exampleOf, tacit } from './support/tacit.js';

async function plan(...args: string[]): Promise<PlanReport> {
  const { code, stdout, stderr } = await tacitHere(['plan', ...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return planSchema.parse(JSON.parse(stdout));
}

function sum(steps: PlanReport['steps'], field: 'onlineBytes' | 'offlineBytes' | 'rounds'): number {
  return steps.reduce((total, step) => total + step[field], 0);
}

describe('plan', () => {
  test('lists the operators of each kind of file', async () => {
    const { code, stdout } = await tacitHere(['plan', '--operators', '--json']);
    expect(code).toBe(0);
    const { operators } = JSON.parse(stdout);
    expect(operators['ONNX operators']).toEqual(expect.arrayContaining(['Conv', 'If', 'Softmax']));
    expect(operators['Keras and tfjs layers']).toContain('Conv2D');
    expect((await tacitHere(['plan'])).code).toBe(2);
  });

  test('steps add up to the totals', async () => {
    const { steps, totals, predictedMs, model } = await plan('minionn-mnist', '--batch', '4', '--reveal', 'label');
    expect(model.relus).toBe(2660);
    expect(sum(steps, 'onlineBytes')).toBe(totals.online['0->1'] + totals.online['1->0']);
    expect(sum(steps, 'rounds')).toBe(totals.rounds.online);
    // beside the steps each party gets a seed of the same size
    expect(sum(steps, 'offlineBytes')).toBe(
      bytesIn(totals.offline, 'dealer->1') - bytesIn(totals.offline, 'dealer->0'),
    );
    expect(predictedMs.wan.online).toBeGreaterThan(predictedMs.lan.online);
    expect(steps.map((step) => step.kind)).toEqual([
      'input',
      'conv',
      'max+relu',
      'conv',
      'max+relu',
      'move',
      'dense',
      'relu',
      'dense',
      'reveal',
    ]);
  });

  test('squares are products, and never negative', async () => {
    for (const parties of ['2', '3']) {
      const { steps } = await plan('cryptonets', '--parties', parties);
      const products = steps.filter(({ kind }) => kind === 'product');
      expect(products.map(({ name, outputShape }) => [name, ...outputShape])).toEqual([
        ['conv1_square', 13, 13, 5],
        ['fc1_square', 100],
      ]);
      for (const { guaranteed, onlineBytes } of products) {
        expect(guaranteed!.low).toBe(0);
        expect(onlineBytes).toBeGreaterThan(0);
      }
    }
  });

  test('bounds are proven for the declared range, and observed ones lie within', async () => {
    const proven = await plan('secureml', '--input-range', '-1,1');
    expect(proven.inputRange).toEqual({ low: -1, high: 1 });
    expect(proven.steps[0]!.guaranteed).toEqual({ low: -1, high: 1 });
    expect(proven.steps.every((step) => step.observed === null)).toBe(true);
    const observed = await plan('secureml', '--calibrate', 'mnist:0-10');
    for (const { guaranteed, observed: seen } of observed.steps) {
      expect(seen!.low).toBeGreaterThanOrEqual(guaranteed!.low);
      expect(seen!.high).toBeLessThanOrEqual(guaranteed!.high);
    }
  });

  test('says how each non-linear step is computed, and on a network why', async () => {
    const ways = async (...flags: string[]): Promise<(string | undefined)[]> => {
      const { steps } = await plan('minionn-mnist', ...flags);
      const chosen = steps.filter(({ nonlinear }) => nonlinear?.predicted);
      for (const { nonlinear } of chosen) {
        const { gc, bits } = nonlinear!.predicted!;
        expect(nonlinear!.by).toBe(gc <= bits ? 'gc' : 'bits');
      }
      return steps.flatMap(({ nonlinear }) => (nonlinear ? [nonlinear.by] : []));
    };
    expect(await ways()).toEqual(['gc', 'gc', 'gc']);
    expect(await ways('--nonlinear', 'bits')).toEqual(['bits', 'bits', 'bits']);
    expect((await ways('--network', 'lan')).slice(0, 2)).toEqual(['bits', 'bits']);
    expect((await ways('--network', 'wan')).at(-1)).toBe('gc');
    expect(await ways('--network', 'wan', '--batch', '64')).toContain('bits');
    const { stdout } = await tacitHere(['plan', 'minionn-mnist', '--network', 'lan']);
    expect(stdout).toMatch(/non-linear step +by +gc would take +bits/);
  });

  test('without a dealer it says which operand of a linear step chooses, and the cost follows', async () => {
    const { steps } = await plan('minionn-mnist', '--preprocessing', 'ot');
    // elements of the operand that chooses, and multiply-adds
    const linear = {
      conv1: ['weights', 400, 230_400],
      conv2: ['activations', 2304, 409_600],
      fc1: ['activations', 256, 25_600],
      logits: ['activations', 100, 1000],
    } as const;
    for (const [name, [chooser, elements, macs]] of Object.entries(linear)) {
      const step = steps.find((each) => each.name === name)!;
      expect(step.chooser).toBe(chooser);
      const m = step.transfers! / elements;
      const bits = (macs * m * (m + 1)) / 2 + step.transfers! * (128 / 4);
      // frames, start points, and planes of bits that round up: ten bits of logits to two bytes
      expect(step.offlineBytes / ((2 * bits) / 8)).toBeGreaterThanOrEqual(1);
      expect(step.offlineBytes / ((2 * bits) / 8)).toBeLessThan(1.12);
    }
    expect(steps.filter((step) => step.chooser !== null).map((step) => step.name)).toEqual(Object.keys(linear));
    // party 1's mask: a transfer a bit of each of the four values of 2,304 maxima
    expect(steps.find(({ name }) => name === 'pool1')!.transfers).toBe(2304 * 4 * 21);
    const dealt = await plan('minionn-mnist');
    expect(dealt.needs.dealer!.bundleBytes).toBe(0);
    expect(dealt.needs.party1!.bundleBytes).toBeGreaterThan(0);
    expect(dealt.steps.every((step) => step.chooser === null && step.transfers === null)).toBe(true);
    const { stdout } = await tacitHere(['plan', 'lenet', '--preprocessing', 'ot']);
    expect(stdout).toMatch(/^conv1 +weights +[\d,]+ +[\d.]+ MB$/m);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  test('its example runs', async () => {
    const { code, stdout, stderr } = await tacit(await exampleOf('plan'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^total /m);
  });

  test('the table fits 100 columns', async () => {
    const { code, stdout, stderr } = await tacitHere([
      'plan',
      'lenet',
      '--reveal',
      'top:3',
      '--calibrate',
      'mnist:0-4',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(/^fc1_relu +relu +500 /m);
    expect(stdout).toMatch(/^online .* m?s$/m);
  });
});
