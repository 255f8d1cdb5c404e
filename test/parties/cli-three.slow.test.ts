/** tacit infer and plan with three parties: the same contract, the same bits. */
import { expect, test } from 'vitest';
import { inferSchema, planSchema } from './support/schema.js';
import { tacit } from './support/tacit.js';

async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await tacit([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('infer prints what the contract says, bit-identical, with the bytes that the plan predicted', async () => {
  const report = inferSchema.parse(await json('infer', 'minionn-mnist', '--parties', '3', '--input', 'mnist:0-2'));
  expect(report.trust).toEqual({ parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' });
  expect(report.check).toMatchObject({ bitIdentical: true, agreement: 1, wrapped: [] });
  expect(report.online.bytes).toEqual(report.online.predictedBytes);
  expect(Object.values(report.offline.bytes).every((bytes) => bytes === 0)).toBe(true);
  expect(report.peakMemoryBytes).toHaveProperty('party2');
});

test('two and three parties give the same bits', async () => {
  const args = ['infer', 'secureml', '--input', 'mnist:3-5', '--ring', '64', '--parties'];
  const [two, three] = [await json(...args, '2'), await json(...args, '3')].map((report) => inferSchema.parse(report));
  expect(three!.outputs).toEqual(two!.outputs);
});

test('the label alone is opened', async () => {
  const report = inferSchema.parse(
    await json('infer', 'secureml', '--parties', '3', '--input', 'mnist:0-3', '--reveal', 'label'),
  );
  expect(report.outputs[0]).toMatchObject({ shape: [3, 1], data: [7, 2, 1] });
});

test('the best three alone are opened', async () => {
  const report = inferSchema.parse(
    await json('infer', 'secureml', '--parties', '3', '--input', 'mnist:0-3', '--reveal', 'top:3'),
  );
  expect(report.outputs[0]).toMatchObject({ shape: [3, 3] });
  expect(report.outputs[0]!.data.filter((_, i) => i % 3 === 0)).toEqual([7, 2, 1]);
  expect(report.check).toMatchObject({ bitIdentical: true });
});

test('preprocessing is refused, whichever it is', async () => {
  for (const who of ['dealer', 'ot']) {
    const { code, stderr } = await tacit(['plan', 'secureml', '--parties', '3', '--preprocessing', who]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `tacit: expected no --preprocessing with --parties 3, got ${who}. Three parties prepare nothing: leave it out\n`,
    });
  }
});

test('plan adds up to its totals, nothing offline', async () => {
  const { steps, totals } = planSchema.parse(
    await json('plan', 'minionn-mnist', '--parties', '3', '--reveal', 'top:2'),
  );
  const sum = (traffic: object): number => Object.values(traffic).reduce((total, bytes) => total + bytes, 0);
  expect(steps.reduce((total, step) => total + step.onlineBytes, 0)).toBe(sum(totals.online));
  expect(steps.reduce((total, step) => total + step.rounds, 0)).toBe(totals.rounds.online);
  expect(sum(totals.offline)).toBe(0);
});
