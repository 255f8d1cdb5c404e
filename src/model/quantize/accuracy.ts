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
  /** RMS of the outputs' error, as a part of the RMS of the float network's outputs. */
  readonly error: number;
  /** The same of the values of a fixed-point node, where the float network has them. */
  readonly errors: ReadonlyMap<number, number>;
  /** The part of the sample whose greatest output is where the float network has it. */
  readonly agreement: number;
  /** Inputs whose greatest output is elsewhere though the float network's is ahead by more than the tolerance explains. */
  readonly misled: number;
}

/** Elements of all tensors that are held at once. */
const ELEMENTS = 2 ** 23;

const kernels = once(async () => wasmKernels(loadKernelModule()));

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
  const outputs: { readonly float: Float32Array; readonly fixed: Float64Array }[] = [];
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
        for (let i = 0; i < fixed.length; i++) {
          sum.error += (fixed[i]! - float[i]!) ** 2;
          sum.power += float[i]! ** 2;
        }
        sums.set(id, sum);
        if (id === output) outputs.push({ fixed, float });
      },
    });
  }
  const errors = new Map([...sums].map(([id, { error, power }]) => [id, ratio(error, power)]));
  const { error, power } = sums.get(output)!;
  const classes = sizeOf(nodes[output]!.shape);
  const margin = 2 * tolerance * Math.sqrt(power / (sample.count * classes));
  const votes = outputs.flatMap(({ fixed, float }) => votesOf(fixed, float, classes));
  return {
    error: ratio(error, power),
    errors,
    agreement: votes.filter(({ agrees }) => agrees).length / sample.count,
    misled: votes.filter(({ agrees, lead }) => !agrees && lead > margin).length,
  };
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

interface Vote {
  /** Whether both have their greatest output in one place. */
  readonly agrees: boolean;
  /** By how much the float network's greatest output is ahead of its value where the other has its greatest. */
  readonly lead: number;
}

function votesOf(fixed: Float64Array, float: Float32Array, classes: number): Vote[] {
  return Array.from({ length: fixed.length / classes }, (_, n) => {
    const best = (values: Float64Array | Float32Array): number => {
      let at = n * classes;
      for (let i = at + 1; i < (n + 1) * classes; i++) if (values[i]! > values[at]!) at = i;
      return at;
    };
    const [ours, theirs] = [best(fixed), best(float)];
    return { agrees: ours === theirs, lead: float[theirs]! - float[ours]! };
  });
}
