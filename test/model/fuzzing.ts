/** What must hold of every network: within the tolerance on inputs that nobody saw, or refused; and nothing wraps. @module */
import { codeOf, TacitError } from '../../src/core/errors.js';
import { decode, encode } from '../../src/core/fixed.js';
import { sizeOf } from '../../src/core/ring.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { Interval } from '../../src/model/bounds.js';
import type { FixedModel, InputNode } from '../../src/model/fixed-model.js';
import { evaluateFloat } from '../../src/model/float.js';
import type { Graph } from '../../src/model/graph.js';
import { evaluatePlain } from '../../src/model/plain.js';
import { quantize } from '../../src/model/quantize/quantize.js';
import { random, randomInput } from './support.js';

const RANGES: readonly Interval[] = [
  { low: 0, high: 1 },
  { low: -1, high: 1 },
  { low: 0, high: 255 },
  { low: 0, high: 1 / 64 },
  { low: -0.003, high: 0.002 },
  { low: 3, high: 3.5 },
];
/** Of inputs that were not in the sample. */
const FRESH = 64;
const CALIBRATION = 48;
const REFUSALS = ['PRECISION', 'RANGE_OVERFLOW', 'UNSUPPORTED_LAYER'];

/** Where inputs come from and whether there are examples of them: different for each seed. */
export interface Circumstances {
  readonly range: Interval;
  readonly calibrated: boolean;
}

export function circumstancesOf(seed: number): Circumstances {
  const next = random(seed ^ 0x5eed);
  return { range: RANGES[Math.floor(next() * RANGES.length)]!, calibrated: next() < 0.5 };
}

export type Outcome =
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** With the greatest error of an output on fresh inputs, and the one that the plan tells. */
  | { readonly kind: 'ran'; readonly error: number; readonly told: number; readonly wrapped: readonly string[] };

const kernels = wasmKernels(loadKernelModule());

/** Quantizes with the default tolerance and looks at inputs that the quantiser did not see. */
export async function fuzz(graph: Graph, seed: number): Promise<Outcome> {
  const { range, calibrated } = circumstancesOf(seed);
  const size = sizeOf(graph.nodes[0]!.shape);
  const calibration = randomInput(seed + 1e6, CALIBRATION * size, range.low, range.high);
  let model: FixedModel;
  let told: number;
  try {
    const quantized = await quantize(graph, { inputRange: range, ...(calibrated ? { calibration } : {}) });
    model = quantized.model;
    told = quantized.report.observedError;
  } catch (error) {
    if (!(error instanceof TacitError) || !REFUSALS.includes(codeOf(error) ?? '')) throw error;
    return { kind: 'refused', code: error.code, message: error.message };
  }
  const fresh = randomInput(seed + 2e6, FRESH * size, range.low, range.high);
  const { values, wrapped } = fixedOf(model, FRESH, fresh);
  const error = errorOf(graph, values, (await evaluateFloat(graph, FRESH, fresh)).logits);
  const extremes = extremesOf(graph, range);
  wrapped.push(...fixedOf(model, extremes.length / size, extremes).wrapped);
  return { kind: 'ran', error, told, wrapped };
}

function fixedOf(model: FixedModel, batch: number, input: Float32Array) {
  const { ringBits, nodes, output } = model.graph;
  const node = nodes[0] as InputNode;
  const result = evaluatePlain(model, kernels, batch, encode(ringBits, node.fractionBits, input, node));
  return {
    values: decode(ringBits, nodes[output]!.fractionBits, result.output),
    wrapped: result.wrapped.map(({ name }) => name),
  };
}

/** RMS of the error as a part of the RMS of the float network's; of several outputs the greatest. */
function errorOf(graph: Graph, fixed: Float64Array, float: Float32Array): number {
  const elements = graph.outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  let start = 0;
  return Math.max(
    ...graph.outputs.map(({ shape }) => {
      const end = start + sizeOf(shape);
      let [error, power] = [0, 0];
      for (let i = 0; i < fixed.length; i++) {
        const at = i % elements;
        if (at < start || at >= end) continue;
        error += (fixed[i]! - float[i]!) ** 2;
        power += float[i]! ** 2;
      }
      start = end;
      return error === 0 ? 0 : Math.sqrt(error / power);
    }),
  );
}

/** All low, all high, alternating, and the signs of the first weights, which make the greatest sums. */
function extremesOf(graph: Graph, { low, high }: Interval): Float32Array {
  const size = sizeOf(graph.nodes[0]!.shape);
  const pattern = (isHigh: (i: number) => boolean) =>
    Float32Array.from({ length: size }, (_, i) => (isHigh(i) ? high : low));
  const patterns = [
    pattern(() => false),
    pattern(() => true),
    pattern((i) => i % 2 === 0),
    pattern((i) => i % 2 === 1),
  ];
  const first = graph.nodes.find((node) => node.op === 'linear');
  if (first !== undefined) {
    const { weights } = first;
    const { outChannels } = first.map;
    for (let channel = 0; channel < Math.min(4, outChannels); channel++) {
      const positive = (i: number): boolean => weights[(i * outChannels + channel) % weights.length]! > 0;
      patterns.push(
        pattern(positive),
        pattern((i) => !positive(i)),
      );
    }
  }
  const all = new Float32Array(patterns.length * size);
  for (const [n, values] of patterns.entries()) all.set(values, n * size);
  return all;
}
