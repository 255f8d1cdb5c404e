/** Holds what the client learnt privately against the plain evaluators: bits against fixed point, reals against tfjs. @module */
import { decode, encode } from '../../src/core/fixed.js';
import { sizeOf } from '../../src/core/ring.js';
import { revealedIndices } from '../../src/core/trust.js';
import { loadKernelModule } from '../../src/kernels/module.js';
import { wasmKernels } from '../../src/kernels/wasm.js';
import type { InputNode } from '../../src/model/fixed-model.js';
import { evaluateFloat } from '../../src/model/float.js';
import type { Port } from '../../src/model/ops/node.js';
import { type Counted, evaluatePlain, topK } from '../../src/model/plain.js';
import { MOST_OF_ONE } from '../../src/model/quantize/accuracy.js';
import type { Inputs } from './inputs.js';
import type { Subject } from './subject.js';

export interface OutputError {
  readonly name: string;
  readonly error: number;
}

export interface Check {
  /** Whether every ring integer that the client learnt is that of the plain fixed-point evaluator. */
  readonly bitIdentical: boolean;
  /** Of the logits; null where the client learnt none. */
  readonly maxAbsErrorVsFloat: number | null;
  /** Of the logits, output by output: RMS of the error, as a part of the RMS of the float network's; null where the client learnt none. */
  readonly outputErrors: readonly OutputError[] | null;
  /** Whether none of these is above what the tolerance allows, which was held on the sample: these inputs may be others. null where outputs were rounded on purpose, too. */
  readonly withinTolerance: boolean | null;
  /** The part of the inputs whose best label is that of the float network. */
  readonly agreement: number;
  readonly floatBackend: string;
  /** Layers at which values left the width that calibration gave them; the result may be wrong. Empty with proven widths. */
  readonly wrapped: readonly { readonly name: string; readonly count: number }[];
  /** Layers that saturate for the proof, and how many values met the maximum that the float network does not have. */
  readonly saturated: readonly { readonly name: string; readonly count: number }[];
}

/** Indices of the greatest value of each row, ties to the lowest. */
export function bestOf(values: ArrayLike<number>, classes: number): number[] {
  return Array.from({ length: values.length / classes }, (_, n) => {
    let best = 0;
    for (let i = 1; i < classes; i++) if (values[n * classes + i]! > values[n * classes + best]!) best = i;
    return best;
  });
}

/** The reals or labels that the client learnt, one row an input, and the best label of each. */
export interface Learnt {
  readonly values: Float64Array;
  readonly columns: number;
  readonly best: readonly number[];
}

/** What the client makes of the ring words that it learnt. */
export function readLearnt({ model, trust }: Pick<Subject, 'model' | 'trust'>, words: Uint32Array): Learnt {
  const { ringBits, nodes, output } = model.graph;
  const indices = revealedIndices(trust.reveal);
  const values = decode(ringBits, indices === 0 ? nodes[output]!.fractionBits : 0, words);
  const columns = indices === 0 ? sizeOf(nodes[output]!.shape) : indices;
  const best = indices === 0 ? bestOf(values, columns) : [...values].filter((_, position) => position % columns === 0);
  return { values, columns, best };
}

export interface PlainOutcome {
  readonly check: Check;
  /** The best label of each input by the plain fixed-point evaluator. */
  readonly plainLabels: readonly number[];
}

/** Evaluates the inputs in the clear and compares. */
export async function checkOutcome(subject: Subject, inputs: Inputs, words: Uint32Array): Promise<PlainOutcome> {
  const { model, trust, ranges } = subject;
  const { ringBits, nodes, output, outputWidth } = model.graph;
  const input = nodes[0] as InputNode;
  const classes = sizeOf(nodes[output]!.shape);
  const encoded = encode(ringBits, input.fractionBits, inputs.values, input);
  const {
    output: plain,
    wrapped,
    clipped,
  } = evaluatePlain(model, wasmKernels(loadKernelModule()), inputs.count, encoded);
  const saturating = new Set(ranges.steps.flatMap(({ id, saturatesAt }) => (saturatesAt === undefined ? [] : [id])));
  const expected = expectedWords(subject, plain);
  const float = await evaluateFloat(subject.graph, inputs.count, inputs.values);
  const learnt = readLearnt(subject, words);
  const floatBest = bestOf(float.logits, classes);
  const errors = trust.reveal === 'logits' ? outputErrors(model.graph.outputs, learnt, float.logits) : null;
  const agreeing = learnt.best.filter((label, i) => label === floatBest[i]).length;
  return {
    plainLabels: [...topK(ringBits, plain, classes, 1, outputWidth)],
    check: {
      bitIdentical: words.length === expected.length && words.every((word, i) => word === expected[i]),
      maxAbsErrorVsFloat:
        trust.reveal === 'logits'
          ? learnt.values.reduce((worst, value, i) => Math.max(worst, Math.abs(value - float.logits[i]!)), 0)
          : null,
      outputErrors: errors,
      withinTolerance:
        errors === null || subject.roundLogits !== undefined
          ? null
          : errors.every(({ error }) => error <= allowedError(ranges.tolerance, inputs.count)),
      agreement: agreeing / inputs.count,
      floatBackend: float.backend,
      wrapped: wrapped.map(namedCount),
      saturated: clipped.filter(({ id }) => saturating.has(id)).map(namedCount),
    },
  };
}

/** One input may be off by more than all together. */
export function allowedError(tolerance: number, inputs: number): number {
  return inputs === 1 ? MOST_OF_ONE * tolerance : tolerance;
}

/** @param float of the float network, in the same order */
function outputErrors(outputs: readonly Port[], { values, columns }: Learnt, float: Float32Array): OutputError[] {
  let first = 0;
  return outputs.map(({ name, shape }) => {
    const size = sizeOf(shape);
    let [error, power] = [0, 0];
    for (let start = first; start < values.length; start += columns) {
      for (let i = start; i < start + size; i++) {
        error += (values[i]! - float[i]!) ** 2;
        power += float[i]! ** 2;
      }
    }
    first += size;
    return { name, error: error === 0 ? 0 : Math.sqrt(error / power) };
  });
}

function namedCount({ name, count }: Counted): { readonly name: string; readonly count: number } {
  return { name, count };
}

/** Ring words that the reveal policy opens, from the plain logits. */
function expectedWords({ model, trust }: Subject, plain: Uint32Array): Uint32Array {
  const { ringBits, nodes, output, outputWidth } = model.graph;
  const count = revealedIndices(trust.reveal);
  if (count === 0) return plain;
  const indices = topK(ringBits, plain, sizeOf(nodes[output]!.shape), count, outputWidth);
  return encode(ringBits, 0, Array.from(indices));
}
