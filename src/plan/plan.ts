/**
 * The plan: a flat list of steps with shapes, circuits and costs. It is public, every party compiles it from the same public
 * inputs, and its digest is compared before any secret moves. What it predicts is what the channels count, to the byte.
 * @module
 */
import { createHash } from 'node:crypto';
import { buildCircuit } from '../../circuits/build.js';
import type { CircuitSpec } from '../../circuits/spec.js';
import { inputSize, weightSize } from '../core/linear-map.js';
import { type RingBits, sizeOf, wordsPerElement } from '../core/ring.js';
import { revealedIndices, type TrustModel } from '../core/trust.js';
import { type Schedule, schedule } from '../gc/schedule.js';
import type { FixedGraph, FixedNode, NonlinearNode, ProductNode } from '../model/fixed-model.js';
import { activationIn } from '../model/ops/activations/activations.js';
import { DEFAULT_SOFTSPOKEN_K } from '../ot/extension.js';
import { setupBytes } from '../ot/setup.js';
import { SEED_BYTES } from '../platform/random.js';
import { garbledCost } from '../protocols/garbled.js';
import { garbledOtCost } from '../protocols/garbled-ot.js';
import { linearCost } from '../protocols/linear.js';
import { linearOtCost } from '../protocols/linear-ot.js';
import { productCost } from '../protocols/product.js';
import { productOtCost } from '../protocols/product-ot.js';
import {
  addTraffic,
  type GarbledStep,
  type LinearStep,
  noTraffic,
  type Step,
  type StepCost,
  type Traffic,
} from '../protocols/step.js';
import { framedBytes } from '../transport/frame.js';
import { checkTransfers } from './transfers.js';
import { neededWidths } from './widths.js';

export const PROTOCOL_VERSION = 2;

/** Both directions between the compute parties. */
const LINK = ['0->1', '1->0'] as const;

/** What a plan is compiled from; all of it public. */
export interface PlanInput {
  readonly graph: FixedGraph;
  /** Inputs that one bundle serves. */
  readonly batch: number;
  readonly trust: TrustModel;
  /** SoftSpokenOT's parameter, 1 (IKNP) to 8, where the parties prepare by oblivious transfer; default 4. */
  readonly softSpokenK?: number;
}

export interface Plan extends PlanInput {
  readonly softSpokenK: number;
  readonly steps: readonly Step[];
  readonly costs: readonly StepCost[];
  /** By how much each step lengthens the longest chain of messages. */
  readonly stepRounds: readonly number[];
  /** Shape of what the client learns, batch first. */
  readonly outputShape: readonly number[];
  /** SHA-256 of version and input, hex. */
  readonly digest: string;
  readonly predicted: Prediction;
}

export interface Prediction {
  /** Once a model: seeds of the triples' B and the opening F, or base transfers; the seed of the output's re-randomisation. */
  readonly setup: Traffic;
  /** One bundle. */
  readonly offline: Traffic;
  readonly online: Traffic;
  readonly rounds: { readonly setup: number; readonly offline: number; readonly online: number };
}

/** The ring that a plan computes in. */
export function ringOf(plan: PlanInput): RingBits {
  return plan.graph.ringBits;
}

/**
 * Compiles a fixed-point graph for two parties.
 * @throws RangeError where the graph is inconsistent or is for three, TacitError SESSION_EXHAUSTED where it is too large for transfers
 */
export function compilePlan(input: PlanInput): Plan {
  if (input.trust.parties !== 2) throw new RangeError(`plan: expected 2 parties, got ${input.trust.parties}`);
  const steps = compileSteps(input);
  const { graph, batch, trust, softSpokenK = DEFAULT_SOFTSPOKEN_K } = input;
  const plan = { graph, batch, trust, softSpokenK };
  if (trust.preprocessing === 'ot') checkTransfers(steps, plan);
  const costs = steps.map((step) => costOf(step, plan));
  const last = steps[steps.length - 1]!;
  const digest = createHash('sha256')
    .update(JSON.stringify([PROTOCOL_VERSION, graph, batch, trust, softSpokenK]))
    .digest('hex');
  const outputShape =
    trust.reveal === 'logits' ? [batch, ...graph.nodes[graph.output]!.shape] : [batch, last.elements / batch];
  const stepRounds = roundsOf(costs);
  const predicted = predict(plan, steps, costs, stepRounds);
  return { ...plan, steps, costs, stepRounds, outputShape, digest, predicted };
}

function compileSteps({ graph, batch, trust }: PlanInput): Step[] {
  const steps: Step[] = [];
  const schedules = new Map<string, Schedule>();
  const scheduleOf = (spec: CircuitSpec): Schedule => {
    const key = JSON.stringify(spec);
    const known = schedules.get(key) ?? schedule(buildCircuit(spec));
    schedules.set(key, known);
    return known;
  };
  const widths = neededWidths(graph, trust);
  for (const [index, node] of graph.nodes.entries()) {
    if (node.id !== index || node.inputs.some((source) => source >= index)) {
      throw new RangeError(`graph: expected nodes in order, got node ${node.id} at ${index}`);
    }
    steps.push(compileNode(node, graph, batch, steps, scheduleOf, widths[index]!));
  }
  const count = revealedIndices(trust.reveal);
  if (count > 0) {
    const logits = graph.nodes[graph.output]!;
    const values = sizeOf(logits.shape);
    if (count > values) throw new RangeError(`reveal: expected at most top:${values}, got ${trust.reveal}`);
    const spec: CircuitSpec = { kind: 'topk', values, width: graph.outputWidth, count, outBits: graph.ringBits };
    const index = steps.length;
    steps.push({
      kind: 'garbled',
      index,
      name: trust.reveal,
      elements: batch * count,
      knownOffline: true,
      source: graph.output,
      spec,
      schedule: scheduleOf(spec),
      instances: batch,
      outputs: count,
    });
  }
  return steps;
}

function compileNode(
  node: FixedNode,
  graph: FixedGraph,
  batch: number,
  steps: readonly Step[],
  scheduleOf: (spec: CircuitSpec) => Schedule,
  width: number,
): Step {
  const base = { index: node.id, name: node.name, elements: batch * sizeOf(node.shape) };
  switch (node.op) {
    case 'input':
      return { ...base, kind: 'input', node, knownOffline: false };
    case 'linear': {
      const source = node.inputs[0]!;
      return {
        ...base,
        kind: 'linear',
        node,
        source,
        knownOffline: false,
        sourceKnown: steps[source]!.knownOffline,
        inputElements: batch * inputSize(node.map),
        width,
      } satisfies LinearStep;
    }
    case 'nonlinear': {
      const spec = activationSpec(node, graph.ringBits);
      return {
        ...base,
        kind: 'garbled',
        knownOffline: true,
        source: node.inputs[0]!,
        spec,
        schedule: scheduleOf(spec),
        instances: base.elements,
        outputs: 1,
        ...(node.pool ? { pool: node.pool } : {}),
      } satisfies GarbledStep;
    }
    case 'product': {
      const sources = factorsOf(node);
      const sourcesKnown = sources.map((source) => steps[source]!.knownOffline);
      return { ...base, kind: 'product', sources, sourcesKnown, knownOffline: false, width };
    }
    default:
      return {
        ...base,
        kind: 'local',
        node,
        sources: node.inputs,
        sourceShapes: node.inputs.map((source) => graph.nodes[source]!.shape),
        knownOffline: node.inputs.every((source) => steps[source]!.knownOffline),
      };
  }
}

export function activationSpec(node: NonlinearNode, ringBits: RingBits): CircuitSpec {
  return {
    kind: 'activation',
    values: node.pool ? node.pool.windowHeight * node.pool.windowWidth : 1,
    width: node.width,
    shift: node.shift,
    ...activationIn(node),
    outBits: ringBits,
  };
}

/** The tensors that a product reads: one where it is a square. */
export function factorsOf({ inputs }: ProductNode): readonly [number] | readonly [number, number] {
  const [x, y] = inputs as [number, number];
  return x === y ? [x] : [x, y];
}

function costOf(step: Step, { graph, batch, trust, softSpokenK: k }: Required<PlanInput>): StepCost {
  const bits = graph.ringBits;
  const ot = trust.preprocessing === 'ot';
  if (step.kind === 'linear') {
    const cost = linearCost(bits, batch, step);
    return ot ? { ...cost, offline: linearOtCost(bits, batch, k, step) } : cost;
  }
  if (step.kind === 'product') {
    const cost = productCost(bits, step);
    return ot ? { ...cost, offline: productOtCost(bits, batch, k, step) } : cost;
  }
  if (step.kind === 'garbled') {
    const cost = garbledCost(bits, step);
    return ot ? { ...cost, offline: garbledOtCost(bits, k, step) } : cost;
  }
  return { offline: noTraffic(), online: [] };
}

/** Linear steps, in order: the weights that the parties share. */
export function linearSteps(plan: Pick<Plan, 'steps'>): LinearStep[] {
  return plan.steps.filter((step) => step.kind === 'linear');
}

/** Output channels of a linear step: the elements of its bias. */
export function biasSize(step: LinearStep): number {
  return step.node.map.outChannels;
}

function predict(
  plan: Required<PlanInput>,
  steps: readonly Step[],
  costs: readonly StepCost[],
  stepRounds: readonly number[],
): Prediction {
  const ot = plan.trust.preprocessing === 'ot';
  const offline = costs.map((cost) => cost.offline).reduce(addTraffic, ot ? noTraffic() : dealtSeeds());
  const online = noTraffic();
  for (const cost of costs) {
    for (const move of cost.online) for (const direction of LINK) online[direction] += move[direction] ?? 0;
  }
  const works = costs.some((cost) => Object.values(cost.offline).some((bytes) => bytes > 0));
  return {
    setup: ot ? transferSetup(plan) : dealtSetup(plan, steps),
    offline,
    online,
    rounds: {
      setup: ot ? 3 : 1,
      offline: ot ? (works ? 2 : 0) : 1,
      online: stepRounds.reduce((sum, rounds) => sum + rounds, 0),
    },
  };
}

/** A seed to each party from the dealer. */
function dealtSeeds(): Traffic {
  const seed = framedBytes(SEED_BYTES);
  return { ...noTraffic(), 'dealer->0': seed, 'dealer->1': seed };
}

/** The opening F, and the seed of re-randomisation from party 0. */
function dealtSetup({ graph }: PlanInput, steps: readonly Step[]): Traffic {
  let opening = 0;
  for (const step of linearSteps({ steps })) {
    opening += framedBytes(weightSize(step.node.map) * wordsPerElement(graph.ringBits) * 4);
  }
  return { ...dealtSeeds(), '0->1': opening + framedBytes(SEED_BYTES), '1->0': opening };
}

/** Base transfers in both directions, and the seed of re-randomisation from party 0. */
function transferSetup({ softSpokenK }: Required<PlanInput>): Traffic {
  const each = setupBytes(softSpokenK).reduce((sum, bytes) => sum + framedBytes(bytes), 0);
  return { ...noTraffic(), '0->1': each + framedBytes(SEED_BYTES), '1->0': each };
}

/**
 * The online rounds that each step adds. A message is one deeper than the last one that its sender received; both ends of a move send
 * before they receive.
 */
function roundsOf(costs: readonly StepCost[]): number[] {
  const depth = { '0->1': 0, '1->0': 0 };
  let deepest = 0;
  return costs.map((cost) => {
    const before = deepest;
    for (const move of cost.online) {
      const next = { '0->1': depth['1->0'] + 1, '1->0': depth['0->1'] + 1 };
      for (const direction of LINK) {
        if (move[direction] === undefined) continue;
        depth[direction] = Math.max(depth[direction], next[direction]);
        deepest = Math.max(deepest, next[direction]);
      }
    }
    return deepest - before;
  });
}
