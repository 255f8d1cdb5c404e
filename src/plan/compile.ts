/**
 * The plan: a flat list of steps with shapes, circuits and costs. It is public, every party compiles it from the same public
 * inputs, and its digest is compared before any secret moves. What it predicts is what the channels count, to the byte.
 *
 * This is what plans of every sharing scheme have in common; a scheme says what a node becomes, and what a step costs.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { CircuitSpec } from '../../circuits/spec.js';
import { TacitError } from '../core/errors.js';
import { type RingBits, sizeOf } from '../core/ring.js';
import { checkTrust, revealedIndices, type TrustModel } from '../core/trust.js';
import type { FixedGraph, FixedNode, LocalNode, NonlinearNode, ProductNode } from '../model/fixed-model.js';
import { activationIn } from '../model/ops/activations/activations.js';
import { isEnding } from '../model/ops/ending.js';
import type { MoveNode } from '../model/ops/move/move.js';
import { isInside } from '../model/ops/move/pieces.js';
import { TRANSFERS, type TransferKind } from '../ot/kinds.js';
import { DEFAULT_SOFTSPOKEN_K, MOST_SOFTSPOKEN_K } from '../ot/sizes.js';
import { addBytes, type Bytes, type Cost, type LocalStep, type StepBase, sourcesOf } from '../steps/step.js';
import { neededWidths } from './widths.js';

export const PROTOCOL_VERSION = 4;
/** Inputs that one bundle may serve. Compiling takes time by the input, and a larger number is a mistake. */
export const MOST_BATCH = 65_536;

/** How two parties compute non-linear steps: by garbled circuits, on masked bits, or step by step by what takes less time. */
export const NONLINEAR = ['gc', 'bits', 'auto'] as const;
export type Nonlinear = (typeof NONLINEAR)[number];

/** What a plan is compiled from; all of it public. */
export interface PlanInput {
  readonly graph: FixedGraph;
  /** Inputs that one bundle serves, 1 to MOST_BATCH. */
  readonly batch: number;
  readonly trust: TrustModel;
  /** SoftSpokenOT's parameter, 1 (IKNP) to 8, where the parties prepare by oblivious transfer; default what serves `network` best, 4 without one. */
  readonly softSpokenK?: number;
  /** Of two parties; default gc. */
  readonly nonlinear?: Nonlinear;
  /** How correlated transfers are extended, where the parties prepare by them; default softspoken. */
  readonly transfers?: TransferKind;
  /** What the links between two parties are like, where that is known: what a plan chooses by. */
  readonly network?: PlanNetwork;
}

/** A round trip in milliseconds, and a rate in megabits a second. */
export interface PlanNetwork {
  readonly rttMs: number;
  readonly mbit: number;
}

export interface Prediction<D extends string> {
  /** Once a model, or a session. */
  readonly setup: Bytes<D>;
  /** One bundle. */
  readonly offline: Bytes<D>;
  /** One inference. */
  readonly online: Bytes<D>;
  readonly rounds: { readonly setup: number; readonly offline: number; readonly online: number };
}

export interface Compiled<S, D extends string> extends PlanInput {
  readonly steps: readonly S[];
  readonly costs: readonly Cost<D>[];
  /** By how much each step lengthens the longest chain of messages. */
  readonly stepRounds: readonly number[];
  /** Shape of what the client learns, batch first. */
  readonly outputShape: readonly number[];
  /** SHA-256 of version and input, hex. */
  readonly digest: string;
  readonly predicted: Prediction<D>;
}

/** What a step has whatever its kind; the output matters mod 2^width. */
export interface Draft extends StepBase {
  readonly width: number;
}

/** How some number of parties compute. */
export interface Scheme<S extends StepBase, D extends string> {
  /** The step that a node becomes, after those that it reads. */
  compile(node: FixedNode, draft: Draft, before: readonly S[]): S;
  /** The circuit that gives indices of the largest outputs, in place of the outputs. */
  reveal(spec: CircuitSpec, draft: Draft, source: number, outputs: number): S;
  /** Looks at all steps once, before they are priced: what follows for each from those that read it, and whether they can be run. */
  finish?(steps: readonly S[]): readonly S[];
  /** Bytes of no direction, and of the offline phase and set-up apart from steps. */
  readonly none: Bytes<D>;
  cost(step: S): Cost<D>;
  setup(steps: readonly S[]): Bytes<D>;
  offline(steps: readonly S[]): Bytes<D>;
  rounds(costs: readonly Cost<D>[], steps: readonly S[]): { readonly setup: number; readonly offline: number };
}

/** The ring that a plan computes in. */
export function ringOf(plan: Pick<PlanInput, 'graph'>): RingBits {
  return plan.graph.ringBits;
}

/**
 * Compiles a fixed-point graph.
 * @param settings of the scheme, part of the digest
 * @throws RangeError where the graph is inconsistent
 */
export function compile<S extends Readable, D extends string>(
  input: PlanInput,
  scheme: Scheme<S, D>,
  settings: readonly unknown[],
): Compiled<S, D> {
  const { graph, batch, trust } = input;
  checkPorts(graph);
  const steps = stepsOf(input, scheme);
  const costs = steps.map((step) => scheme.cost(step));
  const last = steps[steps.length - 1]!;
  const outputShape =
    trust.reveal === 'logits' ? [batch, ...graph.nodes[graph.output]!.shape] : [batch, last.elements / batch];
  const stepRounds = roundsOf(costs);
  const described = JSON.stringify([PROTOCOL_VERSION, graph, batch, trust, ...settings]);
  const digest = bytesToHex(sha256(utf8ToBytes(described)));
  const predicted: Prediction<D> = {
    setup: scheme.setup(steps),
    offline: costs.map((cost) => cost.offline).reduce(addBytes, scheme.offline(steps)),
    online: costs.flatMap((cost) => cost.online).reduce(addBytes<D>, scheme.none),
    rounds: { ...scheme.rounds(costs, steps), online: stepRounds.reduce((sum, rounds) => sum + rounds, 0) },
  };
  return { graph, batch, trust, steps, costs, stepRounds, outputShape, digest, predicted };
}

/** @throws RangeError where inputs or outputs are not what their nodes hold, or an ending is unknown */
function checkPorts({ nodes, inputs, outputs, output }: FixedGraph): void {
  for (const [ports, id] of [[inputs, 0] as const, [outputs, output] as const]) {
    const extents = ports.flatMap(({ shape }) => shape);
    const elements = ports.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const size = sizeOf(nodes[id]?.shape ?? []);
    if (elements !== size || !extents.every((extent) => Number.isInteger(extent) && extent > 0)) {
      throw new RangeError(
        `graph: expected inputs and outputs of as many elements as their nodes, got ${elements} of ${size}`,
      );
    }
  }
  const unknown = outputs.find(({ ending }) => ending !== undefined && !isEnding(ending));
  if (unknown !== undefined) throw new RangeError(`graph: expected an ending of outputs, got ${unknown.ending}`);
}

/** @throws RangeError where elements would come from outside of the inputs, or go outside of the result */
function checkMovement({ id, inputs, pieces, shape }: MoveNode, { nodes }: FixedGraph): void {
  const sizes = inputs.map((input) => sizeOf(nodes[input]!.shape));
  if (pieces.every((piece) => isInside(piece, sizes, sizeOf(shape)))) return;
  throw new RangeError(`graph: expected a movement within its tensors, got another at ${id}`);
}

function stepsOf<S extends StepBase, D extends string>(
  { graph, batch, trust }: PlanInput,
  scheme: Scheme<S, D>,
): readonly S[] {
  const widths = neededWidths(graph, trust);
  const steps: S[] = [];
  for (const [index, node] of graph.nodes.entries()) {
    if (node.id !== index || node.inputs.some((source) => source >= index)) {
      throw new RangeError(`graph: expected nodes in order, got node ${node.id} at ${index}`);
    }
    if (node.op === 'move') checkMovement(node, graph);
    const draft = { index, name: node.name, elements: batch * sizeOf(node.shape), width: widths[index]! };
    steps.push(scheme.compile(node, draft, steps));
  }
  const count = revealedIndices(trust.reveal);
  if (count > 0) {
    const values = sizeOf(graph.nodes[graph.output]!.shape);
    if (count > values) {
      throw new TacitError(
        'BAD_VALUE',
        `expected reveal of the trust model to be at most top:${values}, got ${trust.reveal}`,
      );
    }
    const spec: CircuitSpec = { kind: 'topk', values, width: graph.outputWidth, count, outBits: graph.ringBits };
    const draft = { index: steps.length, name: trust.reveal, elements: batch * count, width: graph.ringBits };
    steps.push(scheme.reveal(spec, draft, graph.output, count));
  }
  return scheme.finish ? scheme.finish(steps) : steps;
}

/** @throws BAD_VALUE on settings that no plan has */
export function checkInput({
  batch,
  trust,
  softSpokenK = DEFAULT_SOFTSPOKEN_K,
  transfers = 'softspoken',
  network,
  nonlinear,
}: PlanInput): void {
  checkTrust(trust);
  if (!Number.isInteger(batch) || batch < 1 || batch > MOST_BATCH) {
    throw new TacitError('BAD_VALUE', `expected a batch from 1 to ${MOST_BATCH} inputs, got ${batch}`);
  }
  if (!Number.isInteger(softSpokenK) || softSpokenK < 1 || softSpokenK > MOST_SOFTSPOKEN_K) {
    throw new TacitError('BAD_VALUE', `expected softSpokenK from 1 to ${MOST_SOFTSPOKEN_K}, got ${softSpokenK}`);
  }
  if (nonlinear !== undefined && !NONLINEAR.includes(nonlinear)) {
    throw new TacitError('BAD_VALUE', `expected nonlinear to be ${NONLINEAR.join(' or ')}, got ${String(nonlinear)}`);
  }
  if (!TRANSFERS.includes(transfers)) {
    throw new TacitError('BAD_VALUE', `expected transfers of ${TRANSFERS.join(' or ')}, got ${transfers}`);
  }
  if (network !== undefined && !(network.rttMs >= 0 && network.mbit > 0)) {
    throw new TacitError(
      'BAD_VALUE',
      `expected a network of rttMs from 0 and mbit above 0, got ${network.rttMs} and ${network.mbit}`,
    );
  }
}

/** The circuit of a node. */
export function activationSpec(node: NonlinearNode, ringBits: RingBits): CircuitSpec {
  return {
    kind: 'activation',
    values: node.pool ? node.pool.windowHeight * node.pool.windowWidth : 1,
    width: node.width,
    shift: node.shift,
    ...(node.saturateBits === undefined ? {} : { saturateBits: node.saturateBits }),
    ...activationIn(node),
    outBits: ringBits,
  };
}

/** What is local of a step. A compiler's switch ends here: an operator that is not local does not pass the type. */
export function localPart(graph: FixedGraph, node: LocalNode): Omit<LocalStep, keyof StepBase> {
  const sourceShapes = node.inputs.map((source) => graph.nodes[source]!.shape);
  return { kind: 'local', node, sources: node.inputs, sourceShapes };
}

/** The tensors that a product reads: one where it is a square. */
export function factorsOf({ inputs }: ProductNode): readonly [number] | readonly [number, number] {
  const [x, y] = inputs as [number, number];
  return x === y ? [x] : [x, y];
}

/** Linear steps, in order: the weights that the parties share. */
export function linearSteps<S extends { readonly kind: string }>(plan: {
  readonly steps: readonly S[];
}): Extract<S, { kind: 'linear' }>[] {
  return plan.steps.filter((step): step is Extract<S, { kind: 'linear' }> => step.kind === 'linear');
}

/** The tensor that is opened to the client: the logits, or the indices after them. */
export function openedTensor({
  graph,
  trust,
  steps,
}: Pick<Compiled<unknown, string>, 'graph' | 'trust' | 'steps'>): number {
  return trust.reveal === 'logits' ? graph.output : steps.length - 1;
}

type Readable = Parameters<typeof sourcesOf>[0];

/** The last step that reads each tensor, -1 for the tensor that is opened. */
export function lastUses(steps: readonly Readable[], opened: number): Int32Array {
  const last = new Int32Array(steps.length).fill(-1);
  for (const step of steps) for (const source of sourcesOf(step)) last[source] = step.index;
  last[opened] = -1;
  return last;
}

/** The online rounds that each step adds. A message is one deeper than the deepest that its sender has received. */
function roundsOf<D extends string>(costs: readonly Cost<D>[]): number[] {
  const clocks = new Map<string, number>();
  const depthAt = (role: string): number => clocks.get(role) ?? 0;
  let deepest = 0;
  return costs.map(({ online }) => {
    const before = deepest;
    for (const move of online) {
      const arrivals = Object.keys(move).map((direction) => {
        const [from, to] = direction.split('->') as [string, string];
        return { to, depth: depthAt(from) + 1 };
      });
      for (const { to, depth } of arrivals) {
        clocks.set(to, Math.max(depthAt(to), depth));
        deepest = Math.max(deepest, depth);
      }
    }
    return deepest - before;
  });
}
