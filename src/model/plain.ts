/**
 * The fixed-point truth: a FixedModel evaluated in the clear, wrapped and rounded exactly as the protocols do. Every
 * protocol's opened output equals this, bit for bit.
 * @module
 */
import { TacitError } from '../core/errors.js';
import { type RingBits, signedAt, sizeOf, wordsPerElement } from '../core/ring.js';
import type { Kernels } from '../kernels/kernels.js';
import type { FixedModel, FixedNode } from './fixed-model.js';
import { outsideWidth } from './ops/nonlinear-words.js';
import type { Evaluation } from './ops/operator.js';
import { wordsOf } from './ops/operators.js';

export interface PlainOptions {
  /** Called with every node's tensor for the whole batch, in the order of the nodes. */
  readonly onTensor?: (id: number, words: Uint32Array) => void;
}

/** Elements of a node to which something happened. */
export interface Counted {
  readonly id: number;
  readonly name: string;
  /** How many elements of the batch did. */
  readonly count: number;
}

export interface PlainResult {
  /** [batch, ...output shape] in ring words, at the output's scale. */
  readonly output: Uint32Array;
  /** Values that left their width; possible only where a width was observed, not proven. */
  readonly wrapped: readonly Counted[];
  /** Values at the maximum of a clip, or at an end of a step that saturates. */
  readonly clipped: readonly Counted[];
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
  const wrapped = new Tally();
  const clipped = new Tally();
  for (let first = 0; first < batch; first += part) {
    const count = Math.min(part, batch - first);
    const inputs = input.subarray(first * inputWords, (first + count) * inputWords);
    result.set(evaluatePart(model, kernels, count, inputs, { ...options, wrapped, clipped }), first * outputWords);
  }
  return { output: result, wrapped: wrapped.of(nodes), clipped: clipped.of(nodes) };
}

/** Elements by node. */
class Tally {
  readonly #counts = new Map<number, number>();

  add(id: number, count: number): void {
    if (count > 0) this.#counts.set(id, (this.#counts.get(id) ?? 0) + count);
  }

  of(nodes: readonly FixedNode[]): Counted[] {
    return [...this.#counts].map(([id, count]) => ({ id, name: nodes[id]!.name, count }));
  }
}

interface Tallies extends PlainOptions {
  readonly wrapped: Tally;
  readonly clipped: Tally;
}

function evaluatePart(
  model: FixedModel,
  kernels: Kernels,
  batch: number,
  input: Uint32Array,
  { wrapped, clipped, onTensor }: Tallies,
): Uint32Array {
  const { ringBits, nodes, output, outputWidth } = model.graph;
  const lastUse = new Map<number, number>();
  for (const node of nodes) for (const id of node.inputs) lastUse.set(id, node.id);
  const tensors = new Map<number, Uint32Array>();
  const evaluation: Evaluation = {
    bits: ringBits,
    kernels,
    constants: true,
    weightsOf: (id) => model.parameters.get(id)!,
    wrapped: (id, count) => wrapped.add(id, count),
    clipped: (id, count) => clipped.add(id, count),
  };
  for (const node of nodes) {
    const inputs = node.inputs.map((id) => tensors.get(id)!);
    const shapes = node.inputs.map((id) => nodes[id]!.shape);
    const value = node.op === 'input' ? input : wordsOf(evaluation, node, batch, shapes, inputs);
    tensors.set(node.id, value);
    onTensor?.(node.id, value);
    for (const id of node.inputs) if (lastUse.get(id) === node.id && id !== output) tensors.delete(id);
  }
  const result = tensors.get(output)!;
  wrapped.add(output, outsideWidth(ringBits, outputWidth, result));
  return result;
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
    throw new TacitError('BAD_VALUE', `expected k from 1 to ${classes}, got ${k}. Ask for another number`);
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
