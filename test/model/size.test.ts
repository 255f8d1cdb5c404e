/** Networks of many steps: what the passes do must not grow with the square of them. */
import { describe, expect, test } from 'vitest';
import { dense } from '../../src/core/linear-map.js';
import { range } from '../../src/core/nd.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import { fold } from '../../src/model/passes/fold.js';
import { checkFits } from '../../src/model/quantize/size.js';

/** `blocks` times a dense layer, an affine step of its outputs and a ReLU, each block added to its input. */
function deep(blocks: number): Graph {
  const builder = new GraphBuilder();
  let x = builder.input('input', [4]);
  for (let i = 0; i < blocks; i++) {
    const weights = new Float64Array(16).fill(0.25);
    const numbers = new Float64Array(4).fill(0.5);
    const linear = builder.add({ op: 'linear', name: `linear${i}`, inputs: [x], map: dense(4, 4), weights });
    const affine = builder.add({
      op: 'affine',
      name: `affine${i}`,
      inputs: [linear],
      factor: numbers,
      offset: numbers,
    });
    const relu = builder.add({ op: 'nonlinear', name: `relu${i}`, inputs: [affine], activation: 'relu' });
    x = builder.add({ op: 'add', name: `add${i}`, inputs: [x, relu] });
  }
  return builder.finish('deep', x);
}

describe('a network of many steps', () => {
  test('is folded', () => {
    const { nodes } = fold(deep(1250));
    expect(nodes).toHaveLength(1 + 3 * 1250);
  });
});

describe('a network that no party has room for', () => {
  const built = (add: (builder: GraphBuilder) => number): Graph => {
    const builder = new GraphBuilder();
    return builder.finish('large', add(builder));
  };

  test('is refused before it is computed with, by its weights, an image, or all weights together', () => {
    const map = dense(20, 30);
    const layer = (builder: GraphBuilder, name: string, x: number): number =>
      builder.add({ op: 'linear', name, inputs: [x], map, weights: new Float32Array(600) });
    const weights = built((builder) => layer(builder, 'fc', builder.input('x', [20])));
    expect(() => checkFits(weights, 3 * 4 * 600)).not.toThrow();
    expect(() => checkFits(weights, 3 * 4 * 600 - 1)).toThrow(
      expect.objectContaining({ code: 'OUT_OF_MEMORY', message: expect.stringMatching(/^layer fc: .* Use smaller/) }),
    );
    const two = built((builder) => {
      const first = layer(builder, 'one', builder.input('x', [20]));
      return layer(builder, 'two', builder.gather('part', first, 0, range(0, 20)));
    });
    expect(() => checkFits(two, 4 * 4 * 600 - 1)).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY' }));
    const image = built((builder) =>
      builder.add({ op: 'nonlinear', name: 'relu', inputs: [builder.input('x', [900])], activation: 'relu' }),
    );
    expect(() => checkFits(image, 3 * 4 * 900 - 1)).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY' }));
  });
});
