/**
 * The network in floating point, by TensorFlow.js: what the fixed-point result is held against. tfjs is loaded when this is
 * first called, on its WASM backend, or on its plain JavaScript backend where the former cannot run.
 * @module
 */
import { TacitError } from '../core/errors.js';
import { once } from '../core/once.js';
import { sizeOf } from '../core/ring.js';
import type { Graph } from './graph.js';
import { type ComputedOp, realOperator } from './ops/operators.js';
import type { Tensor, Tf } from './ops/tensorflow.js';

export interface FloatResult {
  /** [batch, ...output shape]; a softmax at the end is left out. */
  readonly logits: Float32Array;
  readonly backend: 'tfjs-wasm' | 'tfjs-cpu';
}

export interface FloatOptions {
  /**
   * Called with every node's values on a part of the inputs, in the order of the nodes, part by part: from the start again where
   * the first backend gave up.
   */
  readonly onTensor?: (id: number, values: Float32Array) => void;
}

/** Elements of one tensor above which a batch is evaluated in parts. */
const PART_ELEMENTS = 2 ** 23;

/**
 * Evaluates the graph, folded or not, on `batch` inputs.
 *
 * @param input reals of [batch, ...input shape]
 * @throws BAD_SHAPE where the input has another length
 */
export async function evaluateFloat(
  graph: Graph,
  batch: number,
  input: Float32Array,
  options: FloatOptions = {},
): Promise<FloatResult> {
  const shape = graph.nodes[0]!.shape;
  if (input.length !== batch * sizeOf(shape)) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected ${batch} inputs of [${shape.join(',')}], got ${input.length} values. Check the batch`,
    );
  }
  const { value, backend } = await withTensorflow((tf) => evaluate(tf, graph, batch, input, options));
  return { logits: value, backend };
}

/** Runs something on the WASM backend, or on the plain JavaScript backend where the former does not start, or (again from its start) lacks an operation. */
export async function withTensorflow<T>(
  run: (tf: Tf) => T,
): Promise<{ readonly value: T; readonly backend: FloatResult['backend'] }> {
  const tf = await load();
  if (await tf.setBackend('wasm').catch(() => false)) {
    try {
      return { value: run(tf), backend: 'tfjs-wasm' };
    } catch (error) {
      if (!isMissingKernel(error)) throw error;
    }
  }
  await tf.setBackend('cpu');
  return { value: run(tf), backend: 'tfjs-cpu' };
}

/** The plain backend has them all. */
function isMissingKernel(error: unknown): boolean {
  return error instanceof Error && /^Kernel '\w+' not registered for backend/.test(error.message);
}

const load = once(async (): Promise<Tf> => {
  const tf = await import('@tensorflow/tfjs-core');
  tf.enableProdMode();
  await Promise.all([import('@tensorflow/tfjs-backend-cpu'), import('@tensorflow/tfjs-backend-wasm')]);
  return tf;
});

function evaluate(tf: Tf, graph: Graph, batch: number, input: Float32Array, options: FloatOptions): Float32Array {
  const inputSize = sizeOf(graph.nodes[0]!.shape);
  const outputSize = sizeOf(graph.nodes[graph.output]!.shape);
  const largest = Math.max(...graph.nodes.map((node) => sizeOf(node.shape)));
  const part = Math.max(1, Math.floor(PART_ELEMENTS / largest));
  const logits = new Float32Array(batch * outputSize);
  for (let first = 0; first < batch; first += part) {
    const count = Math.min(part, batch - first);
    const inputs = input.subarray(first * inputSize, (first + count) * inputSize);
    logits.set(evaluatePart(tf, graph, count, inputs, options), first * outputSize);
  }
  return logits;
}

function evaluatePart(
  tf: Tf,
  graph: Graph,
  batch: number,
  input: Float32Array,
  { onTensor }: FloatOptions,
): Float32Array {
  let logits = new Float32Array();
  // tidy walks over what it returns, so that an array would cost more than the network
  tf.tidy(() => {
    const lastUse = new Map<number, number>();
    for (const [id, node] of graph.nodes.entries()) for (const from of node.inputs) lastUse.set(from, id);
    const tensors: Tensor[] = [];
    for (const [id, node] of graph.nodes.entries()) {
      const inputs = node.inputs.map((from) => tensors[from]!);
      const value = tf.tidy(() =>
        node.op === 'input' ? tf.tensor(input, [batch, ...node.shape]) : evaluateNode(tf, node, batch, inputs),
      );
      tensors.push(value);
      onTensor?.(id, value.dataSync() as Float32Array);
      for (const from of new Set(node.inputs)) {
        if (lastUse.get(from) === id && from !== graph.output && tensors[from] !== value) tensors[from]!.dispose();
      }
    }
    logits = Float32Array.from(tensors[graph.output]!.dataSync());
  });
  return logits;
}

/** The WASM backend computes with more axes, batch included, than it can, and gives wrong numbers. */
const MOST_AXES = 5;

/** What computes element by element, or channel by channel, sees at most rows and channels. */
function evaluateNode(tf: Tf, node: ComputedOp, batch: number, inputs: readonly Tensor[]): Tensor {
  const { float } = realOperator(node.op);
  if (node.shape.length < MOST_AXES || node.op === 'move' || node.op === 'linear')
    return float(tf, node, batch, inputs);
  const shape = [sizeOf(node.shape.slice(0, -1)), node.shape.at(-1)!];
  const rows = inputs.map((x) => tf.reshape(x, [batch, ...shape]));
  return tf.reshape(float(tf, { ...node, shape }, batch, rows), [batch, ...node.shape]);
}
