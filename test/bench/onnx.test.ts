/** Models for other runtimes, read by our own importer. */
import { describe, expect, it } from 'vitest';
import { onnxOf } from '../../bench/onnx.js';
import { zooModelPath } from '../../models/zoo.js';
import { dense } from '../../src/core/linear-map.js';
import { sizeOf } from '../../src/core/ring.js';
import { evaluateFloat } from '../../src/model/float.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import { importOnnx } from '../../src/model/import/onnx/import.js';
import { loadModel } from '../../src/model/load.js';

/** Rows of W are inputs: y = relu([x0 + x1 + 0.5, -x0]). */
function small(): Graph {
  const builder = new GraphBuilder();
  const x = builder.input('x', [2]);
  const y = builder.add({
    op: 'linear',
    name: 'y',
    inputs: [x],
    map: dense(2, 2),
    weights: Float32Array.of(1, -1, 1, 0),
    bias: Float32Array.of(0.5, 0),
  });
  const output = builder.add({ op: 'nonlinear', name: 'relu', inputs: [y], activation: 'relu' });
  return builder.finish('small', output);
}

describe('a model as ONNX', () => {
  /** What the importer makes of it, on batches of one. */
  async function readAgain(graph: Graph): Promise<Graph> {
    return importOnnx(onnxOf(graph), async () => new Uint8Array());
  }

  it.each<readonly [string, () => Promise<Graph>]>([
    ['one made by hand', async () => small()],
    ...['secureml', 'cryptonets-relu', 'minionn-mnist', 'lenet'].map(
      (name) => [name, () => loadModel(zooModelPath(name)!)] as const,
    ),
  ])('is read again as the network that it was: %s', async (_, build) => {
    const graph = await build();
    const input = Float32Array.from({ length: sizeOf(graph.inputs[0]!.shape) }, (_, i) => ((i * 37) % 101) / 101);
    const { logits } = await evaluateFloat(await readAgain(graph), 1, input);
    const expected = (await evaluateFloat(graph, 1, input)).logits;
    expect(logits.length).toBe(expected.length);
    for (const [i, value] of expected.entries()) expect(logits[i]).toBeCloseTo(value, 3);
  });

  it('is refused with a layer that it has no words for', () => {
    const graph = small();
    const clipped = { ...graph.nodes[2]!, op: 'nonlinear', activation: 'clip', clipMax: 6 } as const;
    const nodes = [...graph.nodes.slice(0, 2), clipped];
    expect(() => onnxOf({ ...graph, nodes })).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_LAYER' }));
  });
});
