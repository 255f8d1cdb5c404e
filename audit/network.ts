/**
 * The float network with gradients, by its inputs and by its weights: what an attacker who has it differentiates, and what one who
 * lacks it trains. The architecture is public in Tacit; weights are the network's own, or fresh.
 * @module
 */
import type { Variable } from '@tensorflow/tfjs-core';
import { TacitError } from '../src/core/errors.js';
import type { Conv2d } from '../src/core/linear-map.js';
import { sizeOf } from '../src/core/ring.js';
import type { Graph } from '../src/model/graph.js';
import { convolve } from '../src/model/ops/linear/convolve.js';
import type { LinearOp } from '../src/model/ops/linear/nodes.js';
import { isReshape, type MoveOp } from '../src/model/ops/move/move.js';
import { mapOf } from '../src/model/ops/move/pieces.js';
import { realOperator } from '../src/model/ops/operators.js';
import type { Image, Tensor, Tf } from '../src/model/ops/tensorflow.js';
import { padFloat } from '../src/model/ops/windows.js';
import { fold } from '../src/model/passes/fold.js';
import { convolveBy, convolveTrainable, isPlain } from './convolution.js';
import { product } from './product.js';
import type { Random } from './random.js';
import { joined } from './rows.js';

interface Layer {
  /** HWIO, as core/linear-map.ts has them. */
  readonly weights: Tensor;
  readonly bias: Tensor | undefined;
}

export class Network {
  readonly tf: Tf;
  readonly graph: Graph;
  /** Of one input. */
  readonly inputSize: number;
  readonly classes: number;
  readonly #layers: ReadonlyMap<number, Layer>;
  readonly #trainable: boolean;

  private constructor(tf: Tf, graph: Graph, trainable: boolean, valuesOf: (op: LinearOp) => Float32Array) {
    this.tf = tf;
    this.graph = fold(graph);
    this.inputSize = sizeOf(graph.nodes[0]!.shape);
    this.classes = sizeOf(graph.nodes[graph.output]!.shape);
    this.#trainable = trainable;
    const layers = new Map<number, Layer>();
    for (const [id, node] of this.graph.nodes.entries()) {
      if (node.op !== 'linear') continue;
      if (trainable) checkTrainable(node);
      const weights = tf.tensor(valuesOf(node), weightShape(node.map));
      const bias =
        node.bias && tf.tensor1d(trainable ? new Float32Array(node.bias.length) : Float32Array.from(node.bias));
      layers.set(id, trainable ? { weights: weights.variable(true), bias: bias?.variable(true) } : { weights, bias });
    }
    this.#layers = layers;
  }

  /** With the graph's own weights. */
  static of(tf: Tf, graph: Graph): Network {
    return new Network(tf, graph, false, ({ weights }) => Float32Array.from(weights));
  }

  /**
   * Of the same architecture, to be trained: weights of deviation sqrt(2 / inputs) (He et al., arXiv 1502.01852), biases of 0.
   *
   * @throws UNSUPPORTED_LAYER where a layer has groups or a dilation
   */
  static fresh(tf: Tf, graph: Graph, random: Random): Network {
    return new Network(tf, graph, true, ({ map, weights }) => {
      const deviation = Math.sqrt(2 / (map.kernelHeight * map.kernelWidth * map.inChannels));
      return Float32Array.from(weights, () => deviation * random.normal());
    });
  }

  /** [n, classes] of [n, ...input shape]. */
  logits(x: Tensor): Tensor {
    const batch = x.shape[0]!;
    return this.tf.reshape(this.#tensors(x)[this.graph.output]!, [batch, this.classes]);
  }

  #tensors(x: Tensor): readonly Tensor[] {
    const { tf, graph } = this;
    const batch = x.shape[0]!;
    const tensors: Tensor[] = [];
    for (const [id, node] of graph.nodes.entries()) {
      const inputs = node.inputs.map((from) => tensors[from]!);
      if (node.op === 'input') tensors.push(x);
      else if (node.op === 'linear') tensors.push(this.#linear(id, node, batch, inputs[0]!));
      else if (node.op === 'move') tensors.push(move(tf, node, batch, inputs));
      else tensors.push(realOperator(node.op).float(tf, node, batch, inputs));
    }
    return tensors;
  }

  /** Logits of [count, classes], in parts. */
  evaluate(inputs: Float32Array): Float32Array {
    return this.#inParts(inputs, (x) => this.logits(x));
  }

  /** What the last linear layer reads: the representation that it separates classes in; [count, elements]. */
  features(inputs: Float32Array): Float32Array {
    const last = this.graph.nodes.findLast((node) => node.op === 'linear');
    return this.#inParts(inputs, (x) => this.#tensors(x)[last?.inputs[0] ?? 0]!);
  }

  #inParts(inputs: Float32Array, compute: (x: Tensor) => Tensor): Float32Array {
    const rows = PART * this.inputSize;
    const parts: Float32Array[] = [];
    for (let start = 0; start < inputs.length; start += rows) {
      const part = inputs.subarray(start, start + rows);
      parts.push(this.tf.tidy(() => Float32Array.from(compute(this.tensor(part)).dataSync())));
    }
    return joined(...parts);
  }

  /** Inputs as a tensor. */
  tensor(inputs: Float32Array): Tensor {
    return this.tf.tensor(inputs, [inputs.length / this.inputSize, ...this.graph.nodes[0]!.shape]);
  }

  /** Of the weights that training changes. */
  get variables(): readonly Variable[] {
    const tensors = [...this.#layers.values()].flatMap(({ weights, bias }) => (bias ? [weights, bias] : [weights]));
    return tensors.filter((tensor) => tensor instanceof this.tf.Variable);
  }

  /** The graph with the weights that training has made. */
  trained(): Graph {
    const nodes = this.graph.nodes.map((node, id) => {
      if (node.op !== 'linear') return node;
      const { weights, bias } = this.#layers.get(id)!;
      const kernel = Float32Array.from(weights.dataSync());
      return { ...node, weights: kernel, ...(bias ? { bias: Float32Array.from(bias.dataSync()) } : {}) };
    });
    return { ...this.graph, nodes };
  }

  dispose(): void {
    this.tf.dispose([...this.#layers.values()].flatMap(({ weights, bias }) => (bias ? [weights, bias] : [weights])));
  }

  #linear(id: number, node: LinearOp, batch: number, x: Tensor): Tensor {
    const { tf } = this;
    const { map } = node;
    const { weights, bias } = this.#layers.get(id)!;
    const isDense = map.inHeight * map.inWidth * map.kernelHeight * map.kernelWidth === 1 && map.groups === 1;
    const linear = isDense
      ? product(tf, tf.reshape(x, [batch, map.inChannels]), tf.reshape(weights, [map.inChannels, map.outChannels]))
      : this.#convolution(map, batch, x, weights as Image);
    return tf.reshape(bias ? tf.add(linear, bias) : linear, [batch, ...node.shape]);
  }

  #convolution(map: Conv2d, batch: number, x: Tensor, weights: Image): Tensor {
    const { tf } = this;
    const image = tf.reshape(x, [batch, map.inHeight, map.inWidth, map.inChannels]);
    const input = padFloat(tf, image, [map.padTop, map.padBottom], [map.padLeft, map.padRight]);
    if (!isPlain(map)) return convolve(tf, map, input, weights);
    return this.#trainable ? convolveTrainable(tf, map, input, weights) : convolveBy(tf, map, input, weights);
  }
}

/** Inputs that are evaluated at once. */
const PART = 256;

function weightShape({ kernelHeight, kernelWidth, inChannels, groups, outChannels }: Conv2d): number[] {
  return [kernelHeight, kernelWidth, inChannels / groups, outChannels];
}

function checkTrainable({ name, map }: LinearOp): void {
  if (isPlain(map)) return;
  const { groups, dilationHeight, dilationWidth } = map;
  throw new TacitError(
    'UNSUPPORTED_LAYER',
    `layer ${name}: expected one group and no dilation to train a copy of the network, got ${groups} groups and a dilation of ${dilationHeight}x${dilationWidth}. Leave out the attacks that train`,
  );
}

/** A movement; its gradient adds up, at each source, what its elements have become. */
function move(tf: Tf, node: MoveOp, batch: number, inputs: readonly Tensor[]): Tensor {
  if (isReshape(node, inputs[0]!.size / batch)) return tf.reshape(inputs[0]!, [batch, ...node.shape]);
  const sizes = inputs.map((x) => x.size / batch);
  const map = mapOf(node.pieces, sizes, sizeOf(node.shape));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const moved = tf.customGrad((...args) => {
    const [x] = args as [Tensor];
    const values = x.dataSync();
    const out = new Float32Array(batch * map.length).fill(node.fill);
    for (let n = 0; n < batch; n++) {
      for (const [i, from] of map.entries()) if (from >= 0) out[n * map.length + i] = values[n * all + from]!;
    }
    return {
      value: tf.tensor2d(out, [batch, map.length]),
      gradFunc: (dy: Tensor) => {
        const slopes = dy.dataSync();
        const sums = new Float32Array(batch * all);
        for (let n = 0; n < batch; n++) {
          for (const [i, from] of map.entries()) if (from >= 0) sums[n * all + from]! += slopes[n * map.length + i]!;
        }
        return tf.tensor2d(sums, [batch, all]);
      },
    };
  });
  const flat = inputs.map((x) => tf.reshape(x, [batch, x.size / batch]));
  return tf.reshape(moved(flat.length === 1 ? flat[0]! : tf.concat(flat, 1)), [batch, ...node.shape]);
}
