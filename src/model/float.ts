/**
 * The network in floating point, by TensorFlow.js: what the fixed-point result is held against. tfjs is loaded when this is
 * first called, on its WASM backend, or on its plain JavaScript backend where the former cannot run.
 * @module
 */
import { TacitError } from '../core/errors.js';
import { once } from '../core/once.js';
import { sizeOf } from '../core/ring.js';
import type { Graph } from './graph.js';
import { realOperator } from './ops/operators.js';
import type { Tensor, Tf } from './ops/tensorflow.js';

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

const load = once(async (): Promise<Tf> => {
  const tf = await import('@tensorflow/tfjs-core');
  tf.enableProdMode();
  await Promise.all([import('@tensorflow/tfjs-backend-cpu'), import('@tensorflow/tfjs-backend-wasm')]);
  return tf;
});

function evaluate(tf: Tf, graph: Graph, batch: number, input: Float32Array): Float32Array {
  return tf.tidy(() => {
    const lastUse = new Map<number, number>();
    for (const [id, node] of graph.nodes.entries()) for (const from of node.inputs) lastUse.set(from, id);
    const tensors: Tensor[] = [];
    for (const [id, node] of graph.nodes.entries()) {
      const inputs = node.inputs.map((from) => tensors[from]!);
      const value = tf.tidy(() =>
        node.op === 'input'
          ? tf.tensor(input, [batch, ...node.shape])
          : realOperator(node.op).float(tf, node, batch, inputs),
      );
      tensors.push(value);
      for (const from of new Set(node.inputs)) {
        if (lastUse.get(from) === id && from !== graph.output && tensors[from] !== value) tensors[from]!.dispose();
      }
    }
    return tensors[graph.output]!.dataSync() as Float32Array;
  });
}
