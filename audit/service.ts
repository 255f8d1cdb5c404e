/**
 * The private service as a client meets it: inputs in, what the policy opens out. Answers are the plain evaluator's, which every protocol
 * equals to the bit; what a query costs at the parties is measured apart (cost.ts).
 * @module
 */
import { decode, encode } from '../src/core/fixed.js';
import { sizeOf } from '../src/core/ring.js';
import { type Reveal, revealedIndices } from '../src/core/trust.js';
import { loadKernelModule } from '../src/kernels/module.js';
import { wasmKernels } from '../src/kernels/wasm.js';
import type { FixedModel, InputNode } from '../src/model/fixed-model.js';
import { evaluatePlain, topK } from '../src/model/plain.js';

export interface Answers {
  /** [count, classes], where the policy opens them. */
  readonly logits?: Float64Array;
  /** [count, k], the best first; of logits only the best. */
  readonly labels: Uint32Array;
  readonly k: number;
}

const kernels = wasmKernels(loadKernelModule());

export class Service {
  readonly policy: string;
  readonly classes: number;
  readonly inputSize: number;
  /** What inputs may hold. */
  readonly low: number;
  readonly high: number;
  readonly #model: FixedModel;
  readonly #reveal: Reveal;
  #queries = 0;

  /** @param policy the name under which the answers are reported */
  constructor(
    model: FixedModel,
    reveal: Reveal,
    policy: string,
    range: { readonly low: number; readonly high: number },
  ) {
    const { nodes, output } = model.graph;
    this.#model = model;
    this.#reveal = reveal;
    this.policy = policy;
    this.low = range.low;
    this.high = range.high;
    this.classes = sizeOf(nodes[output]!.shape);
    this.inputSize = sizeOf(nodes[0]!.shape);
  }

  /** Inputs that differ by less are the same to it, or differ by a unit in the last place. */
  get inputUnit(): number {
    return 2 ** -(this.#model.graph.nodes[0] as InputNode).fractionBits;
  }

  /** Inputs that were asked since the last count began. */
  get queries(): number {
    return this.#queries;
  }

  /** Begins to count again. */
  forget(): void {
    this.#queries = 0;
  }

  /** Whether answers have numbers, not labels alone. */
  get hasLogits(): boolean {
    return revealedIndices(this.#reveal) === 0;
  }

  /** @param inputs [count, ...input shape] within the range */
  ask(inputs: Float32Array): Answers {
    const { ringBits, nodes, output, outputWidth } = this.#model.graph;
    const count = inputs.length / this.inputSize;
    this.#queries += count;
    const input = nodes[0] as InputNode;
    const words = evaluatePlain(
      this.#model,
      kernels,
      count,
      encode(ringBits, input.fractionBits, inputs, input),
    ).output;
    const indices = revealedIndices(this.#reveal);
    const k = Math.max(1, indices);
    const labels = topK(ringBits, words, this.classes, k, outputWidth);
    return indices > 0 ? { labels, k } : { labels, k, logits: decode(ringBits, nodes[output]!.fractionBits, words) };
  }
}
