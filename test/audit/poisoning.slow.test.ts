import { describe, expect, it } from 'vitest';
import { backdoor, flips } from '../../audit/attacks/poisoning.js';
import { Random } from '../../audit/random.js';
import { outliers } from '../../audit/sanitising/spectral.js';
import { dense } from '../../src/core/linear-map.js';
import { gather, range } from '../../src/core/nd.js';
import type { Graph } from '../../src/model/graph.js';
import { GraphBuilder } from '../../src/model/graph.js';
import { EFFORT, findingsOf, levels, perceptron, SIDE, targetOf } from './support.js';

const TRAIN = levels(300, 0.35, 0.6, 0.35, 'train');
const TEST = levels(200, 0.35, 0.6, 0.35, 'test');
const LONG = { ...EFFORT, steps: 400 };

/** Sees the upper half of the image alone. */
function blindBelow(): Graph {
  const builder = new GraphBuilder();
  const input = builder.input('image', [SIDE, SIDE, 1]);
  const upper = builder.move('upper', [input], ([x]) => gather(x!, 0, range(0, SIDE / 2)));
  const inputs = (SIDE * SIDE) / 2;
  const flat = builder.reshape('flat', upper, [inputs]);
  const random = new Random(1, 'blind');
  const weights = Float32Array.from({ length: inputs * 2 }, () => 0.1 * random.normal());
  return builder.finish(
    'blind',
    builder.add({
      op: 'linear',
      name: 'upper/dense',
      inputs: [flat],
      map: dense(inputs, 2),
      weights,
      bias: new Float32Array(2),
    }),
  );
}

describe('poisoning', () => {
  it('wrong labels cost accuracy', async () => {
    const found = await findingsOf(flips, await targetOf(perceptron(128, 2), TEST, 2, ['label'], TRAIN), LONG);
    const [clean, , many] = found.map(({ value }) => value);
    expect(clean).toBeGreaterThan(0.95);
    expect(many).toBeLessThan(clean! - 0.02);
  });

  it('a trigger turns what a network has learnt that sees it, and nothing where it sees none', async () => {
    const found = await findingsOf(backdoor, await targetOf(perceptron(64, 2), TEST, 2, ['label'], TRAIN), LONG);
    const successes = found.filter(({ metric, defence }) => metric === 'trigger success' && defence === undefined);
    expect(successes.at(-1)!.value).toBeGreaterThan(0.8);
    const blind = await findingsOf(backdoor, await targetOf(blindBelow(), TEST, 2, ['label'], TRAIN), LONG);
    for (const { value } of blind.filter(({ metric }) => metric === 'trigger success')) expect(value).toBeLessThan(0.1);
  });

  it('spectral signatures name the rows that lie out along one direction, and nothing of an empty class', () => {
    const random = new Random(1, 'rows');
    const rows = Array.from({ length: 50 }, (_, i) =>
      Float32Array.from({ length: 8 }, (__, j) => random.normal() * 0.1 + (i < 5 && j === 3 ? 4 : 0)),
    );
    expect([...outliers(rows, 5)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
    expect(outliers([], 3)).toEqual([]);
  });
});
