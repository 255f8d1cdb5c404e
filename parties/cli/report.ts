/** The result of an inference as one object: what --json prints and what the human output is made from. @module */

import { sizeOf } from '../../src/core/ring.js';
import { hasDealer, type TrustModel } from '../../src/core/trust.js';
import { ended, givesLogits } from '../../src/model/ops/ending.js';
import type { Port } from '../../src/model/ops/node.js';
import { defaultThreads } from '../../src/offline/threads.js';
import { type KernelNeed, kernelMemory } from '../../src/plan/memory.js';
import { type Needs, needsOf } from '../../src/plan/needs.js';
import { type AnyTraffic, bytesIn, mapTraffic, planOf } from '../../src/plan/plan.js';
import type { PeakMemory, PhaseCost } from '../../src/roles/client.js';
import type { NetworkProfile } from '../../src/transport/link.js';
import type { Pass } from '../config.js';
import type { LaunchResult } from '../launch.js';
import { type Check, type Learnt, readLearnt } from './check.js';
import type { Inputs } from './inputs.js';
import { bestLabels, type LabelledClass, namedLabels, outputKindOf, perClass } from './labels.js';
import type { Note } from './notes.js';
import type { Range } from './options.js';
import type { Scaling } from './scaling.js';
import { factsOf, type ModelFacts, planInputOf, type Subject } from './subject.js';

export interface PhaseFields {
  readonly ms: number;
  readonly rounds: number;
  readonly bytes: AnyTraffic;
  readonly predictedBytes: AnyTraffic;
}

export interface FixedPointFields {
  readonly ringBits: number;
  readonly activationFractionBits: number;
  readonly weightFractionBits: number;
  readonly guaranteed: boolean;
  readonly headroomBits: number;
  /** Steps that saturate, so that no input in the range can overflow. */
  readonly saturated: number;
  /** What the outputs may be off by: RMS of the error, as a part of the RMS of the float network's outputs. */
  readonly tolerance: number;
  /** By the model of errors. */
  readonly predictedError: number;
  /** On the sample. */
  readonly observedError: number;
  /** Of the input of the sample that is furthest off, as a part of its own outputs' RMS; up to twice the tolerance. */
  readonly worstError: number;
  readonly sample: Sample;
}

/** On what the error was observed. */
interface Sample {
  /** Inputs of --calibrate, or inputs that were drawn from the range. */
  readonly source: 'calibration' | 'drawn';
  readonly count: number;
  /** The part of them whose greatest output is where the float network has it. */
  readonly agreement: number;
}

/**
 * Costs are of one pass over all inputs, medians where there were several; predictions likewise. What bundles cost depends on where
 * they came from: it is that of the passes that are alike in this, the most that are.
 */
interface BundleCounts {
  readonly stored: number;
  readonly made: number;
}

export interface ReportedOutput {
  readonly name: string;
  /** What the numbers are: what the model's file gives, the logits of the softmax that ends it, or labels that the policy opens. */
  readonly kind: 'outputs' | 'logits' | 'labels';
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface InferReport {
  readonly model: ModelFacts;
  readonly trust: TrustModel;
  readonly fixedPoint: FixedPointFields;
  /** What the inputs may hold. */
  readonly inputRange: Range;
  /** How pixels were scaled: a byte b is (scale b - mean) / std, one mean and std or one a channel; null where none were read. */
  readonly pixels: Scaling | null;
  /** What was done to inputs before they were encoded, and hints on what seems odd about them. */
  readonly notes: readonly Note[];
  readonly network: NetworkProfile | null;
  /** Inputs that one bundle serves. */
  readonly batch: number;
  readonly passes: number;
  readonly outputs: readonly ReportedOutput[];
  /** Of each input the best classes by name; null where no names are known. */
  readonly labels: readonly (readonly LabelledClass[])[] | null;
  /** null with --no-check. */
  readonly check: Check | null;
  /** The part of the labels that the private prediction has right; null where no labels are known. */
  readonly accuracy: number | null;
  /** Of one pass, and in total of all: bundles that were in store, and that were made on the fly. */
  readonly bundles: BundleCounts & { readonly total: BundleCounts };
  /** Each bundle was made while the one before was spent: offline and online times include waiting for each other. */
  readonly background: boolean;
  readonly setup: PhaseFields;
  readonly offline: PhaseFields;
  readonly online: PhaseFields & { readonly msPerInput: number };
  readonly client: { readonly uploadBytes: number; readonly downloadBytes: number };
  readonly peakMemoryBytes: PeakMemory;
  /** What the plan says of kernel memory, which is a part of it. */
  readonly kernelMemory: KernelNeed;
  /** What each participant needs of its machine, by the plan. */
  readonly needs: Needs;
  readonly timing: { readonly setupMs: number; readonly totalMs: number };
}

/** What a run was and gave. */
export interface Outcome {
  readonly subject: Subject;
  readonly inputs: Inputs;
  readonly batch: number;
  readonly network: NetworkProfile | undefined;
  readonly background: boolean;
  readonly result: LaunchResult;
  readonly check: Check | null;
}

export function fixedPointOf({ ranges }: Pick<Subject, 'ranges'>): FixedPointFields {
  const { ringBits, activationFractionBits, weightFractionBits, guaranteed, headroomBits } = ranges;
  const { tolerance, predictedError, observedError, worstError, agreement, sample } = ranges;
  return {
    ringBits,
    activationFractionBits,
    weightFractionBits,
    guaranteed,
    headroomBits,
    saturated: ranges.steps.filter(({ saturatesAt }) => saturatesAt !== undefined).length,
    tolerance,
    predictedError,
    observedError,
    worstError,
    sample: { ...sample, agreement },
  };
}

export function reportOf(outcome: Outcome): InferReport {
  const { subject, inputs, batch, network, background, result, check } = outcome;
  const { model, trust } = subject;
  const plan = planOf(planInputOf(subject, batch));
  const { predicted } = plan;
  const batches = Math.ceil(inputs.count / batch);
  const learnt = readLearnt(subject, result.outputs);
  const { passes } = result;
  const alike = passesAlike(passes);
  const { stored, made } = alike[0]!;
  const online = phase(
    passes.map((pass) => pass.online),
    predicted.online,
    batches,
  );
  return {
    model: factsOf(model),
    trust,
    fixedPoint: fixedPointOf(subject),
    inputRange: subject.rules.range,
    pixels: inputs.scaling ?? null,
    notes: inputs.notes,
    network: network ?? null,
    batch,
    passes: passes.length,
    outputs: outputsOf(subject, inputs, learnt),
    labels: labelsOf(subject, learnt),
    check,
    accuracy: accuracyOf(learnt.best, inputs.labels),
    bundles: {
      stored,
      made,
      total: { stored: sum(passes.map((pass) => pass.stored)), made: sum(passes.map((pass) => pass.made)) },
    },
    background,
    setup: phase([result.setup], predicted.setup, setupsOf(result.resumed, trust, made)),
    offline: phase(
      alike.map((pass) => pass.offline),
      predicted.offline,
      made,
    ),
    online: { ...online, msPerInput: online.ms / inputs.count },
    client: {
      uploadBytes: median(passes.map((pass) => pass.uploadBytes)),
      downloadBytes: median(passes.map((pass) => pass.downloadBytes)),
    },
    peakMemoryBytes: result.peakMemoryBytes,
    kernelMemory: kernelMemory(plan),
    needs: needsOf(plan, defaultThreads()),
    timing: { setupMs: result.startMs, totalMs: result.totalMs },
  };
}

/** The passes that found as many bundles in store, the most that there are; of as many the later ones, which had to make more. */
function passesAlike(passes: readonly Pass[]): readonly Pass[] {
  const groups = new Map<number, Pass[]>();
  for (const pass of passes) {
    const group = groups.get(pass.stored);
    if (group) group.push(pass);
    else groups.set(pass.stored, [pass]);
  }
  return [...groups.values()].reduce((most, group) => (group.length >= most.length ? group : most));
}

/** A model that the parties hold costs nothing again where a dealer dealt for it; base transfers are of one session, if it makes bundles. */
export function setupsOf(resumed: boolean, trust: TrustModel, made: number): 0 | 1 {
  return resumed && (hasDealer(trust) || made === 0) ? 0 : 1;
}

/** The network's outputs, or the labels that the policy opens. */
function outputsOf({ model, trust }: Subject, { count }: Inputs, learnt: Learnt): InferReport['outputs'] {
  const { columns } = learnt;
  if (trust.reveal !== 'logits')
    return [{ name: trust.reveal, kind: 'labels', shape: [count, columns], data: [...learnt.values] }];
  const { nodes, output, outputs } = model.graph;
  const values = ended(outputs, learnt.values);
  if (outputs.length === 1) {
    const { name, shape } = nodes[output]!;
    return [{ name, kind: kindOf(outputs[0]!), shape: [count, ...shape], data: [...values] }];
  }
  let first = 0;
  return outputs.map((port) => {
    const { name, shape } = port;
    const start = first;
    first += sizeOf(shape);
    const rows = Array.from({ length: count }, (_, n) => values.subarray(n * columns + start, n * columns + first));
    return { name, kind: kindOf(port), shape: [count, ...shape], data: rows.flatMap((row) => [...row]) };
  });
}

function kindOf(port: Port): ReportedOutput['kind'] {
  return givesLogits(port) ? 'logits' : 'outputs';
}

function labelsOf({ model, labels, trust }: Subject, { values, columns }: Learnt): InferReport['labels'] {
  if (labels === undefined) return null;
  if (trust.reveal !== 'logits') return namedLabels([...values], columns, labels);
  const { outputs } = model.graph;
  return bestLabels(perClass([...ended(outputs, values)], outputs, labels), labels, outputKindOf(outputs));
}

function accuracyOf(best: readonly number[], labels: readonly number[] | undefined): number | null {
  if (labels === undefined) return null;
  return best.filter((label, i) => label === labels[i]).length / best.length;
}

/** Medians of what a phase cost. @param times how often a pass pays what is predicted */
export function phase(costs: readonly PhaseCost[], predicted: AnyTraffic, times: number): PhaseFields {
  return {
    ms: median(costs.map((cost) => cost.ms)),
    rounds: median(costs.map((cost) => cost.rounds)),
    bytes: mapTraffic(predicted, (_, direction) => median(costs.map((cost) => bytesIn(cost.bytes, direction)))),
    predictedBytes: mapTraffic(predicted, (bytes) => times * bytes),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
