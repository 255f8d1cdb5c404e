/** What an inference reports of passes that are not alike. */
import { describe, expect, it } from 'vitest';
import { renderInfer } from '../../parties/cli/render.js';
import { type InferReport, reportOf } from '../../parties/cli/report.js';
import { loadNamed, type ModelFlags, planInputOf, prepareSubject } from '../../parties/cli/subject.js';
import type { Pass } from '../../parties/config.js';
import { mapTraffic } from '../../src/plan/plan.js';
import { compilePlan } from '../../src/plan/two.js';

const flags: ModelFlags = {
  ring: 'auto',
  reveal: 'logits',
  parties: 2,
  preprocessing: 'dealer',
};
const subject = await prepareSubject(await loadNamed('secureml'), flags);
const { predicted } = compilePlan(planInputOf(subject, 1));
const times = (count: number) => mapTraffic(predicted.offline, (bytes) => count * bytes);

/** Two batches, `stored` of whose bundles were there. */
function pass(stored: number): Pass {
  const made = 2 - stored;
  return {
    offline: { ms: 100 * made, bytes: times(made), rounds: made > 0 ? 1 : 0 },
    online: { ms: 10, bytes: predicted.online, rounds: 6 },
    uploadBytes: 1,
    downloadBytes: 1,
    stored,
    made,
  };
}

function report(...stored: readonly number[]): InferReport {
  const cost = { ms: 1, bytes: predicted.setup, rounds: 1 };
  const result = {
    outputs: new Uint32Array(20),
    repeatable: true,
    setup: cost,
    resumed: false,
    passes: stored.map(pass),
    peakMemoryBytes: {},
    startMs: 1,
    totalMs: 2,
  };
  const inputs = { values: new Float32Array(2 * 784), count: 2, notes: [] };
  return reportOf({ subject, inputs, batch: 1, network: undefined, background: false, result, check: null });
}

describe('the report of several passes', () => {
  it.each([
    ['alike', [0, 0, 0], 0],
    ['one of each kind: what had to be made', [1, 0], 0],
    ['mostly from store', [2, 2, 1, 0], 2],
    ['mostly made', [2, 1, 0, 0, 0], 0],
  ])('%s', (_, passes, stored) => {
    const { bundles, offline } = report(...passes);
    const found = passes.reduce((sum, count) => sum + count, 0);
    const total = { stored: found, made: 2 * passes.length - found };
    expect(bundles).toEqual({ stored, made: 2 - stored, total });
    expect(offline.bytes).toEqual(offline.predictedBytes);
    expect(offline.ms).toBe(100 * (2 - stored));
  });

  it.each([
    [[2, 2, 1, 0], /^bundles +5 from the store, 3 made for this run, in all 4 passes$/m],
    [[1, 0, 0], /^bundles +1 from the store, 5 made for this run, in all 3 passes$/m],
    [[1], /^bundles +1 from the store, 1 made for this run$/m],
  ])('%j says to a person what all passes spent', (passes, bundles) => {
    expect(renderInfer(report(...passes))).toMatch(bundles);
  });
});
