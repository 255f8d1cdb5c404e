import { describe, expect, it } from 'vitest';
import type { Labelled } from '../../audit/attack.js';
import { classes, decoding } from '../../audit/attacks/inversion.js';
import { Random } from '../../audit/random.js';
import { dense } from '../../src/core/linear-map.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import { EFFORT, findingsOf, perceptron, SIDE, SIZE, targetOf } from './support.js';

/** A bright column each, of which the class is the place. */
function columns(count: number): Labelled {
  const random = new Random(1, 'columns');
  const inputs = new Float32Array(count * SIZE);
  const labels = Uint32Array.from({ length: count }, (_, i) => i % SIDE);
  for (let i = 0; i < count; i++) {
    const level = 0.5 + 0.5 * random.uniform();
    for (let y = 0; y < SIDE; y++) inputs[i * SIZE + y * SIDE + labels[i]!] = level;
  }
  return { inputs, labels };
}

/** Each class's logit is the sum of its column. */
function sums(): Graph {
  const builder = new GraphBuilder();
  const flat = builder.reshape('flat', builder.input('image', [SIDE, SIDE, 1]), [SIZE]);
  const weights = Float32Array.from({ length: SIZE * SIDE }, (_, i) =>
    Math.floor(i / SIDE) % SIDE === i % SIDE ? 1 : 0,
  );
  return builder.finish(
    'sums',
    builder.add({ op: 'linear', name: 'sums', inputs: [flat], map: dense(SIZE, SIDE), weights }),
  );
}

describe('inversion', () => {
  it('draws classes that the weights have, and not those of weights that have nothing', async () => {
    const [found] = await findingsOf(classes, await targetOf(sums(), columns(80), SIDE, ['logits']));
    expect(found!.value).toBeGreaterThan(0.8);
    expect(found!.pictures!.length).toBe(SIDE);
    const [nothing] = await findingsOf(classes, await targetOf(perceptron(16, SIDE), columns(80), SIDE, ['logits']));
    expect(nothing!.value).toBeLessThan(0.4);
  });

  it('reads an input from logits that tell it, less of it from labels, and nothing from a constant', async () => {
    const effort = { ...EFFORT, steps: 300 };
    const [logits, label] = await findingsOf(
      decoding,
      await targetOf(sums(), columns(160), SIDE, ['logits', 'label']),
      effort,
    );
    expect(logits!.value).toBeGreaterThan(0.9);
    expect(label!.value).toBeLessThan(logits!.value);
    const noise = columns(160);
    const random = new Random(1, 'noise');
    for (let i = 0; i < noise.inputs.length; i++) noise.inputs[i] = random.uniform();
    const [nothing] = await findingsOf(decoding, await targetOf(perceptron(4, 2), noise, 2, ['label']), effort);
    expect(nothing!.value).toBeLessThan(0.1);
  });
});
