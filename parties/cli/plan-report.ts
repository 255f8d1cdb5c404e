/** A plan as one object: what `tacit plan --json` prints and what its table is made from. @module */
import { sizeOf } from '../../src/core/ring.js';
import { hasDealer, type TrustModel } from '../../src/core/trust.js';
import { type HeStep, isHeStep } from '../../src/correlations/triples/he/sizes.js';
import { Packing } from '../../src/he/packing/packing.js';
import type { Layout } from '../../src/model/card.js';
import type { FixedNode } from '../../src/model/fixed-model.js';
import type { RangeStep } from '../../src/model/quantize/range.js';
import { defaultThreads } from '../../src/offline/threads.js';
import type { Chooser } from '../../src/ot/fans.js';
import type { TransferKind } from '../../src/ot/kinds.js';
import { type KernelNeed, kernelMemory } from '../../src/plan/memory.js';
import { type Needs, needsOf } from '../../src/plan/needs.js';
import { type AnyPlan, isThree, planOf } from '../../src/plan/plan.js';
import { ASSUMED } from '../../src/plan/rates.js';
import { type SilentFields, silentFields } from '../../src/plan/silent.js';
import { transfersOf } from '../../src/plan/transfers.js';
import { checkNeeds } from '../../src/roles/needs.js';
import type { Triples } from '../../src/steps/two.js';
import type { NetworkProfile } from '../../src/transport/link.js';
import { NETWORKS } from '../../src/transport/shape.js';
import { type PredictedMs, predictMs, sumOf } from './cost.js';
import { predictThreeMs } from './cost-three.js';
import type { Note } from './notes.js';
import type { Range } from './options.js';
import { type FixedPointFields, fixedPointOf } from './report.js';
import type { Scaling } from './scaling.js';
import { factsOf, type ModelFacts, planInputOf, type Subject } from './subject.js';

export interface PlanStepFields {
  readonly name: string;
  readonly kind: string;
  /** Without the batch dimension. */
  readonly outputShape: readonly number[];
  /** Fraction bits of the output. */
  readonly scale: number;
  /** Reals; of a nonlinear step those of the value that enters it. Null where the step only compares. */
  readonly guaranteed: Range | null;
  /** On the calibration inputs; null without. */
  readonly observed: Range | null;
  readonly headroomBits: number | null;
  /** Of a step that is cut off, so that the plan is proven: where; null of others. */
  readonly saturatesAt: number | null;
  /** What rounding at this step alone makes of the outputs' error, by the model of errors; null where nothing is rounded. */
  readonly predictedError: number | null;
  /** RMS of the error of its values on the sample, as a part of the RMS of the float network's; null where that has no such values. */
  readonly observedError: number | null;
  readonly width: number;
  readonly offlineBytes: number;
  readonly onlineBytes: number;
  /** That the step adds to the longest chain of messages. */
  readonly rounds: number;
  /** Of a linear step of two parties: where its triple comes from; null of others. */
  readonly triples: Triples['by'] | null;
  /** Of a linear step by ring LWE: how it lies in polynomials; null of others. */
  readonly polynomials: PolynomialFields | null;
  /** Of a linear step by oblivious transfer: the operand whose bits choose in its transfers. */
  readonly chooser: Chooser | null;
  /** Of two parties, how a non-linear step is computed: gc or bits, and, where that was chosen, what both phases of it should take by each; null of other steps. */
  readonly nonlinear: NonlinearFields | null;
  /** Oblivious transfers: of a linear step as many in each direction, of a garbled one those of party 1's mask; null where a dealer deals. */
  readonly transfers: number | null;
}

/** A party's ciphertexts, the answers to the other's, and the products that these take. */
export interface PolynomialFields {
  readonly degree: number;
  readonly modulusBits: number;
  readonly ciphertexts: number;
  readonly answers: number;
  readonly weights: number;
  readonly products: number;
}

/** How correlated transfers are extended, and where they are silent how many of what in each direction, by its sender. */
export interface ExtensionFields {
  readonly by: TransferKind;
  readonly softSpokenK: number;
  readonly silent: readonly (SilentFields | null)[] | null;
}

export interface NonlinearFields {
  readonly by: 'gc' | 'bits';
  /** Milliseconds. */
  readonly predicted: Readonly<Record<'gc' | 'bits', number>> | null;
}

export interface PlanReport {
  readonly model: ModelFacts;
  readonly trust: TrustModel;
  readonly fixedPoint: FixedPointFields;
  readonly inputRange: Range;
  /** What a byte of an image becomes: (scale b - mean) / std; null where the input is no image, or nothing says it. */
  readonly pixels: Scaling | null;
  /** The order of an image's axes; null of other inputs. */
  readonly layout: Layout | null;
  /** Channels are blue, green, red. */
  readonly blueFirst: boolean;
  /** What was done to the calibration inputs, and hints on what seems odd about them. */
  readonly notes: readonly Note[];
  /** Inputs that one bundle serves; all costs are of one bundle. */
  readonly batch: number;
  readonly digest: string;
  readonly steps: readonly PlanStepFields[];
  readonly totals: AnyPlan['predicted'];
  /** Of two parties without a dealer. */
  readonly extension: ExtensionFields | null;
  /** What each participant needs of its machine: memory at most, disk for each bundle that waits and for the share of the model. */
  readonly needs: Needs;
  /** At most the kernel memory of the party that needs most, and the step that takes it. */
  readonly kernelMemory: KernelNeed;
  readonly predictedMs: Readonly<Record<'lan' | 'wan', PredictedMs>>;
  /** What predictedMs rests on. */
  readonly assumed: typeof ASSUMED & { readonly networks: typeof NETWORKS };
}

export function planReportOf(subject: Subject, batch: number): PlanReport {
  const { model, trust, ranges } = subject;
  const plan = planOf(planInputOf(subject, batch));
  checkNeeds(plan, { store: undefined, bundles: 1, keep: false, threads: undefined });
  const rounds = plan.stepRounds;
  const predict = (network: NetworkProfile): PredictedMs =>
    isThree(plan) ? predictThreeMs(plan, network) : predictMs(plan, network);
  return {
    model: factsOf(model),
    trust,
    fixedPoint: fixedPointOf(subject),
    ...inputFields(subject),
    batch,
    digest: plan.digest,
    steps: plan.steps.map((step, i) => ({
      ...describeStep(
        plan,
        step,
        ranges.steps.find(({ id }) => id === step.index),
      ),
      offlineBytes: sumOf(plan.costs[i]!.offline),
      onlineBytes: plan.costs[i]!.online.reduce((sum, move) => sum + sumOf(move), 0),
      rounds: rounds[i]!,
      nonlinear: nonlinearFields(step),
      ...offlineFields(plan, i),
    })),
    totals: plan.predicted,
    extension: extensionFields(plan),
    needs: needsOf(plan, defaultThreads()),
    kernelMemory: kernelMemory(plan),
    predictedMs: { lan: predict(NETWORKS.lan), wan: predict(NETWORKS.wan) },
    assumed: { ...ASSUMED, networks: NETWORKS },
  };
}

function extensionFields(plan: AnyPlan): ExtensionFields | null {
  if (isThree(plan) || hasDealer(plan.trust)) return null;
  const { transfers, softSpokenK, silent } = plan;
  return { by: transfers, softSpokenK, silent: silent ? silentFields(silent) : null };
}

function inputFields({
  rules,
  calibration,
}: Subject): Pick<PlanReport, 'inputRange' | 'pixels' | 'layout' | 'blueFirst' | 'notes'> {
  const { image, range, scaling } = rules;
  const axes = typeof image === 'object' ? image : undefined;
  return {
    inputRange: range,
    pixels: (axes && scaling) ?? null,
    layout: axes?.layout ?? null,
    blueFirst: rules.blueFirst,
    notes: calibration?.notes ?? [],
  };
}

type OfflineFields = Pick<PlanStepFields, 'triples' | 'polynomials' | 'chooser' | 'transfers'>;

function offlineFields(plan: AnyPlan, index: number): OfflineFields {
  if (isThree(plan)) return { triples: null, polynomials: null, chooser: null, transfers: null };
  const step = plan.steps[index]!;
  const made = {
    triples: step.kind === 'linear' ? step.triples.by : null,
    polynomials: isHeStep(step) ? polynomialsOf(step) : null,
  };
  if (hasDealer(plan.trust)) return { ...made, chooser: null, transfers: null };
  const { count = 0, chooser = null } = transfersOf(plan, step) ?? {};
  return { ...made, chooser, transfers: count };
}

function polynomialsOf({ node, triples: { layout, parameters } }: HeStep): PolynomialFields {
  const { inputs, answers, weights, blocks } = new Packing(node.map, layout);
  const { n, bits } = parameters.ring;
  return { degree: n, modulusBits: bits, ciphertexts: inputs, answers, weights, products: blocks * weights };
}

function nonlinearFields(step: AnyPlan['steps'][number]): NonlinearFields | null {
  if (step.kind !== 'garbled' && step.kind !== 'bits') return null;
  return { by: step.kind === 'garbled' ? 'gc' : 'bits', predicted: step.predictedMs ?? null };
}

type Described = Omit<PlanStepFields, 'offlineBytes' | 'onlineBytes' | 'rounds' | 'nonlinear' | keyof OfflineFields>;

function describeStep(
  { graph, batch }: AnyPlan,
  step: AnyPlan['steps'][number],
  range: RangeStep | undefined,
): Described {
  const node = graph.nodes[step.index];
  if (node === undefined || range === undefined) {
    // the step that reveals indices: it has no node of the network
    const elements = step.elements / batch;
    const width = graph.outputWidth;
    const none = {
      guaranteed: null,
      observed: null,
      headroomBits: null,
      saturatesAt: null,
      predictedError: null,
      observedError: null,
    };
    return { name: step.name, kind: 'reveal', outputShape: [elements], scale: 0, width, ...none };
  }
  const real = ({ low, high }: Range): Range => ({
    low: low * 2 ** -range.boundFractionBits,
    high: high * 2 ** -range.boundFractionBits,
  });
  return {
    name: step.name,
    kind: kindOf(node),
    outputShape: node.shape,
    scale: node.fractionBits,
    guaranteed: real(range.guaranteed),
    observed: range.observed ? real(range.observed) : null,
    headroomBits: range.headroomBits,
    saturatesAt: range.saturatesAt ?? null,
    predictedError: range.predictedError ?? null,
    observedError: range.observedError ?? null,
    width: range.width,
  };
}

/** The node's operation; of linear and nonlinear nodes what they are. */
function kindOf(node: FixedNode): string {
  if (node.op === 'linear') {
    const { inHeight, inWidth, groups, inChannels } = node.map;
    if (sizeOf([inHeight, inWidth]) === 1) return 'dense';
    return groups > 1 && groups === inChannels ? 'depthwise' : 'conv';
  }
  if (node.op !== 'nonlinear') return node.op;
  const activation = node.activation === 'none' ? [] : [node.activation];
  const parts = [...(node.pool ? ['max'] : []), ...activation];
  return parts.length === 0 ? 'rescale' : parts.join('+');
}
