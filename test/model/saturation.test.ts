/** Steps that saturate: one deep network of each kind; saturation.slow.test.ts has the others. */
import { describe, expect, test } from 'vitest';
import { dense } from '../../src/core/linear-map.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { RANGES } from './deep.js';
import { BOTH_SIGNS, describeBothSigns, describeResnets } from './saturation-cases.js';

describeResnets(RANGES.slice(0, 1));
describeBothSigns(BOTH_SIGNS.slice(0, 1));

describe('saturation', () => {
  const weights = Float32Array.of(1, -1, 0.5, 2);
  const map = dense(2, 2);

  function relus(activation: { activation: 'relu' } | { activation: 'clip'; clipMax: number }): Graph {
    const builder = new GraphBuilder();
    const fc = builder.add({ op: 'linear', name: 'fc', inputs: [builder.input('in', [2])], map, weights });
    return builder.finish('net', builder.add({ op: 'nonlinear', name: 'act', inputs: [fc], ...activation }));
  }

  test('is for what has no proof without it', async () => {
    const { report } = await quantize(relus({ activation: 'relu' }), { calibration: Float32Array.of(0.1, 0.1) });
    expect(report.guaranteed).toBe(true);
    expect(report.steps.map(({ saturatesAt }) => saturatesAt)).toEqual([undefined, undefined, undefined]);
    expect(report.steps.every(({ observed }) => observed !== undefined)).toBe(true);
  });

  test('needs no calibration inputs, which unproven plans do', async () => {
    await expect(quantize(relus({ activation: 'relu' }), { unproven: true })).rejects.toThrow(
      expect.objectContaining({ code: 'BAD_VALUE' }),
    );
  });
});
