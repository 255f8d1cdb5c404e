/** tacit infer on larger networks: the same bits, the predicted bytes. */
import { expect, test } from 'vitest';
import { inferSchema } from './support/schema.js';
import { runIn, scratchFolder } from './support/tacit.js';

const run = runIn(scratchFolder());

test.each<readonly string[]>([
  ['lenet', '--input', 'mnist:0-1', '--preprocessing', 'ot', '--softspoken-k', '3'],
  ['minionn-mnist', '--input', 'mnist:0-2', '--preprocessing', 'ot'],
  ['lenet', '--input', 'mnist:0-1', '--parties', '3'],
  ['minionn-cifar', '--input', 'random:2', '--parties', '3'],
  ['resnet-20', '--input', 'random:1', '--parties', '3'],
  ['squeezenet', '--input', 'random:1', '--parties', '3'],
])('%s %s %s %s %s', async (...args) => {
  const report = await run(inferSchema, 'infer', ...args);
  expect(report.check).toMatchObject({ bitIdentical: true, agreement: 1, wrapped: [] });
  for (const phase of [report.setup, report.offline, report.online]) expect(phase.bytes).toEqual(phase.predictedBytes);
});

test('runs in the 64-bit ring, with calibrated widths, over a shaped link', async () => {
  const args = [
    'minionn-mnist',
    '--input',
    'mnist:0-2',
    '--ring',
    '64',
    '--fraction-bits',
    '12,14',
    '--network',
    '10,500',
  ];
  const report = await run(inferSchema, 'infer', ...args, '--calibrate', 'mnist:0-20', '--unproven');
  expect(report.fixedPoint).toMatchObject({ ringBits: 64, activationFractionBits: 12, weightFractionBits: 14 });
  expect(report.fixedPoint.guaranteed).toBe(false);
  expect(report.network).toEqual({ name: '10,500', roundTripMs: 10, megabits: 500 });
  expect(report.check).toMatchObject({ bitIdentical: true, agreement: 1 });
  expect(report.online.ms).toBeGreaterThan(5 * report.online.rounds);
});
