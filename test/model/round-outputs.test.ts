import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../src/core/fixed.js';
import { dense } from '../../src/core/linear-map.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { InputNode } from '../../src/model/fixed-model.js';
import { GraphBuilder } from '../../src/model/graph.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { roundOutputs } from '../../src/model/quantize/round-outputs.js';

const INPUTS = 6;
const OUTPUTS = 4;
const kernels = wasmKernels(loadKernelModule());

function network(): GraphBuilder {
  const builder = new GraphBuilder();
  const input = builder.input('x', [INPUTS]);
  const weights = Float32Array.from({ length: INPUTS * OUTPUTS }, (_, i) => Math.sin(i));
  builder.add({ op: 'linear', name: 'y', inputs: [input], map: dense(INPUTS, OUTPUTS), weights });
  return builder;
}

const graph = network().finish('net', 1);
const quantized = await quantize(graph);
const exact = quantized.model.graph;

function outputsOf({ model }: typeof quantized, values: Float32Array): Float64Array {
  const { nodes, output, ringBits } = model.graph;
  const input = nodes[0] as InputNode;
  const encoded = encode(ringBits, input.fractionBits, values, input);
  const { output: words, wrapped } = evaluatePlain(model, kernels, values.length / INPUTS, encoded);
  expect(wrapped).toEqual([]);
  return decode(ringBits, nodes[output]!.fractionBits, words);
}

describe('outputs rounded inside the computation', () => {
  const values = Float32Array.from({ length: 64 * INPUTS }, (_, i) =>
    i % 7 === 0 ? i % 2 : (Math.sin(i * i) + 1) / 2,
  );

  for (const bits of [0, 2, 5]) {
    it(`to ${bits} fraction bits are the exact ones to the nearest`, () => {
      const rounded = roundOutputs(quantized, bits);
      const exactly = outputsOf(quantized, values);
      expect([...outputsOf(rounded, values)]).toEqual(
        [...exactly].map((value) => Math.floor(value * 2 ** bits + 0.5) / 2 ** bits),
      );
      expect(rounded.model.graph.guaranteed).toBe(true);
      expect(rounded.report.steps.at(-1)).toMatchObject({ name: 'y/round', kind: 'nonlinear', fractionBits: bits });
      expect(rounded.model.graph.nodes.length).toBe(exact.nodes.length + 1);
    });
  }

  it('are left alone where they are that coarse, and refused where that makes no sense', () => {
    expect(roundOutputs(roundOutputs(quantized, 2), 3).model.graph.nodes.length).toBe(exact.nodes.length + 1);
    for (const bits of [-1, 17, 1.5]) {
      expect(() => roundOutputs(quantized, bits)).toThrow(expect.objectContaining({ code: 'BAD_VALUE' }));
    }
  });
});
