/** Smooth functions in networks: as exact as their scales, wherever they stand, and refused where they have no value. */
import { describe, expect, test } from 'vitest';
import { dense, type Pool2d } from '../../src/core/linear-map.js';
import type { NonlinearNode } from '../../src/model/fixed-model.js';
import { evaluateFloat } from '../../src/model/float.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import type { RealActivation } from '../../src/model/ops/activations/activations.js';
import type { Smooth } from '../../src/model/ops/activations/smooth/functions.js';
import { fold } from '../../src/model/passes/fold.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { evaluateFixed, random, randomInput } from './support.js';

const INPUTS = 16;

/** A dense layer that is exact in fixed point, then the function, twice: what ends a network may be left to the client. */
function network(real: Smooth, bias = 0): Graph {
  const next = random(7);
  const builder = new GraphBuilder();
  const weights = Float32Array.from({ length: INPUTS * 8 }, () => Math.round(32 * next() - 16) / 16);
  const map = dense(INPUTS, 8);
  const input = builder.input('in', [INPUTS]);
  const fc = builder.add({
    op: 'linear',
    name: 'fc',
    inputs: [input],
    map,
    weights,
    bias: new Float32Array(8).fill(bias),
  });
  const act = builder.add({ op: 'nonlinear', name: 'act', inputs: [fc], ...real });
  return builder.finish('net', builder.add({ op: 'add', name: 'twice', inputs: [act, act] }));
}

const smooth = (name: Smooth['function'], more: Partial<Smooth> = {}): Smooth => ({
  activation: 'smooth',
  function: name,
  ...more,
});

describe.each<readonly [Smooth, number]>([
  [smooth('sigmoid'), 0],
  [smooth('tanh'), 0],
  [smooth('silu'), 0],
  [smooth('gelu'), 0],
  [smooth('mish'), 0],
  [smooth('hardSwish'), 0],
  [smooth('softplus'), 0],
  [smooth('elu', { alpha: 1.5 }), 0],
  [smooth('softsign'), 0],
  [smooth('expNegative'), 0],
  [smooth('softplus'), 40],
  [smooth('tanh'), 30],
  [smooth('exp'), -9],
  [smooth('log'), 14],
  [smooth('reciprocal'), 14],
  [smooth('rsqrt'), 14],
  [smooth('sqrt', { least: 2 ** -6 }), 0],
  [smooth('rsqrt', { least: 2 ** -6 }), 0],
])('%j from %i', (real, bias) => {
  const graph = network(real, bias);
  const inputs = randomInput(3, 40 * INPUTS).map((value) => Math.round(value * 256) / 256);

  test('is proven, and as exact as its scale', async () => {
    const { logits } = await evaluateFloat(graph, 40, inputs);
    const { model, report } = await quantize(graph);
    expect(report.guaranteed).toBe(true);
    const { fractionBits } = model.graph.nodes[model.graph.output]!;
    expect(fractionBits).toBeGreaterThanOrEqual(8);
    // half a unit of the input, a quarter each of the line and of what is cut off, half of one by rounding
    for (const [i, value] of evaluateFixed(model, 40, inputs).entries()) {
      const [f, wanted] = [value / 2, logits[i]! / 2];
      const unit = Math.max(1, Math.abs(wanted)) * 2 ** -fractionBits;
      expect(Math.abs(f - wanted)).toBeLessThanOrEqual(1.5 * unit);
    }
  });
});

describe('inputs that a function has no value for', () => {
  test.each([smooth('log'), smooth('sqrt'), smooth('rsqrt'), smooth('reciprocal')])('of %j', async (real) => {
    await expect(quantize(network(real))).rejects.toThrow(
      expect.objectContaining({
        code: 'RANGE_OVERFLOW',
        message: expect.stringMatching(
          /^layer act: expected inputs of \w+ (above zero|zero or above), got -\d.* to \d/,
        ),
      }),
    );
  });

  test('or that tables would be too large for', async () => {
    await expect(quantize(network(smooth('exp'), 40))).rejects.toThrow(/layer act: .* in a narrower range/);
  });

  test('are told as they are, however near to zero', async () => {
    const builder = new GraphBuilder();
    const id = builder.add({ op: 'nonlinear', name: 'act', inputs: [builder.input('x', [4])], ...smooth('sqrt') });
    const quantized = quantize(builder.finish('net', id), { inputRange: { low: -0.5, high: 3.5 } });
    await expect(quantized).rejects.toThrow('expected inputs of sqrt zero or above, got -0.500 to ');
  });
});

test('a square root has a value at zero', async () => {
  const builder = new GraphBuilder();
  const root = builder.add({ op: 'nonlinear', name: 'act', inputs: [builder.input('in', [257])], ...smooth('sqrt') });
  const graph = builder.finish('net', builder.add({ op: 'add', name: 'twice', inputs: [root, root] }));
  const { model } = await quantize(graph, { activationFractionBits: 8 });
  const inputs = Float32Array.from({ length: 257 }, (_, i) => i / 256);
  for (const [i, value] of evaluateFixed(model, 1, inputs).entries()) {
    expect(Math.abs(value / 2 - Math.sqrt(i / 256))).toBeLessThanOrEqual(2 ** -8);
  }
});

describe('parameters that cannot be', () => {
  const act = (real: object) => () => network(real as Smooth);
  test.each([
    [smooth('elu', { alpha: 0 }), /alpha/],
    [smooth('elu', { alpha: Number.NaN }), /alpha/],
    [smooth('tanh', { alpha: 2 }), /alpha/],
    [smooth('log', { least: 0 }), /least/],
    [smooth('gelu', { least: 1 }), /least/],
    [{ activation: 'smooth', function: 'toString' }, /function/],
  ])('%j', (real, message) => {
    expect(act(real)).toThrow(message);
  });
});

describe('beside a max pool', () => {
  const pool: Pool2d = {
    ...{ inHeight: 4, inWidth: 4, channels: 1, windowHeight: 2, windowWidth: 2, strideHeight: 2, strideWidth: 2 },
    ...{ padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 },
  };
  const max = { op: 'nonlinear', name: 'max', activation: 'none', pool } as const;
  const steps = (first: RealActivation, poolFirst: boolean): number => {
    const builder = new GraphBuilder();
    const input = builder.input('in', [4, 4, 1]);
    const act = { op: 'nonlinear', name: 'act', ...first } as const;
    const [one, other] = poolFirst ? [max, act] : [act, max];
    const graph = builder.finish('net', builder.add({ ...other, inputs: [builder.add({ ...one, inputs: [input] })] }));
    return fold(graph).nodes.filter(({ op }) => op === 'nonlinear').length;
  };

  test('one that never falls joins it on either side, another one only after it', () => {
    expect([steps(smooth('tanh'), true), steps(smooth('tanh'), false)]).toEqual([1, 1]);
    expect([steps(smooth('silu'), true), steps(smooth('silu'), false)]).toEqual([1, 2]);
  });

  test('a step of two has the fields of one', () => {
    const builder = new GraphBuilder();
    const pooled = builder.add({ ...max, inputs: [builder.input('in', [4, 4, 1])] });
    const graph = builder.finish(
      'net',
      builder.add({ op: 'nonlinear', name: 'act', inputs: [pooled], ...smooth('silu') }),
    );
    expect(fold(graph).nodes[1]).toEqual({
      op: 'nonlinear',
      name: 'max',
      inputs: [0],
      shape: [2, 2, 1],
      pool,
      activation: 'smooth',
      function: 'silu',
    });
  });
});

test('tables are of the range that the values reach, and the input is as fine as the function is steep', async () => {
  const nodeOf = async (real: Smooth, bias?: number): Promise<NonlinearNode> => {
    const { graph } = (await quantize(network(real, bias))).model;
    return graph.nodes.find(({ op }) => op === 'nonlinear') as NonlinearNode;
  };
  const [sigmoid, tanh] = [await nodeOf(smooth('sigmoid')), await nodeOf(smooth('tanh'))];
  expect([sigmoid.fractionBits, tanh.fractionBits, sigmoid.shift - tanh.shift]).toEqual([8, 8, 2]);
  const [near, far] = [await nodeOf(smooth('softplus'), 0), await nodeOf(smooth('softplus'), 40)];
  if (near.activation !== 'smooth' || far.activation !== 'smooth') throw new Error('expected tables');
  expect(far.bases.length).toBeLessThan(near.bases.length);
});

test('of the weights the tables tell what the width tells, no more', async () => {
  const nodesOf = async (bias: number) => (await quantize(network(smooth('exp'), bias))).model.graph.nodes;
  const [one, other] = [await nodesOf(-9), await nodesOf(-8.75)];
  expect(one).toEqual(other);
});
