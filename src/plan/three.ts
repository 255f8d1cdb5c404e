/**
 * The plan of three parties: the same graph, other steps and costs, and for every tensor how many of its bits are ever read.
 * @module
 */
import { createHash } from 'node:crypto';
import type { CircuitSpec } from '../../circuits/spec.js';
import { buildThree } from '../../circuits/three.js';
import { sizeOf } from '../core/ring.js';
import { revealedIndices } from '../core/trust.js';
import type { FixedGraph, FixedNode } from '../model/fixed-model.js';
import { SEED_BYTES } from '../platform/random.js';
import { booleanCost, GROUP_BYTES, groupsOf } from '../protocols/three/boolean.js';
import { linearCost } from '../protocols/three/linear.js';
import { compileProgram } from '../protocols/three/program.js';
import {
  type BooleanStep,
  DIRECTIONS,
  type LinearStep,
  type Move,
  noTraffic,
  type Reads,
  type Step,
  type StepCost,
  sourcesOf,
  type Traffic,
  toPrevious,
} from '../protocols/three/step.js';
import { framedBytes } from '../transport/frame.js';
import { activationSpec, factorsOf, type PlanInput, PROTOCOL_VERSION } from './plan.js';

export interface ThreePlan extends PlanInput {
  readonly steps: readonly Step[];
  readonly costs: readonly StepCost[];
  /** By how much each step lengthens the longest chain of messages. */
  readonly stepRounds: readonly number[];
  /** Shape of what the client learns, batch first. */
  readonly outputShape: readonly number[];
  /** SHA-256 of version and input, hex. */
  readonly digest: string;
  readonly predicted: ThreePrediction;
}

export interface ThreePrediction {
  /** Once a session: a key for each pair. */
  readonly setup: Traffic;
  /** Nothing. */
  readonly offline: Traffic;
  /** One inference. */
  readonly online: Traffic;
  readonly rounds: { readonly setup: number; readonly offline: number; readonly online: number };
}

/**
 * Compiles a fixed-point graph for three parties, who must agree on `groupBytes` as on everything else: kernel memory of the wires that
 * are under way at once.
 * @throws RangeError where the graph is inconsistent, or is for two
 */
export function compileThree(input: PlanInput, groupBytes: number = GROUP_BYTES): ThreePlan {
  const { graph, batch, trust } = input;
  if (trust.parties !== 3) throw new RangeError(`plan: expected 3 parties, got ${trust.parties}`);
  const steps = compileSteps(input, groupBytes);
  const costs = steps.map(costOf);
  const last = steps[steps.length - 1]!;
  const outputShape =
    trust.reveal === 'logits' ? [batch, ...graph.nodes[graph.output]!.shape] : [batch, last.elements / batch];
  const stepRounds = roundsOf(costs);
  const digest = createHash('sha256')
    .update(JSON.stringify([PROTOCOL_VERSION, graph, batch, trust]))
    .digest('hex');
  return { graph, batch, trust, steps, costs, stepRounds, outputShape, digest, predicted: predict(costs, stepRounds) };
}

/** Linear steps, in order: the weights that the parties share. */
export function linearStepsOf(plan: Pick<ThreePlan, 'steps'>): LinearStep[] {
  return plan.steps.filter((step) => step.kind === 'linear');
}

/** Boolean steps, in order. */
export function booleanSteps(plan: Pick<ThreePlan, 'steps'>): BooleanStep[] {
  return plan.steps.filter((step) => step.kind === 'boolean');
}

/** The tensor that is opened to the client: the logits, or the indices after them. */
export function openedTensor({ graph, trust, steps }: Pick<ThreePlan, 'graph' | 'trust' | 'steps'>): number {
  return trust.reveal === 'logits' ? graph.output : steps.length - 1;
}

type Compiled = Pick<BooleanStep, 'spec' | 'program' | 'finish' | 'instances' | 'groups'>;

function compileSteps({ graph, batch, trust }: PlanInput, groupBytes: number): Step[] {
  const compiled = new Map<string, Pick<Compiled, 'program' | 'finish'>>();
  const circuitOf = (spec: CircuitSpec, instances: number): Compiled => {
    const key = JSON.stringify(spec);
    let known = compiled.get(key);
    if (known === undefined) {
      const { circuit, finish } = buildThree(spec);
      known = { program: compileProgram(circuit), finish };
      compiled.set(key, known);
    }
    return { ...known, spec, instances, groups: groupsOf(known.program, instances, groupBytes) };
  };
  const count = revealedIndices(trust.reveal);
  const bits = bitsNeeded(graph, count === 0);
  const steps = graph.nodes.map((node, index): Step => {
    if (node.id !== index || node.inputs.some((source) => source >= index)) {
      throw new RangeError(`graph: expected nodes in order, got node ${node.id} at ${index}`);
    }
    return compileNode(node, graph, batch, bits[index]!, circuitOf);
  });
  if (count > 0) {
    const values = sizeOf(graph.nodes[graph.output]!.shape);
    if (count > values) throw new RangeError(`reveal: expected at most top:${values}, got ${trust.reveal}`);
    const spec: CircuitSpec = { kind: 'topk', values, width: graph.outputWidth, count, outBits: graph.ringBits };
    steps.push({
      kind: 'boolean',
      index: steps.length,
      name: trust.reveal,
      elements: batch * count,
      bits: graph.ringBits,
      source: graph.output,
      ...circuitOf(spec, batch),
      outputs: count,
    });
  }
  const reads = readsOf(steps);
  return steps.map((step) =>
    step.kind === 'linear' || step.kind === 'product' ? { ...step, reads: reads[step.index]! } : step,
  );
}

const BY_NEED: readonly Reads[] = ['own', 'boolean', 'all'];

/** What is read of each tensor, also through local steps. */
function readsOf(steps: readonly Step[]): Reads[] {
  const reads = steps.map((): Reads => 'own');
  for (const step of steps.toReversed()) {
    const by: Reads = step.kind === 'boolean' ? 'boolean' : step.kind === 'local' ? reads[step.index]! : 'all';
    for (const source of sourcesOf(step)) {
      if (BY_NEED.indexOf(by) > BY_NEED.indexOf(reads[source]!)) reads[source] = by;
    }
  }
  return reads;
}

/** A tensor is read mod 2^bits: by a circuit in its width, by linear maps as far as their result is. */
function bitsNeeded(graph: FixedGraph, opensLogits: boolean): number[] {
  const needed = graph.nodes.map(() => 1);
  needed[graph.output] = opensLogits ? graph.ringBits : graph.outputWidth;
  for (const node of graph.nodes.toReversed()) {
    const bits = node.op === 'nonlinear' ? node.width : needed[node.id]!;
    for (const source of node.inputs) needed[source] = Math.max(needed[source]!, bits);
  }
  return needed;
}

function compileNode(
  node: FixedNode,
  graph: FixedGraph,
  batch: number,
  bits: number,
  circuitOf: (spec: CircuitSpec, instances: number) => Compiled,
): Step {
  const base = { index: node.id, name: node.name, elements: batch * sizeOf(node.shape), bits };
  switch (node.op) {
    case 'input':
      return { ...base, kind: 'input', node };
    case 'linear':
      return { ...base, kind: 'linear', node, source: node.inputs[0]!, reads: 'all' };
    case 'nonlinear': {
      return {
        ...base,
        kind: 'boolean',
        source: node.inputs[0]!,
        ...circuitOf(activationSpec(node, graph.ringBits), base.elements),
        outputs: 1,
        ...(node.pool ? { pool: node.pool } : {}),
      };
    }
    case 'product':
      return { ...base, kind: 'product', sources: factorsOf(node), reads: 'all' };
    default: {
      const sourceShapes = node.inputs.map((source) => graph.nodes[source]!.shape);
      return { ...base, kind: 'local', node, sources: node.inputs, sourceShapes };
    }
  }
}

function costOf(step: Step): StepCost {
  if (step.kind === 'linear' || step.kind === 'product') return linearCost(step);
  if (step.kind === 'boolean') return booleanCost(step);
  return { offline: noTraffic(), online: [] };
}

function predict(costs: readonly StepCost[], stepRounds: readonly number[]): ThreePrediction {
  const online = noTraffic();
  for (const move of costs.flatMap((cost) => cost.online)) {
    for (const direction of DIRECTIONS) online[direction] += move[direction] ?? 0;
  }
  return {
    setup: { ...noTraffic(), ...toPrevious(framedBytes(SEED_BYTES)) },
    offline: noTraffic(),
    online,
    rounds: { setup: 1, offline: 0, online: stepRounds.reduce((sum, rounds) => sum + rounds, 0) },
  };
}

/** The online rounds that each step adds. A message is one deeper than the deepest that its sender has received. */
function roundsOf(costs: readonly StepCost[]): number[] {
  const clocks = [0, 0, 0];
  let deepest = 0;
  const play = (move: Move): void => {
    const arrivals = DIRECTIONS.filter((direction) => move[direction] !== undefined).map((direction) => {
      const [from, to] = direction.split('->').map(Number) as [number, number];
      return { to, depth: clocks[from]! + 1 };
    });
    for (const { to, depth } of arrivals) {
      clocks[to] = Math.max(clocks[to]!, depth);
      deepest = Math.max(deepest, depth);
    }
  };
  return costs.map(({ online }) => {
    const before = deepest;
    for (const move of online) play(move);
    return deepest - before;
  });
}
