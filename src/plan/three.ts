/** The plan of three parties on replicated shares: nothing is made ahead, and for every tensor it says how many of its bits are ever read. @module */
import { buildThree } from '../../circuits/shared.js';
import type { ThreePartyTrust } from '../core/trust.js';
import type { FixedGraph } from '../model/fixed-model.js';
import { SEED_BYTES } from '../platform/random.js';
import type { Protocol } from '../protocols/protocol.js';
import { type ComputingStep, PROTOCOLS } from '../protocols/three/protocols.js';
import { GROUP_BYTES } from '../sliced/planes.js';
import { sourcesOf } from '../steps/step.js';
import {
  type BooleanStep,
  type Direction,
  type Move,
  noTraffic,
  type Reads,
  type Step,
  toPrevious,
} from '../steps/three.js';
import { framedBytes } from '../transport/frame.js';
import {
  activationSpec,
  type Compiled,
  checkInput,
  compile,
  factorsOf,
  localPart,
  type PlanInput,
  type Scheme,
} from './compile.js';
import { circuitsOf } from './sliced.js';

export interface ThreePlan extends Compiled<Step, Direction> {
  readonly trust: ThreePartyTrust;
}

/**
 * Compiles a fixed-point graph for three parties, who must agree on `groupBytes` as on everything else: kernel memory of the wires that
 * are under way at once.
 * @throws RangeError where the graph is inconsistent, or is for two
 */
export function compileThree(input: PlanInput, groupBytes: number = GROUP_BYTES): ThreePlan {
  checkInput(input);
  const { trust, graph, batch } = input;
  if (trust.parties !== 3) throw new RangeError(`plan: expected 3 parties, got ${trust.parties}`);
  return { ...compile(input, threeParties(graph, batch, groupBytes), []), trust };
}

/** Boolean steps, in order. */
export function booleanSteps(plan: Pick<ThreePlan, 'steps'>): BooleanStep[] {
  return plan.steps.filter((step) => step.kind === 'boolean');
}

function threeParties(graph: FixedGraph, batch: number, groupBytes: number): Scheme<Step, Direction> {
  const circuitOf = circuitsOf(buildThree, groupBytes);
  return {
    compile: (node, { width: bits, ...draft }) => {
      const base = { ...draft, bits };
      switch (node.op) {
        case 'input':
          return { ...base, kind: 'input', node };
        case 'linear':
          return { ...base, kind: 'linear', node, source: node.inputs[0]!, reads: 'all' };
        case 'nonlinear':
          return {
            ...base,
            kind: 'boolean',
            source: node.inputs[0]!,
            ...circuitOf(activationSpec(node, graph.ringBits), bits, base.elements),
            outputs: 1,
            ...(node.pool ? { pool: node.pool } : {}),
          };
        case 'product':
          return { ...base, kind: 'product', sources: factorsOf(node), reads: 'all' };
        default:
          return { ...base, ...localPart(graph, node) };
      }
    },
    reveal: (spec, { width: bits, ...draft }, source, outputs) => ({
      ...draft,
      bits,
      kind: 'boolean',
      source,
      ...circuitOf(spec, bits, batch),
      outputs,
    }),
    finish: (steps) => {
      const reads = readsOf(steps);
      return steps.map((step) =>
        step.kind === 'linear' || step.kind === 'product' ? { ...step, reads: reads[step.index]! } : step,
      );
    },
    cost: (step) => {
      if (step.kind === 'input') return { offline: noTraffic(), online: [] };
      const protocol: Pick<Protocol<ComputingStep, unknown, Move, never, never>, 'moves'> = PROTOCOLS[step.kind];
      return { offline: noTraffic(), online: protocol.moves(undefined, step) };
    },
    none: noTraffic(),
    // a key for each pair
    setup: () => ({ ...noTraffic(), ...toPrevious(framedBytes(SEED_BYTES)) }),
    offline: () => noTraffic(),
    rounds: () => ({ setup: 1, offline: 0 }),
  };
}

const BY_NEED: readonly Reads[] = ['own', 'boolean', 'all'];

/** What is read of each tensor, also through local steps. */
function readsOf(steps: readonly Step[]): Reads[] {
  const reads = steps.map((): Reads => 'own');
  for (const step of steps.toReversed()) {
    const by = readsBy(step, reads[step.index]!);
    for (const source of sourcesOf(step)) {
      if (BY_NEED.indexOf(by) > BY_NEED.indexOf(reads[source]!)) reads[source] = by;
    }
  }
  return reads;
}

/** What a step reads of its sources, if `own` is what is read of it. */
function readsBy(step: Step, own: Reads): Reads {
  switch (step.kind) {
    case 'local':
      return own;
    case 'boolean':
      return 'boolean';
    case 'input':
    case 'linear':
    case 'product':
      return 'all';
    default:
      return step satisfies never;
  }
}
