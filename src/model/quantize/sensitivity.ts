/**
 * What each rounding of a fixed-point network alone makes of its output, measured in the float network: one tensor, or the weights
 * of one layer, rounded to a number of bits, and all that depends on it evaluated again.
 *
 * Roundings are as good as independent, and small: error^2 of the output = the sum of what each makes, and a bit more of one makes a
 * quarter of it.
 * @module
 */
import { sizeOf } from '../../core/ring.js';
import { withTensorflow } from '../float.js';
import type { Graph } from '../graph.js';
import { type GraphOp, realOperator } from '../ops/operators.js';
import type { Tensor, Tf } from '../ops/tensorflow.js';
import { toIntegers } from '../weights.js';
import { inputsFor, type Sample } from './sample.js';

/** What is rounded: the values of a node of the float graph, or its weights. */
export interface Rounding {
  readonly of: 'activations' | 'weights';
  /** Its id in the float graph. */
  readonly node: number;
  readonly bits: number;
}

/** Of one evaluation; a rounding takes half of one, and there are hundreds. */
const WORK = 2 ** 28;
const MOST_INPUTS = 8;

export class Sensitivity {
  readonly #graph: Graph;
  readonly #batch: number;
  readonly #tensors: readonly Tensor[];
  readonly #tf: Tf;
  /** By node: the last that reads it. */
  readonly #lastUse: readonly number[];
  readonly #known = new Map<string, number>();
  /** Mean of the squares of the float network's outputs. */
  readonly outputPower: number;

  private constructor(tf: Tf, graph: Graph, batch: number, input: Float32Array) {
    this.#tf = tf;
    this.#graph = graph;
    this.#batch = batch;
    const lastUse = graph.nodes.map((_, id) => id);
    for (const [id, node] of graph.nodes.entries()) for (const from of node.inputs) lastUse[from] = id;
    this.#lastUse = lastUse;
    const tensors: Tensor[] = [];
    for (const node of graph.nodes) {
      const inputs = node.inputs.map((from) => tensors[from]!);
      // keep: an operator may hand on its input itself
      tensors.push(tf.tidy(() => tf.keep(this.#evaluate(node, inputs, input).clone())));
    }
    this.#tensors = tensors;
    this.outputPower = this.#meanSquare(tensors[graph.output]!);
  }

  /** Of a few inputs of the sample. */
  static async of(graph: Graph, sample: Sample): Promise<Sensitivity> {
    const batch = inputsFor(WORK, graph, Math.min(sample.count, MOST_INPUTS));
    const input = sample.values.subarray(0, batch * sizeOf(graph.nodes[0]!.shape));
    return (await withTensorflow((tf) => new Sensitivity(tf, graph, batch, input))).value;
  }

  dispose(): void {
    for (const tensor of this.#tensors) tensor.dispose();
  }

  /** Mean of the squares of the output's error, where nothing else is rounded. */
  errorOf(rounding: Rounding): number {
    const key = `${rounding.of}/${rounding.node}/${rounding.bits}`;
    const known = this.#known.get(key) ?? this.#measure(rounding);
    this.#known.set(key, known);
    return known;
  }

  #measure({ of, node: id, bits }: Rounding): number {
    const tf = this.#tf;
    const { nodes, output } = this.#graph;
    let error = 0;
    tf.tidy(() => {
      const changed = new Map<number, Tensor>();
      changed.set(id, of === 'weights' ? this.#withRoundedWeights(id, bits) : round(tf, this.#tensors[id]!, bits));
      for (let at = id + 1; at <= output; at++) {
        const { inputs } = nodes[at]!;
        if (!inputs.some((from) => changed.has(from))) continue;
        const values = inputs.map((from) => changed.get(from) ?? this.#tensors[from]!);
        changed.set(
          at,
          tf.tidy(() => this.#evaluate(nodes[at]!, values)),
        );
        for (const [from, tensor] of changed) {
          if (from === at || this.#lastUse[from]! > at) continue;
          tensor.dispose();
          changed.delete(from);
        }
      }
      const came = changed.get(output);
      error = came === undefined ? 0 : this.#meanSquare(tf.sub(came, this.#tensors[output]!));
    });
    return error;
  }

  #withRoundedWeights(id: number, bits: number): Tensor {
    const node = this.#graph.nodes[id]!;
    if (node.op !== 'linear') return this.#tensors[id]!;
    const weights = toIntegers(node.weights, bits).map((weight) => weight / 2 ** bits);
    return this.#evaluate(
      { ...node, weights },
      node.inputs.map((from) => this.#tensors[from]!),
    );
  }

  #evaluate(node: GraphOp, inputs: readonly Tensor[], input?: Float32Array): Tensor {
    if (node.op === 'input') return this.#tf.tensor(input!, [this.#batch, ...node.shape]);
    return realOperator(node.op).float(this.#tf, node, this.#batch, inputs);
  }

  #meanSquare(x: Tensor): number {
    return this.#tf.tidy(() => this.#tf.mean(this.#tf.square(x)).dataSync()[0]!);
  }
}

/** To the nearest multiple of 2^-bits. */
function round(tf: Tf, x: Tensor, bits: number): Tensor {
  return tf.mul(tf.floor(tf.add(tf.mul(x, 2 ** bits), 0.5)), 2 ** -bits);
}
