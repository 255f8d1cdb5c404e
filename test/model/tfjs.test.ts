import { describe, expect, test } from 'vitest';
import { evaluateFloat } from '../../src/model/float.js';
import { ended } from '../../src/model/ops/ending.js';
import { fold } from '../../src/model/passes/fold.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { MORE_NETWORKS } from './more-networks.js';
import { NETWORKS } from './networks.js';
import { evaluateFixed, importSaved, maxDifference, predict, randomInput, save, tf } from './support.js';

const BATCH = 3;

describe.each(Object.entries({ ...NETWORKS, ...MORE_NETWORKS }))('%s', (_, build) => {
  test('imported, folded and in fixed point as tfjs predicts it', async () => {
    const model = build();
    const saved = await save(model, 7);
    const size = (model.inputs[0]!.shape.slice(1) as number[]).reduce((a, b) => a * b);
    const input = randomInput(3, BATCH * size);
    await tf.setBackend('cpu');
    const expected = predict(model, input, BATCH);
    const graph = await importSaved(saved);
    expect(
      maxDifference(ended(graph.outputs, (await evaluateFloat(graph, BATCH, input)).logits), expected),
    ).toBeLessThan(1e-5);
    expect(
      maxDifference(ended(graph.outputs, (await evaluateFloat(fold(graph), BATCH, input)).logits), expected),
    ).toBeLessThan(1e-5);
    const fixed = await quantize(graph);
    expect(fixed.report.guaranteed).toBe(true);
    expect(maxDifference(ended(graph.outputs, evaluateFixed(fixed.model, BATCH, input)), expected)).toBeLessThan(0.05);
    const fine = await quantize(graph, { ringBits: 64, activationFractionBits: 16, weightFractionBits: 16 });
    expect(maxDifference(ended(graph.outputs, evaluateFixed(fine.model, BATCH, input)), expected)).toBeLessThan(1e-3);
  });
});
