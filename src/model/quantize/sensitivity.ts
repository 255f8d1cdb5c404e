/**
 * What each rounding of a fixed-point network alone makes of its output, measured in the float network: one tensor, or the weights
 * of one layer, rounded to a number of bits, and all that depends on it evaluated again.
 *
 * Roundings are as good as independent, and small: error^2 of the output = the sum of what each makes, and that is what it makes of its own
 * tensor times a gain. Where a network is too large to measure each gain, the others lie between those of the measured ones around.
 * @module
 */
import { sizeOf } from '../../core/ring.js';
import { withTensorflow } from '../float.js';
import type { Graph } from '../graph.js';
import { type GraphOp, realOperator } from '../ops/operators.js';
import type { Tensor, Tf } from '../ops/tensorflow.js';
import { toIntegers } from '../weights.js';
import { inputsFor, type Sample, workOf } from './sample.js';

/** What is rounded: the values of a node of the float graph, or its weights. */
export interface Rounding {
  readonly of: 'activations' | 'weights';
  /** Its id in the float graph. */
  readonly node: number;
  readonly bits: number;
}

/** What errors are asked for: to choose bits by, or to tell what each rounding adds. */
export type Purpose = 'choose' | 'tell';

/** Multiply-adds of one evaluation. */
const WORK = 2 ** 28;
/** Of all that measure gains. */
const GAIN_WORK: Readonly<Record<Purpose, number>> = { choose: 2 ** 35, tell: 2 ** 31 };
const MOST_INPUTS = 8;

export class Sensitivity {
  readonly #graph: Graph;
  readonly #batch: number;
  readonly #tensors: readonly Tensor[];
  readonly #tf: Tf;
  readonly #backend: string;
  /** By node: the last that reads it. */
  readonly #lastUse: readonly number[];
  /** Of each element of the output: its part in the squared error of the output that it belongs to. */
  readonly #parts: Tensor;
  /** By rounding but for its bits: squared error of the outputs for that of the tensor, both relative. */
  readonly #gains = new Map<string, number>();

  private constructor(tf: Tf, graph: Graph, batch: number, input: Float32Array) {
    this.#tf = tf;
    this.#backend = tf.getBackend();
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
    this.#parts = tf.tidy(() => tf.keep(this.#partsOf(tensors[graph.output]!)));
  }

  /** Of a few inputs of the sample. */
  static async of(graph: Graph, sample: Sample): Promise<Sensitivity> {
    const batch = inputsFor(WORK, graph, Math.min(sample.count, MOST_INPUTS));
    const input = sample.values.subarray(0, batch * sizeOf(graph.nodes[0]!.shape));
    return (await withTensorflow((tf) => new Sensitivity(tf, graph, batch, input))).value;
  }

  dispose(): void {
    for (const tensor of [...this.#tensors, this.#parts]) tensor.dispose();
  }

  /**
   * The squared error of the outputs for each, where nothing else is rounded, as a part of the square of the outputs, summed over these.
   * Roundings are in the order of their nodes.
   * @param purpose to tell, a few of the gains of a large network are measured
   */
  async errorsOf(roundings: readonly Rounding[], purpose: Purpose): Promise<readonly number[]> {
    // what ran in between may have chosen another
    await this.#tf.setBackend(this.#backend);
    const local = roundings.map((rounding) => this.#locally(rounding));
    const stride = this.#strideOf(roundings, GAIN_WORK[purpose]);
    for (const [i, rounding] of roundings.entries()) {
      if (i % stride === 0 && local[i]! > 0 && !this.#gains.has(keyOf(rounding))) {
        this.#gains.set(keyOf(rounding), this.#measure(rounding) / local[i]!);
      }
    }
    const gains = between(roundings.map((rounding) => this.#gains.get(keyOf(rounding))));
    return local.map((error, i) => error * gains[i]!);
  }

  /** Every how manieth gain there is time to measure. */
  #strideOf(roundings: readonly Rounding[], work: number): number {
    const { nodes } = this.#graph;
    const behind = new Float64Array(nodes.length + 1);
    for (let id = nodes.length - 1; id >= 0; id--) behind[id] = behind[id + 1]! + workOf(nodes[id]!);
    const all = roundings.reduce((sum, { node }) => sum + this.#batch * behind[node]!, 0);
    return Math.ceil(all / work);
  }

  /** Relative squared error of the tensor itself. */
  #locally(rounding: Rounding): number {
    const tf = this.#tf;
    const exact = this.#tensors[rounding.node]!;
    const power = this.#meanSquare(exact);
    let error = 0;
    tf.tidy(() => {
      error = this.#meanSquare(tf.sub(this.#rounded(rounding), exact));
    });
    return error === 0 ? 0 : error / power;
  }

  /** Relative squared error of the outputs. */
  #measure(rounding: Rounding): number {
    const tf = this.#tf;
    const { nodes, output } = this.#graph;
    let error = 0;
    tf.tidy(() => {
      const changed = new Map<number, Tensor>([[rounding.node, this.#rounded(rounding)]]);
      for (let at = rounding.node + 1; at <= output; at++) {
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
      if (came === undefined) return;
      const squares = tf.reshape(tf.square(tf.sub(came, this.#tensors[output]!)), [this.#batch, -1]);
      error = tf.sum(tf.mul(squares, this.#parts)).dataSync()[0]!;
    });
    return error;
  }

  #partsOf(output: Tensor): Tensor {
    const tf = this.#tf;
    const squares = tf.reshape(tf.square(output), [this.#batch, -1]);
    const sizes = this.#graph.outputs.map(({ shape }) => sizeOf(shape));
    const parts = tf.split(squares, sizes, 1).map((square, i) => {
      const sum = tf.sum(square).dataSync()[0]!;
      return tf.fill([1, sizes[i]!], sum === 0 ? 0 : 1 / sum);
    });
    return tf.concat(parts, 1);
  }

  #rounded({ of, node, bits }: Rounding): Tensor {
    return of === 'weights' ? this.#withRoundedWeights(node, bits) : round(this.#tf, this.#tensors[node]!, bits);
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

function keyOf({ of, node }: Rounding): string {
  return `${of}/${node}`;
}

/** What is missing lies between its neighbours, as powers do. */
function between(gains: readonly (number | undefined)[]): readonly number[] {
  const known = gains.flatMap((gain, at) => (gain === undefined ? [] : [{ at, gain }]));
  return gains.map((gain, at) => {
    if (gain !== undefined) return gain;
    const before = known.findLast((other) => other.at < at);
    const after = known.find((other) => other.at > at);
    if (before === undefined || after === undefined) return (before ?? after)?.gain ?? 1;
    const part = (at - before.at) / (after.at - before.at);
    return before.gain ** (1 - part) * after.gain ** part;
  });
}
