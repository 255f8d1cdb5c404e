/**
 * The fixed-point truth: a FixedModel evaluated in the clear, wrapped and rounded exactly as the protocols do. Every
 * protocol's opened output equals this, bit for bit.
 * @module
 */
import { TacitError } from '../core/errors.js';
import { concatenate, type RingBits, signedAt, sizeOf, wordsPerElement } from '../core/ring.js';
import type { Kernels } from '../kernels/kernels.js';
import { multiply } from '../kernels/multiply.js';
import type { FixedModel, FixedNode } from './fixed-model.js';
import { nonlinear32, nonlinear64, outsideWidth } from './plain-nonlinear.js';

export interface PlainOptions {
  /** Called with every node's tensor for the whole batch, in the order of the nodes. */
  readonly onTensor?: (id: number, words: Uint32Array) => void;
}

/** A node at which values left their width; possible only where a width was observed, not proven. */
export interface Wrapped {
  readonly id: number;
  readonly name: string;
  /** How many elements of the batch did. */
  readonly count: number;
}

export interface PlainResult {
  /** [batch, ...output shape] in ring words, at the output's scale. */
  readonly output: Uint32Array;
  readonly wrapped: readonly Wrapped[];
}

/** Words of one tensor above which a batch is evaluated in parts. */
const PART_WORDS = 2 ** 23;

/**
 * Evaluates the model on `batch` encoded inputs.
 *
 * @param input ring words of [batch, ...input shape]
 * @throws BAD_SHAPE where the input has another length
 */
export function evaluatePlain(
  model: FixedModel,
  kernels: Kernels,
  batch: number,
  input: Uint32Array,
  options: PlainOptions = {},
): PlainResult {
  const { ringBits, nodes, output } = model.graph;
  const perElement = wordsPerElement(ringBits);
  const inputWords = sizeOf(nodes[0]!.shape) * perElement;
  if (input.length !== batch * inputWords) {
    throw new TacitError(
      'BAD_SHAPE',
      `expected ${batch} inputs of ${inputWords / perElement} elements, got ${input.length / perElement} elements. Check the batch`,
    );
  }
  const largest = Math.max(...nodes.map((node) => sizeOf(node.shape))) * perElement;
  const part = options.onTensor === undefined ? Math.max(1, Math.floor(PART_WORDS / largest)) : batch;
  const outputWords = sizeOf(nodes[output]!.shape) * perElement;
  const result = new Uint32Array(batch * outputWords);
  const counts = new Map<number, number>();
  for (let first = 0; first < batch; first += part) {
    const count = Math.min(part, batch - first);
    const inputs = input.subarray(first * inputWords, (first + count) * inputWords);
    result.set(evaluatePart(model, kernels, count, inputs, counts, options.onTensor), first * outputWords);
  }
  const wrapped = [...counts].map(([id, count]) => ({ id, name: nodes[id]!.name, count }));
  return { output: result, wrapped };
}

function evaluatePart(
  model: FixedModel,
  kernels: Kernels,
  batch: number,
  input: Uint32Array,
  counts: Map<number, number>,
  onTensor: PlainOptions['onTensor'],
): Uint32Array {
  const { ringBits, nodes, output, outputWidth } = model.graph;
  const lastUse = new Map<number, number>();
  for (const node of nodes) for (const id of node.inputs) lastUse.set(id, node.id);
  const tensors = new Map<number, Uint32Array>();
  const count = (id: number, wraps: number) => wraps > 0 && counts.set(id, (counts.get(id) ?? 0) + wraps);
  for (const node of nodes) {
    const inputs = node.inputs.map((id) => tensors.get(id)!);
    const value = node.op === 'input' ? input : evaluateNode(model, kernels, batch, node, inputs, count);
    tensors.set(node.id, value);
    onTensor?.(node.id, value);
    for (const id of node.inputs) if (lastUse.get(id) === node.id && id !== output) tensors.delete(id);
  }
  const result = tensors.get(output)!;
  count(output, outsideWidth(ringBits, outputWidth, result));
  return result;
}

function evaluateNode(
  model: FixedModel,
  kernels: Kernels,
  batch: number,
  node: FixedNode,
  inputs: readonly Uint32Array[],
  count: (id: number, wraps: number) => void,
): Uint32Array {
  const { ringBits: bits, nodes } = model.graph;
  const x = inputs[0]!;
  switch (node.op) {
    case 'input':
    case 'reshape':
      return x;
    case 'linear': {
      const { weights, bias } = model.parameters.get(node.id)!;
      const product = kernels.conv2d(bits, node.map, batch, x, weights);
      return node.hasBias ? kernels.addBias(bits, product, bias) : product;
    }
    case 'sumPool':
      return kernels.sumPool(bits, node.pool, batch, x);
    case 'shiftLeft':
      return kernels.scale(bits, x, [1n << BigInt(node.bits)], 1);
    case 'scale':
      return kernels.scale(bits, x, node.factors.map(BigInt), node.shape.at(-1)!);
    case 'add':
      return inputs.slice(1).reduce((sum, term) => kernels.add(bits, sum, term), x);
    case 'product':
      return multiply(kernels, bits, x, inputs[1]!);
    case 'concat': {
      const widths = node.inputs.map((id) => nodes[id]!.shape.at(-1)! * wordsPerElement(bits));
      return concatenate(inputs, widths, new Uint32Array(batch * sizeOf(node.shape) * wordsPerElement(bits)));
    }
    case 'pad': {
      const [height, width, channels] = nodes[node.inputs[0]!]!.shape as [number, number, number];
      return kernels.pad(bits, { batch, height, width, channels }, node, x);
    }
    case 'nonlinear': {
      const { words, wraps } = bits === 32 ? nonlinear32(node, batch, x) : nonlinear64(node, batch, x);
      count(node.id, wraps);
      return words;
    }
  }
}

/**
 * The indices of the k greatest logits of each input, greatest first; ties go to the lowest index.
 *
 * @param logits ring words of [batch, classes]
 * @param width compares only the low `width` bits, signed, as the circuit does
 * @returns [batch, k]
 */
export function topK(
  bits: RingBits,
  logits: Uint32Array,
  classes: number,
  k: number,
  width: number = bits,
): Uint32Array {
  if (!Number.isInteger(k) || k < 1 || k > classes) {
    throw new TacitError('BAD_VALUE', `expected k from 1 to ${classes}, got ${k}. Give another --reveal top:K`);
  }
  const batch = logits.length / wordsPerElement(bits) / classes;
  const labels = new Uint32Array(batch * k);
  for (let n = 0; n < batch; n++) {
    const values = Array.from({ length: classes }, (_, i) =>
      BigInt.asIntN(width, signedAt(bits, logits, n * classes + i)),
    );
    const order = values
      .map((_, i) => i)
      .sort((a, b) => (values[a]! === values[b]! ? a - b : values[a]! > values[b]! ? -1 : 1));
    labels.set(order.slice(0, k), n * k);
  }
  return labels;
}
