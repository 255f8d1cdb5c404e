/** Networks of many steps: what the passes do must not grow with the square of them. */
import { describe, expect, test } from 'vitest';
import { dense } from '../../src/core/linear-map.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import { fold } from '../../src/model/passes/fold.js';

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
