/** Models for other runtimes: what they read, byte for byte; onnxruntime 1.30 loads the first and gives [3.5, 0] for [1, 2]. */
import { describe, expect, it } from 'vitest';
import { onnxOf } from '../../bench/onnx.js';
import { zooModelPath } from '../../models/zoo.js';
import { dense } from '../../src/core/linear-map.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
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

const SMALL = [
  '0808', // IR version
  '3a9701', // graph
  '2a11080210014201314a080000003f00000000', // constant
  '2a1b0802080210014201324a100000803f000080bf0000803f00000000', // constant
  '0a160a05696e7075740a01320a0131120133220447656d6d', // node
  '0a0c0a0133120134220452656c75', // node
  '12076e6574776f726b', // name
  '5a1c0a05696e70757412130a110801120d0a07120562617463680a020802', // input
  '62180a013412130a110801120d0a07120562617463680a020802', // output
  '42040a001011', // operator set
];

describe('a model as ONNX', () => {
  it('is the message that its schema says', () => {
    expect(Buffer.from(onnxOf(small())).toString('hex')).toBe(SMALL.join(''));
  });

  it('has kernels as [out, in, height, width]', () => {
    const map = { ...dense(2, 2), inHeight: 1, inWidth: 2, kernelWidth: 2 };
    const builder = new GraphBuilder();
    const x = builder.input('x', [1, 2, 2]);
    // [tap][in][out], each value its place
    const weights = Float32Array.of(0, 1, 10, 11, 100, 101, 110, 111);
    const output = builder.add({ op: 'linear', name: 'y', inputs: [x], map, weights });
    const kernel = Buffer.from(Float32Array.of(0, 100, 10, 110, 1, 101, 11, 111).buffer);
    expect(Buffer.from(onnxOf(builder.finish('conv', output))).includes(kernel)).toBe(true);
  });

  it.each(['secureml', 'cryptonets-relu', 'minionn-mnist', 'lenet'])('is made of %s', async (name) => {
    const bytes = onnxOf(await loadModel(zooModelPath(name)!));
    expect(bytes.length).toBeGreaterThan(100_000);
  });

  it('is refused with a layer that it has no words for', () => {
    const graph = small();
    const clipped = { ...graph.nodes[2]!, op: 'nonlinear', activation: 'clip', clipMax: 6 } as const;
    const nodes = [...graph.nodes.slice(0, 2), clipped];
    expect(() => onnxOf({ ...graph, nodes })).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_LAYER' }));
  });
});
