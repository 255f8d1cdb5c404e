/** Deep networks whose nonlinear steps saturate beyond what calibration inputs reach: no input can overflow, and images do not notice. @module */
import { beforeAll, describe, expect, test } from 'vitest';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { NonlinearNode } from '../../src/model/fixed-model.js';
import { evaluateFloat } from '../../src/model/float.js';
import type { Graph } from '../../src/model/graph.js';
import type { RealActivation } from '../../src/model/ops/activations/activations.js';
import { evaluatePlain, type PlainResult } from '../../src/model/plain.js';
import type { Quantized } from '../../src/model/quantize/outcome.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { images as imagesOf, RANGES, type Range, resnet20 as resnetOf } from './deep.js';
import { encodeInput, evaluateFixed, randomInput } from './support.js';

const SIDE = 16;
const IMAGES = 6;

const images = (seed: number, range: Range): Float32Array => imagesOf(seed, range, IMAGES, SIDE);
/** With a quarter of the channels. */
const resnet20 = (calibration: Float32Array, activation: RealActivation): Promise<Graph> =>
  resnetOf(calibration, SIDE, 4, activation);

function plainOf({ model }: Quantized, inputs: Float32Array): PlainResult {
  const batch = inputs.length / (SIDE * SIDE * 3);
  return evaluatePlain(model, referenceKernels(), batch, encodeInput(model, inputs));
}

/** Inputs in the range that no image is like, and images. */
function hostile({ low, high }: Range, others: Float32Array): readonly Float32Array[] {
  const noise = randomInput(5, 4 * SIDE * SIDE * 3, low, high);
  const signs = noise.map((_, i) => (Math.floor(i / 7) % 2 === 0 ? low : high));
  const ends = noise.map((value) => (value > (low + high) / 2 ? high : low));
  return [noise, signs, ends, noise.map(() => high), noise.map(() => low), others];
}

const rms = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

/** A ResNet-20 of ReLUs in each of some ranges. */
export function describeResnets(ranges: typeof RANGES): void {
  describe.each(ranges)('ResNet-20 on inputs of %s', (_, inputRange) => {
    const calibration = images(1, inputRange);
    const others = images(2, inputRange);
    let graph: Graph;
    let quantized: Quantized;
    beforeAll(async () => {
      graph = await resnet20(calibration, { activation: 'relu' });
      quantized = await quantize(graph, { inputRange, calibration });
    });

    test('interval arithmetic alone has no room for it in 32 bits', async () => {
      await expect(quantize(graph, { inputRange, ringBits: 32 })).rejects.toThrow(
        expect.objectContaining({ code: 'RANGE_OVERFLOW', facts: expect.objectContaining({ ranges: 'proven' }) }),
      );
    });

    test('is guaranteed in 32 bits, every ReLU below a power of two above what images reach', () => {
      const { report } = quantized;
      expect([report.ringBits, report.guaranteed]).toEqual([32, true]);
      const steps = report.steps.filter(({ saturatesAt }) => saturatesAt !== undefined);
      expect(steps.length).toBe(19);
      for (const { saturatesAt, observed, boundFractionBits } of steps) {
        const reached = observed!.high / 2 ** boundFractionBits;
        expect(Number.isInteger(Math.log2(saturatesAt!))).toBe(true);
        expect(saturatesAt!).toBeGreaterThanOrEqual(1.5 * reached);
        expect(saturatesAt!).toBeLessThan(3 * reached);
      }
    });

    test('overflows for no input: extremes, noise, signs of the first weights, other images', () => {
      for (const inputs of hostile(inputRange, others)) expect(plainOf(quantized, inputs).wrapped).toEqual([]);
    });

    test('tells how many values met a maximum: none of the calibration inputs', () => {
      expect(plainOf(quantized, calibration).clipped).toEqual([]);
    });

    test('is within the tolerance on other images too, a narrower one where that is asked for', async () => {
      const { logits } = await evaluateFloat(graph, IMAGES, others);
      const errorOf = ({ model }: Quantized): number =>
        rms(Array.from(evaluateFixed(model, IMAGES, others), (value, i) => value - logits[i]!)) / rms([...logits]);
      expect(errorOf(quantized)).toBeLessThan(0.02);
      expect(quantized.report.observedError).toBeLessThan(0.02);
      const finer = await quantize(graph, { inputRange, calibration, tolerance: 0.005 });
      expect([finer.report.ringBits, finer.report.guaranteed]).toEqual([32, true]);
      expect(errorOf(finer)).toBeLessThan(0.006);
    });
  });
}

const [UNIT, , NORMALISED] = RANGES;
export const BOTH_SIGNS: readonly (readonly [string, Range, RealActivation])[] = [
  ...RANGES.map(([name, range]) => [name, range, { activation: 'leakyRelu', slope: 0.2 }] as const),
  [...NORMALISED!, { activation: 'none' }],
  [...UNIT!, { activation: 'smooth', function: 'silu' }],
];

/** ResNets of activations that let negative values through. */
export function describeBothSigns(cases: typeof BOTH_SIGNS): void {
  describe.each(cases)('20 layers on inputs of %s, from %j, with %j', (_, inputRange, activation) => {
    const calibration = images(1, inputRange);
    const others = images(2, inputRange);
    let graph: Graph;
    let quantized: Quantized;
    beforeAll(async () => {
      graph = await resnet20(calibration, activation);
      quantized = await quantize(graph, { inputRange, calibration });
    });

    test('have no proof in 32 bits by interval arithmetic alone, and saturate on both sides', async () => {
      await expect(quantize(graph, { inputRange, ringBits: 32 })).rejects.toThrow(
        expect.objectContaining({ code: 'RANGE_OVERFLOW', facts: expect.objectContaining({ ranges: 'proven' }) }),
      );
      const { report, model } = quantized;
      expect([report.ringBits, report.guaranteed]).toEqual([32, true]);
      const steps = report.steps.filter(({ saturatesAt }) => saturatesAt !== undefined);
      expect(steps.length).toBeGreaterThanOrEqual(18);
      for (const { id, saturatesAt, observed } of steps) {
        const node = model.graph.nodes[id] as NonlinearNode;
        const input = model.graph.nodes[node.inputs[0]!]!;
        const inputBits = input.fractionBits - node.shift;
        expect(2 ** (node.saturateBits! - 1 - inputBits)).toBe(saturatesAt);
        const { low, high } = observed!;
        const reached = Math.max(-low, high) / 2 ** input.fractionBits;
        expect(saturatesAt!).toBeGreaterThanOrEqual(1.5 * reached);
        expect(saturatesAt!).toBeLessThan(3 * reached);
      }
    });

    test('overflow for no input, and no calibration input meets an end', () => {
      for (const inputs of hostile(inputRange, others)) expect(plainOf(quantized, inputs).wrapped).toEqual([]);
      expect(plainOf(quantized, calibration).clipped).toEqual([]);
    });

    test('are nearly as exact as with widths that are only observed', async () => {
      const { logits } = await evaluateFloat(graph, IMAGES, others);
      const errorOf = ({ model }: Quantized): number =>
        rms(Array.from(evaluateFixed(model, IMAGES, others), (value, i) => value - logits[i]!)) / rms([...logits]);
      const error = errorOf(quantized);
      expect(error).toBeLessThan(0.1);
      expect(error).toBeLessThan(1.5 * errorOf(await quantize(graph, { inputRange, calibration, unproven: true })));
    });
  });
}
