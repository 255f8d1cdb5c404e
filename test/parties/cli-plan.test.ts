/** tacit plan: the contract of its JSON, and that its parts add up. */
import { describe, expect, test } from 'vitest';
import type { PlanReport } from '../../parties/cli/plan-report.js';
import { bytesIn } from '../../src/plan/any.js';
import { planSchema } from './support/schema.js';
import { exampleOf, tacit } from './support/tacit.js';

async function plan(...args: string[]): Promise<PlanReport> {
  const { code, stdout, stderr } = await tacit(['plan', ...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return planSchema.parse(JSON.parse(stdout));
}

function sum(steps: PlanReport['steps'], field: 'onlineBytes' | 'offlineBytes' | 'rounds'): number {
  return steps.reduce((total, step) => total + step[field], 0);
}

describe('plan', () => {
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
      'reshape',
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

  test('its example runs', async () => {
    const { code, stdout, stderr } = await tacit(await exampleOf('plan'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^total /m);
  });

  test('the table fits 100 columns', async () => {
    const { code, stdout, stderr } = await tacit(['plan', 'lenet', '--reveal', 'top:3', '--calibrate', 'mnist:0-4']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(/^fc1_relu +relu +500 /m);
    expect(stdout).toMatch(/^online .* m?s$/m);
  });
});
