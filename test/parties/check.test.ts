/** The comparison with the plain evaluators. */
import { expect, test } from 'vitest';
import { allowedError, checkOutcome } from '../../parties/cli/check.js';
import { encode } from '../../src/core/fixed.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import { GraphBuilder } from '../../src/model/graph.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { quantize } from '../../src/model/quantize/quantize.js';

test('each output has its own error, however small it is beside the others', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', [2]);
  const large = builder.add({ op: 'scale', name: 'large', inputs: [x], factors: [64] });
  const graph = builder.finishAll('net', [
    { name: 'large', id: large },
    { name: 'small', id: x },
  ]);
  const { model, report: ranges } = await quantize(graph, { activationFractionBits: 8 });
  const values = Float32Array.of(0.5, 0.25, 1, 0.5);
  const { nodes, output } = model.graph;
  const words = evaluatePlain(
    model,
    wasmKernels(loadKernelModule()),
    2,
    encode(32, nodes[0]!.fractionBits, values),
  ).output;
  const trust = { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' } as const;
  const subject = { graph, model, ranges, trust } as Parameters<typeof checkOutcome>[0];
  const inputs = { values, count: 2 } as Parameters<typeof checkOutcome>[1];
  const check = async () => (await checkOutcome(subject, inputs, words)).check;
  expect(await check()).toMatchObject({
    outputErrors: [
      { name: 'large', error: 0 },
      { name: 'small', error: 0 },
    ],
    withinTolerance: true,
  });
  // the last element of the second input's small output: 0.5 becomes 1, where all are 0.5, 0.25, 1, 0.5
  words[7] = 2 ** nodes[output]!.fractionBits;
  expect(await check()).toMatchObject({
    outputErrors: [
      { name: 'large', error: 0 },
      { name: 'small', error: expect.closeTo(0.5 / Math.hypot(0.5, 0.25, 1, 0.5), 6) },
    ],
    withinTolerance: false,
  });
});

test('one input may be off by twice the tolerance', () => {
  expect([1, 2].map((inputs) => allowedError(0.02, inputs))).toEqual([0.04, 0.02]);
});
