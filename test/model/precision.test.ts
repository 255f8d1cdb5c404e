import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readNpy } from '../../parties/cli/formats/npy.js';
import { dense } from '../../src/core/linear-map.js';
import { sizeOf } from '../../src/core/ring.js';
import { evaluateFloat } from '../../src/model/float.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import { loadModel } from '../../src/model/load.js';
import { type QuantizeOptions, quantize } from '../../src/model/quantize/quantize.js';
import { evaluateFixed, random, randomInput } from './support.js';

function rms(values: ArrayLike<number>): number {
  return Math.sqrt(Array.from(values, (value) => value ** 2).reduce((sum, square) => sum + square, 0) / values.length);
}

/** RMS of the error, as a part of the float network's output. */
async function errorOf(graph: Graph, input: Float32Array, options: QuantizeOptions = {}): Promise<number> {
  const batch = input.length / sizeOf(graph.nodes[0]!.shape);
  const { logits } = await evaluateFloat(graph, batch, input);
  const fixed = evaluateFixed((await quantize(graph, options)).model, batch, input);
  return rms(fixed.map((value, i) => value - logits[i]!)) / rms(logits);
}

/** A model of test/model/cases and its inputs. */
async function caseOf(name: string): Promise<{ graph: Graph; input: Float32Array }> {
  const path = (file: string): string => fileURLToPath(new URL(`cases/${name}/${file}`, import.meta.url));
  const { values } = readNpy(readFileSync(path('in.npy')), 'in.npy');
  return { graph: await loadModel(path('model.json')), input: Float32Array.from(values) };
}

describe('weights that the ring has no room for beside the scale of their input', () => {
  test('take a wider ring', async () => {
    const { graph, input } = await caseOf('separable');
    expect(await errorOf(graph, input)).toBeLessThan(0.02);
    await expect(quantize(graph, { ringBits: 32 })).rejects.toThrow(
      expect.objectContaining({ code: 'RANGE_OVERFLOW' }),
    );
  });

  test('or an input of fewer fraction bits', async () => {
    const { graph, input } = await caseOf('separable-calibrated');
    const options = { calibration: input, unproven: true, ringBits: 32 } as const;
    expect(await errorOf(graph, input, options)).toBeLessThan(0.02);
    expect((await quantize(graph, options)).model.graph.nodes.map(({ op }) => op)).toContain('nonlinear');
  });

  test('or are refused, where no ring has the room; those that are nothing beside the bias may be zero', async () => {
    const layer = (weight: number, bias: number): Graph => {
      const builder = new GraphBuilder();
      const weights = Float64Array.of(weight, -weight, weight / 2, weight / 3);
      const node = { op: 'linear', name: 'fc', inputs: [builder.input('in', [2])], map: dense(2, 2) } as const;
      return builder.finish('layer', builder.add({ ...node, weights, bias: Float64Array.of(bias, bias) }));
    };
    await expect(quantize(layer(2 ** -60, 0))).rejects.toThrow(
      expect.objectContaining({
        code: 'RANGE_OVERFLOW',
        message: expect.stringMatching(
          /^layer fc: expected room for weights of \d+ fraction bits in a ring of 64, got 43$/,
        ),
      }),
    );
    expect((await quantize(layer(2 ** -60, 1))).report.ringBits).toBe(32);
  });

  test('are given in stacks of linear layers of all magnitudes', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      expect(await errorOf(linearStack(random(seed)), randomInput(seed, 12 * 20)), `seed ${seed}`).toBeLessThan(0.025);
    }
  });
});

/** One to six layers, weights and biases of up to 2^-12 to 2^4. */
function linearStack(next: () => number): Graph {
  const magnitude = (): number => 2 ** (next() * 16 - 12);
  const builder = new GraphBuilder();
  let at = builder.input('in', [12]);
  const depth = 1 + Math.floor(next() * 6);
  for (let i = 0; i < depth; i++) {
    const [inputs, outputs] = [builder.shape(at)[0]!, 4 + Math.floor(next() * 12)];
    const values = (count: number, most: number) => Float64Array.from({ length: count }, () => (2 * next() - 1) * most);
    const weights = values(inputs * outputs, magnitude());
    const bias = values(outputs, next() < 0.4 ? 0 : magnitude());
    at = builder.add({ op: 'linear', name: `fc${i}`, inputs: [at], map: dense(inputs, outputs), weights, bias });
  }
  return builder.finish('stack', at);
}

describe('an input range below one', () => {
  const inputRange = { low: 0, high: 1 / 64 };

  test('gets the fraction bits that its values need', async () => {
    const { graph, input } = await caseOf('narrow-input-range');
    expect((await quantize(graph, { inputRange })).model.graph.nodes[0]!.fractionBits).toBe(14);
    expect(await errorOf(graph, input, { inputRange })).toBeLessThan(0.01);
  });

  test('keeps those that are asked for', async () => {
    const { graph } = await caseOf('narrow-input-range');
    const [node] = (await quantize(graph, { inputRange, activationFractionBits: 9, tolerance: 0.1 })).model.graph.nodes;
    expect(node!.fractionBits).toBe(9);
  });

  test('of nothing but zero is one as well, and of next to nothing is refused', async () => {
    const { graph } = await caseOf('narrow-input-range');
    expect((await quantize(graph, { inputRange: { low: 0, high: 0 } })).report.guaranteed).toBe(true);
    for (const high of [2 ** -33, 1e-300]) {
      await expect(quantize(graph, { inputRange: { low: 0, high } })).rejects.toThrow(
        expect.objectContaining({ code: 'BAD_VALUE' }),
      );
    }
  });
});
