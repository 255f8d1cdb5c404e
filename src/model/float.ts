/**
 * The network in floating point, by TensorFlow.js: what the fixed-point result is held against. tfjs is loaded when this is
 * first called, on its WASM backend, or on its plain JavaScript backend where the former cannot run.
 * @module
 */
import type * as Tfjs from '@tensorflow/tfjs';
import { TacitError } from '../core/errors.js';
import type { Conv2d, Pool2d } from '../core/linear-map.js';
import { sizeOf } from '../core/ring.js';
import type { Graph, GraphOp, LinearOp, NonlinearOp } from './graph.js';

type Tf = typeof Tfjs;
type Tensor = Tfjs.Tensor;
type Image = Tfjs.Tensor4D;
type Amount = [number, number];

export interface FloatResult {
  /** [batch, ...output shape]; a softmax at the end is left out. */
  readonly logits: Float32Array;
  readonly backend: 'tfjs-wasm' | 'tfjs-cpu';
}

/**
 * Evaluates the graph, folded or not, on `batch` inputs.
 *
 * @param input reals of [batch, ...input shape]
 * @throws BAD_SHAPE where the input has another length
 */
export async function evaluateFloat(graph: Graph, batch: number, input: Float32Array): Promise<FloatResult> {
  const shape = graph.nodes[0]!.shape;
  if (input.length !== batch * sizeOf(shape)) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected ${batch} inputs of [${shape.join(',')}], got ${input.length} values. Check the batch`,
    );
  }
  const tf = await load();
  try {
    if (await tf.setBackend('wasm')) return { logits: evaluate(tf, graph, batch, input), backend: 'tfjs-wasm' };
  } catch {
    // An operation that the WASM backend lacks: the plain one has them all.
  }
  await tf.setBackend('cpu');
  return { logits: evaluate(tf, graph, batch, input), backend: 'tfjs-cpu' };
}

let loaded: Promise<Tf> | undefined;

function load(): Promise<Tf> {
  loaded ??= (async () => {
    const tf = await import('@tensorflow/tfjs');
    tf.enableProdMode();
    await import('@tensorflow/tfjs-backend-wasm');
    return tf;
  })();
  return loaded;
}

function evaluate(tf: Tf, graph: Graph, batch: number, input: Float32Array): Float32Array {
  return tf.tidy(() => {
    const lastUse = new Map<number, number>();
    for (const [id, node] of graph.nodes.entries()) for (const from of node.inputs) lastUse.set(from, id);
    const tensors: Tensor[] = [];
    for (const [id, node] of graph.nodes.entries()) {
      const inputs = node.inputs.map((from) => tensors[from]!);
      const value = tf.tidy(() =>
        node.op === 'input' ? tf.tensor(input, [batch, ...node.shape]) : evaluateOp(tf, node, batch, inputs),
      );
      tensors.push(value);
      for (const from of new Set(node.inputs)) {
        if (lastUse.get(from) === id && from !== graph.output && tensors[from] !== value) tensors[from]!.dispose();
      }
    }
    return tensors[graph.output]!.dataSync() as Float32Array;
  });
}

function evaluateOp(tf: Tf, node: GraphOp, batch: number, inputs: readonly Tensor[]): Tensor {
  const x = inputs[0]!;
  switch (node.op) {
    case 'linear':
      return linear(tf, node, batch, x);
    case 'affine':
      return x.mul(tf.tensor1d(Float32Array.from(node.factor))).add(tf.tensor1d(Float32Array.from(node.offset)));
    case 'nonlinear':
      return nonlinear(tf, node, x);
    case 'averagePool':
      return node.divisor === 'inside'
        ? average(tf, node.pool, x)
        : average(tf, unpadded(node.pool), padded(tf, node.pool, x));
    case 'sumPool': {
      const factor = (node.pool.windowHeight * node.pool.windowWidth) / 2 ** node.divisorBits;
      return average(tf, unpadded(node.pool), padded(tf, node.pool, x)).mul(factor);
    }
    case 'scale': {
      const [height = 1, width = 1] = node.shape.length === 3 ? node.shape : [];
      if (node.factors.length === 1) return x.mul(node.factors[0]!);
      return x.mul(tf.tensor([...node.factors], [height, width, 1]));
    }
    case 'add':
      return tf.addN([...inputs]);
    case 'product':
      return x.mul(inputs[1]!);
    case 'concat':
      return tf.concat([...inputs], -1);
    case 'reshape':
      return x.reshape([batch, ...node.shape]);
    case 'pad':
      return pad(tf, x, [node.top, node.bottom], [node.left, node.right], 0);
    case 'input':
    case 'softmax':
      return x.clone();
  }
}

function linear(tf: Tf, node: LinearOp, batch: number, x: Tensor): Tensor {
  const { map } = node;
  const weights = tf.tensor4d(Float32Array.from(node.weights), [
    map.kernelHeight,
    map.kernelWidth,
    map.inChannels / map.groups,
    map.outChannels,
  ]);
  const image = x.reshape([batch, map.inHeight, map.inWidth, map.inChannels]) as Image;
  const input = pad(tf, image, [map.padTop, map.padBottom], [map.padLeft, map.padRight], 0);
  const product = convolve(tf, map, input, weights);
  const y = node.bias === undefined ? product : product.add(tf.tensor1d(Float32Array.from(node.bias)));
  return y.reshape([batch, ...node.shape]);
}

function convolve(tf: Tf, map: Conv2d, x: Image, weights: Image): Tensor {
  const { groups } = map;
  const strides: Amount = [map.strideHeight, map.strideWidth];
  const dilations: Amount = [map.dilationHeight, map.dilationWidth];
  const perGroup = map.outChannels / groups;
  if (groups === map.inChannels && groups > 1) {
    const depthwise = weights.reshape([map.kernelHeight, map.kernelWidth, groups, perGroup]) as Image;
    return tf.depthwiseConv2d(x, depthwise, strides, 'valid', 'NHWC', dilations);
  }
  if (groups === 1) return tf.conv2d(x, weights, strides, 'valid', 'NHWC', dilations);
  const inputs = tf.split(x, groups, 3);
  const kernels = tf.split(weights, groups, 3);
  return tf.concat(
    inputs.map((input, i) => tf.conv2d(input as Image, kernels[i] as Image, strides, 'valid', 'NHWC', dilations)),
    3,
  );
}

function nonlinear(tf: Tf, node: NonlinearOp, x: Tensor): Tensor {
  const { pool } = node;
  const pooled =
    pool === undefined
      ? x.clone()
      : tf.maxPool(
          padded(tf, pool, x, Number.NEGATIVE_INFINITY) as Image,
          [pool.windowHeight, pool.windowWidth],
          [pool.strideHeight, pool.strideWidth],
          'valid',
        );
  switch (node.activation) {
    case 'none':
      return pooled;
    case 'relu':
      return tf.relu(pooled);
    case 'clip':
      return tf.clipByValue(pooled, 0, node.clipMax!);
  }
}

/** The mean over the elements of each window that lie inside the image. */
function average(tf: Tf, pool: Pool2d, x: Tensor): Tensor {
  const { padTop, padBottom, padLeft, padRight } = pool;
  const explicit: [Amount, Amount, Amount, Amount] = [
    [0, 0],
    [padTop, padBottom],
    [padLeft, padRight],
    [0, 0],
  ];
  const none = padTop + padBottom + padLeft + padRight === 0;
  return tf.avgPool(
    x as Image,
    [pool.windowHeight, pool.windowWidth],
    [pool.strideHeight, pool.strideWidth],
    none ? 'valid' : explicit,
  );
}

function unpadded(pool: Pool2d): Pool2d {
  return { ...pool, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
}

function padded(tf: Tf, pool: Pool2d, x: Tensor, value = 0): Tensor {
  return pad(tf, x as Image, [pool.padTop, pool.padBottom], [pool.padLeft, pool.padRight], value);
}

function pad(tf: Tf, x: Tensor, rows: Amount, columns: Amount, value: number): Image {
  if (rows[0] + rows[1] + columns[0] + columns[1] === 0) return x as Image;
  return tf.pad(x, [[0, 0], rows, columns, [0, 0]], value) as Image;
}
