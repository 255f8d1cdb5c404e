/** Bits chosen by error: what the model of errors predicts is what is measured, and what misses the tolerance is refused. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readNpy } from '../../parties/cli/formats/npy.js';
import { codeOf } from '../../src/core/errors.js';
import { dense } from '../../src/core/linear-map.js';
import { sizeOf } from '../../src/core/ring.js';
import { evaluateFloat } from '../../src/model/float.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import { loadModel } from '../../src/model/load.js';
import type { LinearOp } from '../../src/model/ops/linear/nodes.js';
import { allocate, type Measured } from '../../src/model/quantize/allocate.js';
import { type QuantizeOptions, quantize } from '../../src/model/quantize/quantize.js';
import { sampleOf } from '../../src/model/quantize/sample.js';
import { Sensitivity } from '../../src/model/quantize/sensitivity.js';
import { evaluateFixed, random, randomInput } from './support.js';

const rms = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values, (value) => value ** 2).reduce((sum, square) => sum + square, 0) / values.length);

/** Dense layers with ReLUs, a branch that is added now and then, weights and biases of up to 2^-10 to 2^4. */
function network(seed: number): Graph {
  const next = random(seed);
  const magnitude = (): number => 2 ** (next() * 14 - 10);
  const values = (count: number, most: number) => Float64Array.from({ length: count }, () => (2 * next() - 1) * most);
  const builder = new GraphBuilder();
  let at = builder.input('in', [12]);
  const depth = 1 + Math.floor(next() * 6);
  for (let i = 0; i < depth; i++) {
    const [inputs, outputs] = [
      builder.shape(at)[0]!,
      next() < 0.3 ? builder.shape(at)[0]! : 4 + Math.floor(next() * 12),
    ];
    const weights = values(inputs * outputs, magnitude());
    const bias = values(outputs, next() < 0.4 ? 0 : magnitude());
    const map = dense(inputs, outputs);
    let layer = builder.add({ op: 'linear', name: `fc${i}`, inputs: [at], map, weights, bias });
    if (next() < 0.7) layer = builder.add({ op: 'nonlinear', name: `relu${i}`, inputs: [layer], activation: 'relu' });
    at = inputs === outputs ? builder.add({ op: 'add', name: `add${i}`, inputs: [at, layer] }) : layer;
  }
  return builder.finish(`network${seed}`, at);
}

/** RMS of the error, as a part of the float network's output. */
async function errorOn(graph: Graph, input: Float32Array, options: QuantizeOptions = {}): Promise<number> {
  const batch = input.length / sizeOf(graph.nodes[0]!.shape);
  const { logits } = await evaluateFloat(graph, batch, input);
  const fixed = evaluateFixed((await quantize(graph, options)).model, batch, input);
  return rms(fixed.map((value, i) => value - logits[i]!)) / rms(logits);
}

/** A model of test/model/cases and its inputs. */
async function caseOf(name: string): Promise<{ readonly graph: Graph; readonly input: Float32Array }> {
  const path = (file: string): string => fileURLToPath(new URL(`cases/${name}/${file}`, import.meta.url));
  const { values } = readNpy(readFileSync(path('in.npy')), 'in.npy');
  return { graph: await loadModel(path('model.json')), input: Float32Array.from(values) };
}

describe('by default', () => {
  test('networks of weights of all magnitudes are within the tolerance on other inputs too, or are refused', async () => {
    let refused = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const graph = network(seed);
      try {
        expect(await errorOn(graph, randomInput(seed, 12 * 40)), `seed ${seed}`).toBeLessThan(0.03);
      } catch (error) {
        if (!['PRECISION', 'RANGE_OVERFLOW'].includes(codeOf(error))) throw error;
        refused++;
      }
    }
    expect(refused).toBeLessThan(8);
  });

  test.each<readonly [string, boolean, QuantizeOptions]>([
    ['weights-rounded-to-zero-sepsep', false, {}],
    ['weights-rounded-to-zero-sepsep-calibrated', true, {}],
    ['narrow-input-range-2', false, { inputRange: { low: 0, high: 1 / 64 } }],
  ])('%s', async (name, calibrated, options) => {
    const { graph, input } = await caseOf(name);
    expect(await errorOn(graph, input, calibrated ? { ...options, calibration: input } : options)).toBeLessThan(0.02);
  });
});

describe('the model of errors', () => {
  test('predicts what is measured, a tolerance finer or coarser', async () => {
    for (const tolerance of [0.1, 0.02, 0.001]) {
      for (let seed = 1; seed <= 12; seed++) {
        const { report } = await quantize(network(seed), { tolerance });
        const { predictedError: predicted, observedError: observed } = report;
        expect(observed, `seed ${seed}`).toBeLessThanOrEqual(tolerance);
        expect(Math.abs(Math.log2(observed / predicted)), `seed ${seed}: ${predicted}, ${observed}`).toBeLessThan(1.5);
        const squares = report.steps.reduce((sum, step) => sum + (step.predictedError ?? 0) ** 2, 0);
        expect(Math.sqrt(squares)).toBeCloseTo(predicted, 9);
        expect(report.steps.at(-1)!.observedError).toBeCloseTo(observed, 10);
      }
    }
  });

  test('measures one rounding as the float network with that rounding alone', async () => {
    const builder = new GraphBuilder();
    const base = { op: 'linear', map: dense(2, 2) } as const;
    const weights = Float32Array.of(0.3, -0.6, 0.2, 0.9);
    const fc = builder.add({ ...base, name: 'fc', inputs: [builder.input('in', [2])], weights });
    const relu = builder.add({ op: 'nonlinear', name: 'relu', inputs: [fc], activation: 'relu' });
    const graph = builder.finish('net', builder.add({ ...base, name: 'out', inputs: [relu], weights }));
    const sample = { source: 'calibration', count: 2, values: Float32Array.of(0.9, 0.1, 0.4, 0.7) } as const;
    const exact = (await evaluateFloat(graph, 2, sample.values)).logits;
    const nodes = graph.nodes.with(1, {
      ...(graph.nodes[1] as LinearOp),
      weights: weights.map((w) => Math.round(4 * w) / 4),
    });
    const rounded = (await evaluateFloat({ ...graph, nodes }, 2, sample.values)).logits;
    const sensitivity = await Sensitivity.of(graph, sample);
    expect((await sensitivity.errorsOf([{ of: 'weights', node: 1, bits: 2 }], 'choose'))[0]).toBeCloseTo(
      (rms(rounded.map((value, i) => value - exact[i]!)) / rms(exact)) ** 2,
      6,
    );
    // 0.9, 0.1, 0.4, 0.7 to halves
    const halves = (await evaluateFloat(graph, 2, Float32Array.of(1, 0, 0.5, 0.5))).logits;
    expect((await sensitivity.errorsOf([{ of: 'activations', node: 0, bits: 1 }], 'choose'))[0]).toBeCloseTo(
      (rms(halves.map((value, i) => value - exact[i]!)) / rms(exact)) ** 2,
      5,
    );
    sensitivity.dispose();
  });
});

test('of several outputs each is within the tolerance, however small it is', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('in', [8]);
  const layer = (name: string, most: number): number => {
    const weights = randomInput(3, 32, -most, most);
    const fc = builder.add({ op: 'linear', name, inputs: [x], map: dense(8, 4), weights });
    return builder.add({ op: 'nonlinear', name: `${name}/relu`, inputs: [fc], activation: 'relu' });
  };
  const parts = [layer('large', 8), layer('small', 2 ** -8)] as const;
  const graph = builder.finishAll('net', [
    { name: 'large', id: parts[0] },
    { name: 'small', id: parts[1] },
  ]);
  expect((await quantize(graph)).report.observedError).toBeLessThan(0.02);
  // the small output keeps a bit or two of these, which is nothing beside the large one
  await expect(quantize(graph, { activationFractionBits: 8 })).rejects.toMatchObject({
    code: 'PRECISION',
    facts: { layer: 'small/relu' },
  });
});

test('of several inputs none is off by more than twice the tolerance, however small its outputs are', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('in', [16]);
  const fc = (name: string, input: number): number =>
    builder.add({ op: 'linear', name, inputs: [input], map: dense(16, 16), weights: randomInput(5, 256, -0.5, 0.5) });
  const relu = builder.add({ op: 'nonlinear', name: 'relu', inputs: [fc('first', x)], activation: 'relu' });
  const graph = builder.finish('net', fc('last', relu));
  const large = randomInput(7, 15 * 16, 0.5, 1);
  const small = randomInput(8, 16, 0, 1 / 4);
  const { model, report } = await quantize(graph, { calibration: Float32Array.of(...large, ...small) });
  const { logits } = await evaluateFloat(graph, 1, small);
  const fixed = evaluateFixed(model, 1, small);
  const error = rms(fixed.map((value, i) => value - logits[i]!)) / rms(logits);
  expect(report.worstError).toBeCloseTo(error, 3);
  expect(error).toBeLessThan(0.04);
  // bits that are enough for all together are not for the one
  await expect(quantize(graph, { calibration: large, activationFractionBits: 6 })).resolves.toBeDefined();
  await expect(
    quantize(graph, { calibration: Float32Array.of(...large, ...small), activationFractionBits: 6 }),
  ).rejects.toMatchObject({ code: 'PRECISION', message: expect.stringContaining('outputs of each input within 4 %') });
});

describe('bits', () => {
  const builder = new GraphBuilder();
  const layer = (input: number, name: string, inputs: number, outputs: number): number =>
    builder.add({
      op: 'linear',
      name,
      inputs: [input],
      map: dense(inputs, outputs),
      weights: new Float32Array(inputs * outputs).fill(1),
    });
  const wide = layer(builder.input('in', [4]), 'wide', 4, 64);
  const narrow = layer(
    builder.add({ op: 'nonlinear', name: 'relu', inputs: [wide], activation: 'relu' }),
    'narrow',
    64,
    2,
  );
  const graph = builder.finish('net', narrow);
  const [input, first, relu, second] = graph.nodes;
  const rounding = (of: Measured['of'], node: number, error: number, room = 9, free = true): Measured => ({
    of,
    node,
    bits: 8,
    error,
    free,
    room,
  });

  test('go where an error is greatest for what they cost, until the sum is small enough', () => {
    const roundings = [rounding('weights', 1, 16), rounding('weights', 3, 16), rounding('activations', 2, 0.5)];
    // the narrow layer's bits cost a thirty-second part
    expect(allocate(graph, roundings, 33)).toEqual(new Map());
    expect(allocate(graph, roundings, 21)).toEqual(new Map([[second, { weights: 9 }]]));
    const both = allocate(graph, roundings, 6);
    expect(both.get(first!)).toEqual({ weights: 9 });
    expect(both.get(second!)!.weights).toBeGreaterThan(10);
  });

  test('that are demanded stay', () => {
    const roundings = [rounding('weights', 1, 16), rounding('weights', 3, 16, 9, false)];
    expect(allocate(graph, roundings, 1).get(second!)).toBeUndefined();
  });

  test('of weights are taken from the values that they meet where the ring has no room', () => {
    const roundings = [rounding('activations', 0, 0.01, 0), rounding('weights', 1, 16, 0)];
    expect(allocate(graph, roundings, 4.5)).toEqual(
      new Map([
        [input, { activations: 7 }],
        [first, { weights: 9 }],
      ]),
    );
    // and the other way round
    const coarse = [rounding('activations', 2, 16, 0), rounding('weights', 3, 0.01, 0)];
    expect(allocate(graph, coarse, 4.5)).toEqual(
      new Map([
        [relu, { activations: 9 }],
        [second, { weights: 7 }],
      ]),
    );
  });

  test('change no more where it would only move the error about', () => {
    expect(allocate(graph, [rounding('activations', 0, 1, 0), rounding('weights', 1, 1, 0)], 0.5)).toEqual(new Map());
  });
});

describe('a demand for fraction bits', () => {
  const graph = network(2);

  test('that misses the tolerance is refused: the layer, what it has, about what it needs', async () => {
    await expect(quantize(graph, { activationFractionBits: 8, weightFractionBits: 2 })).rejects.toMatchObject({
      code: 'PRECISION',
      message: expect.stringMatching(
        /^layer \w+: expected outputs within 2 % of the float network, got [\d.]+ %, most of it from its weights of 2 fraction bits where about \d+ are needed$/,
      ),
      facts: { demanded: true, layer: expect.any(String) },
    });
  });

  test('is kept within a greater one, and its error is told', async () => {
    const bits = { activationFractionBits: 8, weightFractionBits: 2 };
    const { model, report } = await quantize(graph, { ...bits, tolerance: 10 });
    expect(report.observedError).toBeGreaterThan(0.02);
    // the graph, which goes to everybody, says it to two digits
    const { observedError, predictedError, sample } = model.graph.precision!;
    expect(observedError / report.observedError).toBeCloseTo(1, 1);
    expect(predictedError / report.predictedError).toBeCloseTo(1, 1);
    expect(sample).toEqual({ source: 'drawn', count: 128 });
    expect(report.tolerance).toBe(10);
    for (const node of model.graph.nodes) if (node.op === 'linear') expect(node.weightFractionBits).toBe(2);
  });

  test.each([0, -1, Number.NaN])('a tolerance of %d is none', async (tolerance) => {
    await expect(quantize(graph, { tolerance })).rejects.toMatchObject({ code: 'BAD_VALUE' });
  });
});

describe('the sample', () => {
  const graph = network(1);
  const range = { low: -3, high: 5 };

  test('is drawn from the whole range, the same each time', () => {
    const { source, count, values } = sampleOf(graph, range, undefined);
    expect([source, values.length]).toEqual(['drawn', 12 * count]);
    expect(values.every((value) => value >= -3 && value <= 5)).toBe(true);
    expect(Math.min(...values)).toBeLessThan(-2.8);
    expect(Math.max(...values)).toBeGreaterThan(4.8);
    expect(sampleOf(graph, range, undefined).values).toEqual(values);
  });

  test('is of the calibration inputs, spread over them, where there are some', () => {
    const calibration = { count: 256, values: Float32Array.from({ length: 256 * 12 }, (_, i) => Math.floor(i / 12)) };
    const { source, count, values } = sampleOf(graph, range, calibration);
    expect([source, count]).toEqual(['calibration', 128]);
    expect([...values].filter((_, i) => i % 12 === 5)).toEqual(Array.from({ length: 128 }, (_, n) => 2 * n));
  });
});
