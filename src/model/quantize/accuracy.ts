/** How far a fixed-point network is from the float network: the plain evaluator against TensorFlow.js, on the same inputs. @module */
import { encode } from '../../core/fixed.js';
import { once } from '../../core/once.js';
import { type RingBits, sizeOf, wordsPerElement } from '../../core/ring.js';
import { loadKernelModule } from '../../kernels/module.js';
import { wasmKernels } from '../../kernels/wasm.js';
import type { FixedModel, InputNode } from '../fixed-model.js';
import { evaluateFloat } from '../float.js';
import type { Graph } from '../graph.js';
import type { RealNode } from '../ops/node.js';
import { evaluatePlain } from '../plain.js';
import type { Lowered } from './live.js';
import { elementsOf, type Sample } from './sample.js';

export interface Accuracy {
  /** RMS of the output's error, as a part of the RMS of the float network's; of several outputs the greatest. */
  readonly error: number;
  /** Of the input that is furthest off: RMS of its outputs' error, as a part of the RMS of what it has itself (`scaleOf`). */
  readonly worst: number;
  /** As `error`, of the values of a fixed-point node, where the float network has them. */
  readonly errors: ReadonlyMap<number, number>;
  /** The part of the sample whose outputs are greatest where the float network's are. */
  readonly agreement: number;
  /** Inputs with an output that is greatest elsewhere, though the float network's is ahead by more than the tolerance explains. */
  readonly misled: number;
}

/** What one input may be off by, as a multiple of what all together may. */
export const MOST_OF_ONE = 2;
/** Outputs of fewer elements may be near zero by chance. */
const FEW_ELEMENTS = 8;
/** Of the RMS of all inputs' outputs. */
const LEAST_SCALE = 1 / 16;
/** Elements of all tensors that are held at once. */
const ELEMENTS = 2 ** 23;

const kernels = once(async () => wasmKernels(loadKernelModule()));

/** What is held against the tolerance. */
export function offBy({ error, worst }: Accuracy): number {
  return Math.max(error, worst / MOST_OF_ONE);
}

/** @param graph whose nodes are the origins of the fixed-point ones */
export async function measureAccuracy(
  graph: Graph,
  { model, origins }: Lowered,
  sample: Sample,
  tolerance: number,
): Promise<Accuracy> {
  const { ringBits, nodes, output } = model.graph;
  const ids = new Map<RealNode, number>(graph.nodes.map((node, id) => [node, id]));
  const size = sizeOf(graph.nodes[0]!.shape);
  const part = Math.max(1, Math.floor(ELEMENTS / elementsOf(graph)));
  const sums = new Map<number, { error: number; power: number }>();
  const outputs: Row[] = [];
  for (let first = 0; first < sample.count; first += part) {
    const count = Math.min(part, sample.count - first);
    const values = sample.values.subarray(first * size, (first + count) * size);
    const tensors: Float32Array[] = [];
    await evaluateFloat(graph, count, values, {
      onTensor: (id, tensor) => {
        tensors[id] = tensor;
      },
    });
    evaluatePlain(model, await kernels(), count, encodeAt(model, values), {
      onTensor: (id, words) => {
        const origin = origins.get(id);
        const float = origin === undefined ? undefined : tensors[ids.get(origin)!];
        if (float === undefined) return;
        const fixed = reals(ringBits, nodes[id]!.fractionBits, words);
        const sum = sums.get(id) ?? { error: 0, power: 0 };
        const { error, power } = squaresOf({ fixed, float });
        sums.set(id, { error: sum.error + error, power: sum.power + power });
        if (id === output) outputs.push(...rowsOf(fixed, float, count));
      },
    });
  }
  const errors = new Map([...sums].map(([id, { error, power }]) => [id, ratio(error, power)]));
  let start = 0;
  const scores = graph.outputs.map(({ shape }) => {
    const end = start + sizeOf(shape);
    const rows = outputs.map(({ fixed, float }) => ({
      fixed: fixed.subarray(start, end),
      float: float.subarray(start, end),
    }));
    start = end;
    return scoreOf(rows, tolerance);
  });
  const inputs = outputs.map((_, n) => n);
  return {
    error: Math.max(...scores.map(({ error }) => error)),
    worst: Math.max(...scores.map(({ worst }) => worst)),
    errors,
    agreement: inputs.filter((n) => scores.every(({ agrees }) => agrees[n])).length / sample.count,
    misled: inputs.filter((n) => scores.some(({ misled }) => misled[n])).length,
  };
}

/** An output, or all of them one after the other, for one input. */
interface Row {
  readonly fixed: Float64Array;
  readonly float: Float32Array;
}

function rowsOf(fixed: Float64Array, float: Float32Array, count: number): Row[] {
  const size = fixed.length / count;
  return Array.from({ length: count }, (_, n) => ({
    fixed: fixed.subarray(n * size, (n + 1) * size),
    float: float.subarray(n * size, (n + 1) * size),
  }));
}

/** Of one output, by input. */
interface Score {
  readonly error: number;
  readonly worst: number;
  readonly agrees: readonly boolean[];
  readonly misled: readonly boolean[];
}

function scoreOf(rows: readonly Row[], tolerance: number): Score {
  const squares = rows.map(squaresOf);
  const error = squares.reduce((sum, own) => sum + own.error, 0);
  const power = squares.reduce((sum, own) => sum + own.power, 0);
  const elements = rows.reduce((sum, { fixed }) => sum + fixed.length, 0);
  const mean = power / rows.length;
  // how far ahead a value is that an error of the tolerance, at both ends, cannot pass
  const margin = 2 * tolerance * Math.sqrt(power / elements);
  const best = rows.map(({ fixed, float }) => ({ ours: indexOfGreatest(fixed), theirs: indexOfGreatest(float) }));
  return {
    error: ratio(error, power),
    worst: Math.max(...squares.map((own) => ratio(own.error, scaleOf(own.power, mean, rows[0]!.fixed.length)))),
    agrees: best.map(({ ours, theirs }) => ours === theirs),
    misled: best.map(({ ours, theirs }, n) => rows[n]!.float[theirs]! - rows[n]!.float[ours]! > margin),
  };
}

/** Sums of the squares of the errors and of what is right. */
function squaresOf({ fixed, float }: Row): { readonly error: number; readonly power: number } {
  let [error, power] = [0, 0];
  for (let i = 0; i < fixed.length; i++) {
    error += (fixed[i]! - float[i]!) ** 2;
    power += float[i]! ** 2;
  }
  return { error, power };
}

/**
 * What one input's error is held against: the squares of its own outputs, where these are so many that they are not small by chance, and
 * at least a part of what inputs have on the average: outputs of nearly zero have no relative error.
 */
function scaleOf(own: number, mean: number, elements: number): number {
  return elements < FEW_ELEMENTS ? Math.max(own, mean) : Math.max(own, LEAST_SCALE ** 2 * mean);
}

function indexOfGreatest(values: Float64Array | Float32Array): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[at]!) at = i;
  return at;
}

/** Root of the ratio of two sums of squares. */
function ratio(error: number, power: number): number {
  return error === 0 ? 0 : Math.sqrt(error / power);
}

function encodeAt({ graph }: FixedModel, values: Float32Array): Uint32Array {
  const input = graph.nodes[0] as InputNode;
  return encode(graph.ringBits, input.fractionBits, values, input);
}

/** Ring words as reals: of 64 bits as near as a double is. */
function reals(bits: RingBits, fractionBits: number, words: Uint32Array): Float64Array {
  const unit = 2 ** -fractionBits;
  const values = new Float64Array(words.length / wordsPerElement(bits));
  for (let i = 0; i < values.length; i++) {
    values[i] = (bits === 32 ? words[i]! | 0 : (words[2 * i + 1]! | 0) * 2 ** 32 + words[2 * i]!) * unit;
  }
  return values;
}
