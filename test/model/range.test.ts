import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/core/fixed.js';
import { dense } from '../../src/core/linear-map.js';
import { sizeOf, toBigInts } from '../../src/core/ring.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import { type Bounds, type Interval, scaleBounds } from '../../src/model/bounds.js';
import type { FixedModel, NonlinearNode } from '../../src/model/fixed-model.js';
import { GraphBuilder } from '../../src/model/graph.js';
import { linearBounds } from '../../src/model/ops/linear/bounds.js';
import { nonlinearBounds } from '../../src/model/ops/nonlinear.js';
import { productBounds, squareBounds } from '../../src/model/ops/product.js';
import { fold } from '../../src/model/passes/fold.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { toIntegers } from '../../src/model/weights.js';
import { roundingConstant, widthOf } from '../../src/model/widths.js';
import { NETWORKS } from './networks.js';
import { encodeInput, importSaved, randomInput, save } from './support.js';

const BATCH = 4;

/** Inputs in a range: random ones, and ones of the two extremes alone. */
function inputs(size: number, { low, high }: Interval): Float32Array {
  const some = randomInput(11, BATCH * size);
  return some.map((value, i) => low + (high - low) * (i < 2 * size ? value : Math.round(value)));
}

/** With zero at an end, inside and outside: padding is zero whatever the inputs are. */
const RANGES: readonly Interval[] = [
  { low: 0, high: 1 },
  { low: -1, high: 1.5 },
  { low: 0.5, high: 2 },
  { low: -3, high: -1 },
];

describe.each(Object.keys(NETWORKS))('%s', (name) => {
  test.each(RANGES)('keeps every value within its proven bounds for $low to $high, as integers', async (inputRange) => {
    const graph = await importSaved(await save(NETWORKS[name]!(), 5));
    const { model, report } = await quantize(graph, { inputRange });
    const { ringBits, nodes, output, outputWidth } = model.graph;
    const size = sizeOf(nodes[0]!.shape);
    const tensors: Float64Array[] = [];
    const encoded = encodeInput(model, inputs(size, inputRange));
    const result = evaluatePlain(model, referenceKernels(), BATCH, encoded, {
      onTensor: (id, words) => {
        tensors[id] = decode(ringBits, 0, words);
      },
    });
    const truths: Float64Array[] = [];
    const wide = inWideRing(model);
    evaluatePlain(wide, referenceKernels(), BATCH, encodeInput(wide, inputs(size, inputRange)), {
      onTensor: (id, words) => {
        truths[id] = decode(64, 0, words);
      },
    });
    expect(result.wrapped).toEqual([]);
    for (const step of report.steps) {
      const node = nodes[step.id]!;
      expect(tensors[step.id]).toEqual(truths[step.id]);
      const bounded = node.op === 'nonlinear' ? tensors[node.inputs[0]!]! : tensors[step.id]!;
      expect(Math.min(...bounded)).toBeGreaterThanOrEqual(step.guaranteed.low);
      expect(Math.max(...bounded)).toBeLessThanOrEqual(step.guaranteed.high);
      if (node.op !== 'nonlinear') continue;
      expect(node.width).toBe(Math.max(widthOf(step.guaranteed, roundingConstant(node.shift)), node.shift + 2));
    }
    for (const value of tensors[output]!)
      expect(widthOf({ low: value, high: value }, 0)).toBeLessThanOrEqual(outputWidth);
  });
});

/** The same network where no value of a narrower ring wraps. */
function inWideRing({ graph, parameters }: FixedModel): FixedModel {
  const widen = (words: Uint32Array): Uint32Array => encode(64, 0, decode(graph.ringBits, 0, words));
  const widened = [...parameters].map(
    ([id, { weights, bias }]) => [id, { weights: widen(weights), bias: widen(bias) }] as const,
  );
  return { graph: { ...graph, ringBits: 64 }, parameters: new Map(widened) };
}

/** One dense layer with a ReLU and then another: the circuit sees x o W + b. */
function denseNetwork(weights: Float32Array, bias: Float32Array): ReturnType<GraphBuilder['finish']> {
  const builder = new GraphBuilder();
  const outputs = bias.length;
  const input = builder.input('in', [weights.length / outputs]);
  const map = dense(weights.length / outputs, outputs);
  const hidden = builder.add({ op: 'linear', name: 'fc', inputs: [input], map, weights, bias });
  return builder.finish('dense', builder.add({ op: 'nonlinear', name: 'relu', inputs: [hidden], activation: 'relu' }));
}

test('an adversarial input reaches the bound of a linear layer, and its rounding does not wrap', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 0, max: 12 }),
      async (seed, weightFractionBits) => {
        const weights = randomInput(seed, 40, -1, 1);
        const graph = denseNetwork(weights, randomInput(seed + 1, 4, -1, 1));
        const bits = { weightFractionBits, activationFractionBits: 6 };
        const options = { ...bits, inputRange: { low: -0.5, high: 2 }, tolerance: Number.POSITIVE_INFINITY };
        const { model, report } = await quantize(graph, options);
        const step = report.steps.find(({ kind }) => kind === 'nonlinear')!;
        const linear = report.steps.find(({ kind }) => kind === 'linear')!;
        const integers = toIntegers(weights, weightFractionBits);
        const lows: number[] = [];
        const highs: number[] = [];
        for (let output = 0; output < 4; output++) {
          for (const [sign, found] of [
            [1, highs],
            [-1, lows],
          ] as const) {
            const x = Float32Array.from({ length: 10 }, (_, i) => (sign * integers[4 * i + output]! > 0 ? 2 : -0.5));
            const result = evaluatePlain(model, referenceKernels(), 1, encodeInput(model, x), {
              onTensor: (id, words) => id === linear.id && found.push(Number(toBigInts(32, words)[output]!)),
            });
            expect(result.wrapped).toEqual([]);
          }
        }
        expect(Math.max(...highs)).toBe(step.guaranteed.high);
        expect(Math.min(...lows)).toBe(step.guaranteed.low);
      },
    ),
    { numRuns: 30, seed: 1 },
  );
});

test('the rounding constant counts: at y_max it costs the bit that it needs', () => {
  const high = 2 ** 12 - 1;
  expect(widthOf({ low: 0, high }, 0)).toBe(13);
  expect(widthOf({ low: 0, high }, roundingConstant(4))).toBe(14);
  expect(widthOf({ low: 0, high: high - 8 }, roundingConstant(4))).toBe(13);
  expect(widthOf({ low: -(2 ** 12), high: 0 }, 0)).toBe(13);
  expect(widthOf({ low: -(2 ** 12) - 1, high: 0 }, 0)).toBe(14);
  expect(widthOf({ low: -(2 ** 12) - 8, high: 0 }, roundingConstant(4))).toBe(13);
  expect(widthOf({ low: 0, high: 0 }, 0)).toBe(1);
});

test('at y_max the circuit rounds up without a wrap', async () => {
  // 15 * 273 = 4095 = y_max; c = 8 takes it to 4103, which 13 bits do not hold.
  const graph = denseNetwork(Float32Array.of(273 / 16), Float32Array.of(0));
  const { model } = await quantize(graph, {
    activationFractionBits: 0,
    weightFractionBits: 4,
    inputRange: { low: 0, high: 15 },
    tolerance: 0.1,
  });
  const node = model.graph.nodes.find((candidate) => candidate.op === 'nonlinear') as NonlinearNode;
  expect([node.width, node.shift]).toEqual([14, 4]);
  const { output, wrapped } = evaluatePlain(model, referenceKernels(), 1, Uint32Array.of(15));
  expect(wrapped).toEqual([]);
  expect([...output]).toEqual([256]);
});

test('padding of a linear layer is zero in its bounds, whatever its input can be', () => {
  const map = { ...dense(1, 1), inHeight: 3, inWidth: 3, kernelHeight: 2, kernelWidth: 1 };
  const x = (low: number, high: number): Bounds => ({ low: Float64Array.of(low), high: Float64Array.of(high) });
  const weights = Float64Array.of(2, 3);
  const bias = Float64Array.of(100);
  expect(linearBounds(map, x(4, 7), weights, bias)).toEqual(x(120, 135));
  for (const side of ['padTop', 'padBottom', 'padLeft', 'padRight']) {
    expect(linearBounds({ ...map, [side]: 1 }, x(4, 7), weights, bias), side).toEqual(x(100, 135));
    expect(linearBounds({ ...map, [side]: 1 }, x(-7, -4), weights, bias), side).toEqual(x(65, 100));
    expect(linearBounds({ ...map, [side]: 1 }, x(-7, 4), weights, bias), side).toEqual(x(65, 120));
  }
});

test('bounds beyond 2^53 are rounded outward', () => {
  const weights = Float64Array.of(2 ** 40 + 1, -(2 ** 40) + 3, 2 ** 41 - 5);
  const x = { low: new Float64Array(3), high: new Float64Array(3).fill(2 ** 20 - 1) };
  const { low, high } = linearBounds(dense(3, 1), x, weights, Float64Array.of(7));
  const exactHigh = (2n ** 40n + 1n + 2n ** 41n - 5n) * (2n ** 20n - 1n) + 7n;
  const exactLow = (-(2n ** 40n) + 3n) * (2n ** 20n - 1n) + 7n;
  expect(BigInt(high[0]!)).toBeGreaterThanOrEqual(exactHigh);
  expect(BigInt(low[0]!)).toBeLessThanOrEqual(exactLow);
  expect(high[0]! / Number(exactHigh)).toBeCloseTo(1, 9);
});

describe('bounds of products', () => {
  const value = fc.oneof(fc.integer({ min: -40, max: 40 }), fc.integer({ min: -(2 ** 40), max: 2 ** 40 }));
  const channel = fc.tuple(value, value).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const boundsOf = (...channels: (readonly [number, number])[]): Bounds => ({
    low: Float64Array.from(channels, ([low]) => low),
    high: Float64Array.from(channels, ([, high]) => high),
  });
  /** The ends, and what is between them nearest to zero. */
  const valuesOf = ([low, high]: readonly [number, number]): bigint[] =>
    [low, high, Math.min(Math.max(0, low), high)].map(BigInt);

  test('hold every product, channel by channel, and are reached where doubles are exact', () => {
    fc.assert(
      fc.property(channel, channel, channel, channel, (a, b, c, d) => {
        const { low, high } = productBounds(boundsOf(a, b), boundsOf(c, d));
        for (const [i, [x, y]] of [
          [a, c],
          [b, d],
        ].entries()) {
          const products = valuesOf(x!).flatMap((one) => valuesOf(y!).map((other) => one * other));
          for (const product of products) {
            expect(product >= BigInt(low[i]!) && product <= BigInt(high[i]!)).toBe(true);
          }
          if (Math.max(-low[i]!, high[i]!) >= 2 ** 53) continue;
          expect(products).toContain(BigInt(low[i]!));
          expect(products).toContain(BigInt(high[i]!));
        }
      }),
      { seed: 1 },
    );
  });

  test('of squares are never negative', () => {
    fc.assert(
      fc.property(channel, (x) => {
        const { low, high } = squareBounds(boundsOf(x));
        const squares = valuesOf(x).map((one) => one * one);
        expect(low[0]).toBeGreaterThanOrEqual(0);
        for (const square of squares) expect(square >= BigInt(low[0]!) && square <= BigInt(high[0]!)).toBe(true);
        if (high[0]! >= 2 ** 53) return;
        expect(squares).toContain(BigInt(low[0]!));
        expect(squares).toContain(BigInt(high[0]!));
      }),
      { seed: 1 },
    );
  });
});

describe('products', () => {
  const squareOf = (inputs: number) => {
    const builder = new GraphBuilder();
    const x = builder.input('in', [inputs]);
    const map = dense(inputs, 2);
    const fc = builder.add({ op: 'linear', name: 'fc', inputs: [x], map, weights: randomInput(3, 2 * inputs, -1, 1) });
    return builder.finish('net', builder.add({ op: 'product', name: 'square', inputs: [fc, fc] }));
  };
  const opsOf = (model: FixedModel): string[] => model.graph.nodes.map(({ op }) => op);

  test('are rescaled before where the ring has no room for both scales, and not where it has', async () => {
    const narrow = await quantize(squareOf(40), { weightFractionBits: 10 });
    expect([narrow.report.ringBits, ...opsOf(narrow.model)]).toEqual([32, 'input', 'linear', 'nonlinear', 'product']);
    const wide = await quantize(squareOf(40), { weightFractionBits: 10, ringBits: 64 });
    expect(opsOf(wide.model)).toEqual(['input', 'linear', 'product']);
    expect(wide.model.graph.nodes.at(-1)!.fractionBits).toBe(36);
  });

  test('follow calibration inputs where a consumer reads them', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('in', [4]);
    const square = builder.add({ op: 'product', name: 'square', inputs: [x, x] });
    const relu = builder.add({ op: 'nonlinear', name: 'relu', inputs: [square], activation: 'relu' });
    const { report } = await quantize(builder.finish('net', relu), {
      calibration: Float32Array.of(0, 0.125, 0.25, 0.0625),
      unproven: true,
    });
    const step = report.steps.find(({ name }) => name === 'relu')!;
    // a square of 64 at the scale 2^16: 13 bits with its sign and the rounding, and two of headroom
    expect([step.observed!.high, step.guaranteed.high]).toEqual([64 ** 2, 256 ** 2]);
    expect([step.decidedBy, step.width]).toEqual(['observed', 16]);
  });

  test('that grow beyond every ring are refused', async () => {
    const builder = new GraphBuilder();
    let at = builder.input('in', [4]);
    for (let i = 0; i < 9; i++) at = builder.add({ op: 'product', name: `square${i}`, inputs: [at, at] });
    await expect(quantize(builder.finish('net', at), { inputRange: { low: -4, high: 4 } })).rejects.toThrow(
      /layer square\d.*expected a value within 64 bits/,
    );
  });

  test('of fraction bits that a user insists on take the wide ring', async () => {
    const { report } = await quantize(squareOf(40), { activationFractionBits: 15 });
    expect([report.ringBits, report.guaranteed]).toEqual([64, true]);
  });

  test('of two tensors: the one of the finer scale alone is rescaled where that is enough', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('in', [4]);
    const base = { op: 'linear', map: dense(4, 4) } as const;
    const weights = randomInput(3, 16, -1, 1);
    const fine = builder.add({ ...base, name: 'fine', inputs: [x], weights: weights.map((w) => w / 64) });
    const coarse = builder.add({ ...base, name: 'coarse', inputs: [x], weights });
    const graph = builder.finish('net', builder.add({ op: 'product', name: 'p', inputs: [coarse, fine] }));
    const { model } = await quantize(graph);
    expect(model.graph.nodes.map(({ name }) => name)).toEqual(['in', 'fine', 'coarse', 'fine/rescale', 'p']);
  });
});

describe('observed widths', () => {
  const weights = randomInput(1, 400, -1, 1);
  const graph = denseNetwork(weights, new Float32Array(4));
  const quiet = randomInput(2, 300, 0, 0.02);
  const common = { activationFractionBits: 8, tolerance: 1 };
  const bright = new Float32Array(100).fill(1).map((_, i) => (weights[4 * i]! > 0 ? 1 : 0));

  test('follow calibration inputs plus headroom, and are not called guaranteed', async () => {
    const proven = await quantize(graph, common);
    const { model, report } = await quantize(graph, { ...common, calibration: quiet, unproven: true });
    const step = report.steps.find(({ kind }) => kind === 'nonlinear')!;
    expect(report.guaranteed).toBe(false);
    expect(model.graph.guaranteed).toBe(false);
    expect(step.decidedBy).toBe('observed');
    expect(step.headroomBits).toBe(2);
    expect(step.width).toBeLessThan(proven.report.steps[step.id]!.width);
    expect(evaluatePlain(model, referenceKernels(), 3, encodeInput(model, quiet)).wrapped).toEqual([]);
    const more = await quantize(graph, { ...common, calibration: quiet, unproven: true, headroomBits: 3 });
    expect(more.report.steps[step.id]!.width).toBe(step.width + 1);
  });

  test('wrap where an input leaves them, and the evaluator says where', async () => {
    const { model } = await quantize(graph, { ...common, calibration: quiet, unproven: true, headroomBits: 0 });
    const { wrapped } = evaluatePlain(model, referenceKernels(), 1, encodeInput(model, bright));
    expect(wrapped.map(({ name }) => name)).toContain('relu');
  });
});

describe('refusals', () => {
  const wide = denseNetwork(new Float32Array(4000).fill(9), new Float32Array(1));

  test('name the layer, the bound, the bits, and facts for advice', async () => {
    const options = { ringBits: 32, activationFractionBits: 10, weightFractionBits: 10 } as const;
    const error = await rejectionOf(quantize(wide, options));
    expect(error).toMatchObject({ code: 'RANGE_OVERFLOW' });
    expect(String(error)).toContain(
      'layer relu: expected a value within 32 bits, got one whose guaranteed bound 3.60e+4 at 20 fraction bits needs 37',
    );
    expect(error).toMatchObject({ facts: { ringBits: 32, ranges: 'proven' } });
  });

  test('auto takes the wide ring instead', async () => {
    const { report } = await quantize(wide, { activationFractionBits: 10, weightFractionBits: 10 });
    expect(report.ringBits).toBe(64);
    expect(report.guaranteed).toBe(true);
  });

  test('auto gives up weight bits before the ring', async () => {
    const { report } = await quantize(wide);
    expect(report.ringBits).toBe(32);
    expect(report.guaranteed).toBe(true);
  });

  test('an output of more fraction bits than a ring holds', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('in', [4]);
    const small = builder.add({ op: 'scale', name: 'small', inputs: [x], factors: [2 ** -70] });
    const more = builder.add({ op: 'offset', name: 'more', inputs: [small], offset: 2 ** -71 });
    await expect(quantize(builder.finish('net', more))).rejects.toMatchObject({
      code: 'RANGE_OVERFLOW',
      message: expect.stringMatching(/^layer more: expected at most 64 fraction bits, got \d+$/),
    });
  });

  test('biases outside the ring', async () => {
    const graph = denseNetwork(Float32Array.of(1), Float32Array.of(1e6));
    const options = { ringBits: 32, activationFractionBits: 8, weightFractionBits: 8 } as const;
    expect(await rejectionOf(quantize(graph, options))).toMatchObject({
      code: 'RANGE_OVERFLOW',
      message: expect.stringContaining('layer fc: expected biases below 2^31'),
    });
  });

  test.each([
    ['an inverted range', { inputRange: { low: 1, high: 0 } }, 'BAD_VALUE'],
    ['fraction bits below zero', { activationFractionBits: -1 }, 'BAD_VALUE'],
    ['calibration inputs of another length', { calibration: new Float32Array(3999) }, 'BAD_SHAPE'],
    ['no calibration inputs', { calibration: new Float32Array(0) }, 'BAD_SHAPE'],
    ['calibration inputs outside the range', { calibration: new Float32Array(4000).fill(2) }, 'BAD_VALUE'],
    ['calibration inputs that are not numbers', { calibration: new Float32Array(4000).fill(Number.NaN) }, 'BAD_VALUE'],
  ])('%s', async (_, options, code) => {
    expect(await rejectionOf(quantize(wide, options))).toMatchObject({ code });
  });
});

test('folding does not change a graph that is folded', async () => {
  const graph = fold(await importSaved(await save(NETWORKS['residual block']!(), 5)));
  expect(fold(graph)).toEqual(graph);
});

function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('expected an error, got none');
    },
    (error: unknown) => error,
  );
}

describe('extremes', () => {
  const network = (weight: number, bias: number, clipMax?: number) => {
    const builder = new GraphBuilder();
    const input = builder.input('in', [4]);
    const weights = new Float64Array(8).fill(weight);
    const fc = builder.add({
      op: 'linear',
      name: 'fc',
      inputs: [input],
      map: dense(4, 2),
      weights,
      bias: new Float64Array(2).fill(bias),
    });
    const base = { op: 'nonlinear', name: 'act', inputs: [fc] } as const;
    return builder.finish(
      'net',
      builder.add(clipMax === undefined ? { ...base, activation: 'relu' } : { ...base, activation: 'clip', clipMax }),
    );
  };

  test.each([1e-10, 1e-16, 1e-30, 1e-300])('weights of %d leave the bias its bits', async (weight) => {
    const { model, report } = await quantize(network(weight, 3));
    expect(report.guaranteed).toBe(true);
    expect(model.graph.nodes[1]!.fractionBits).toBeLessThan(32);
  });

  test('a maximum that no value exceeds is a ReLU; one that is exceeded is kept', async () => {
    const activationOf = async (clipMax: number) =>
      ((await quantize(network(1, 0, clipMax))).model.graph.nodes[2] as NonlinearNode).activation;
    expect(await Promise.all([1e308, 100, 5].map(activationOf))).toEqual(['relu', 'relu', 'relu']);
    expect(await Promise.all([3.9, 1, 0.5].map(activationOf))).toEqual(['clip', 'clip', 'clip']);
    // the greatest value is 4, which is 1024 at 8 fraction bits
    expect(await Promise.all([1023, 1024, 1025].map((most) => activationOf(most / 256)))).toEqual([
      'clip',
      'relu',
      'relu',
    ]);
  });

  test('multipliers of more positions than a call takes arguments', async () => {
    const image = { inHeight: 400, inWidth: 400, channels: 1 };
    const window = { windowHeight: 3, windowWidth: 3, strideHeight: 1, strideWidth: 1 };
    const pool = { ...image, ...window, padTop: 1, padBottom: 1, padLeft: 1, padRight: 1 };
    const builder = new GraphBuilder();
    const input = builder.input('in', [400, 400, 1]);
    const average = { op: 'averagePool', name: 'pool', inputs: [input], pool, divisor: 'inside' } as const;
    // one input is enough, and bits that are demanded are not searched
    const bits = { ringBits: 32, activationFractionBits: 6, weightFractionBits: 6 } as const;
    const calibration = randomInput(1, 160_000);
    const { model } = await quantize(builder.finish('net', builder.add(average)), { ...bits, calibration });
    expect(model.graph.nodes.map(({ op }) => op)).toEqual(['input', 'sumPool', 'scale']);
  });

  test('the bounds of a product are among the products of bounds, whatever their signs', () => {
    const x = { low: Float64Array.of(-3, 1), high: Float64Array.of(2, 4) };
    expect(scaleBounds(x, [-1, 5, 2])).toEqual({ low: Float64Array.of(-15, -4), high: Float64Array.of(10, 20) });
  });

  test('a bound beyond the doubles is an overflow', async () => {
    const builder = new GraphBuilder();
    let at = builder.input('in', [4]);
    for (let i = 0; i < 1100; i++) at = builder.add({ op: 'add', name: `a${i}`, inputs: [at, at] });
    await expect(quantize(builder.finish('net', at))).rejects.toThrow(/expected a value within 64 bits/);
  });
});

test('a value that the rounding takes out of the width may come back anywhere in it', () => {
  const boundsOf = (most: number) =>
    nonlinearBounds(
      { low: Float64Array.of(0), high: Float64Array.of(most) },
      { activation: 'none', width: 8, shift: 1 },
    );
  expect(boundsOf(126)).toEqual({ low: Float64Array.of(0), high: Float64Array.of(63) });
  expect(boundsOf(127)).toEqual({ low: Float64Array.of(-64), high: Float64Array.of(63) });
});
