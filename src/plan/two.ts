/** The plan of two parties on additive shares, who spend correlations that were made ahead. @module */
import { buildCircuit } from '../../circuits/build.js';
import type { CircuitSpec } from '../../circuits/spec.js';
import { inputSize, weightSize } from '../core/linear-map.js';
import { wordsPerElement } from '../core/ring.js';
import type { TwoPartyTrust } from '../core/trust.js';
import {
  type ConsumingStep,
  type Costing,
  consumes,
  type DealtSource,
  type ExchangedSource,
} from '../correlations/source.js';
import { SOURCES } from '../correlations/sources.js';
import { triplesFor } from '../correlations/triples/choice.js';
import { heSetupBytes, isHeStep } from '../correlations/triples/he/sizes.js';
import { type Schedule, schedule } from '../gc/schedule.js';
import type { FixedGraph } from '../model/fixed-model.js';
import { DEFAULT_SOFTSPOKEN_K, setupBytes } from '../ot/sizes.js';
import { SEED_BYTES } from '../platform/random.js';
import type { Protocol } from '../protocols/protocol.js';
import { type ComputingStep, PROTOCOLS } from '../protocols/two/protocols.js';
import { addBytes } from '../steps/step.js';
import {
  type Direction,
  type LinearStep,
  type Move,
  noTraffic,
  type Step,
  type StepCost,
  type Traffic,
} from '../steps/two.js';
import { framedBytes } from '../transport/frame.js';
import {
  activationSpec,
  type Compiled,
  checkInput,
  compile,
  type Draft,
  factorsOf,
  linearSteps,
  localPart,
  type PlanInput,
  type Scheme,
} from './compile.js';
import { checkTransfers } from './transfers.js';

export interface Plan extends Compiled<Step, Direction> {
  readonly trust: TwoPartyTrust;
  readonly softSpokenK: number;
}

/**
 * Compiles a fixed-point graph for two parties.
 * @throws RangeError where the graph is inconsistent or is for three, TacitError SESSION_EXHAUSTED where it is too large for transfers
 */
export function compilePlan(input: PlanInput): Plan {
  checkInput(input);
  const { trust, graph, batch, softSpokenK = DEFAULT_SOFTSPOKEN_K, network } = input;
  if (trust.parties !== 2) throw new RangeError(`plan: expected 2 parties, got ${trust.parties}`);
  const costing = { bits: graph.ringBits, batch, k: softSpokenK };
  const compiled = compile(input, twoParties(graph, trust, costing), [softSpokenK, ...(network ? [network] : [])]);
  return { ...compiled, trust, softSpokenK, ...(network ? { network } : {}) };
}

function twoParties(graph: FixedGraph, trust: TwoPartyTrust, costing: Costing): Scheme<Step, Direction> {
  const { bits, batch, k } = costing;
  const schedules = new Map<string, Schedule>();
  const scheduleOf = (spec: CircuitSpec): Schedule => {
    const key = JSON.stringify(spec);
    const known = schedules.get(key) ?? schedule(buildCircuit(spec));
    schedules.set(key, known);
    return known;
  };
  const sources = SOURCES[trust.preprocessing];
  return {
    compile: (node, { width, ...base }, before) => {
      switch (node.op) {
        case 'input':
          return { ...base, kind: 'input', node, knownOffline: false };
        case 'linear': {
          const source = node.inputs[0]!;
          const step: Omit<LinearStep, 'triples'> = {
            ...base,
            kind: 'linear',
            node,
            source,
            knownOffline: false,
            sourceKnown: before[source]!.knownOffline,
            inputElements: batch * inputSize(node.map),
            width,
          };
          return { ...step, triples: triplesFor(trust.preprocessing, costing, step) };
        }
        case 'nonlinear': {
          const spec = activationSpec(node, bits);
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
          };
        }
        case 'product': {
          const factors = factorsOf(node);
          const sourcesKnown = factors.map((source) => before[source]!.knownOffline);
          return { ...base, kind: 'product', sources: factors, sourcesKnown, knownOffline: false, width };
        }
        default: {
          const knownOffline = node.inputs.every((source) => before[source]!.knownOffline);
          return { ...base, ...localPart(graph, node), knownOffline };
        }
      }
    },
    reveal: (spec, { width: _, ...base }: Draft, source, outputs) => ({
      ...base,
      kind: 'garbled',
      knownOffline: true,
      source,
      spec,
      schedule: scheduleOf(spec),
      instances: batch,
      outputs,
    }),
    finish: (steps) => {
      if (sources.by === 'parties') checkTransfers({ steps, graph, batch, trust, softSpokenK: k });
      return steps;
    },
    cost: (step) => costOf(step, costing, sources.of),
    none: noTraffic(),
    setup: (steps) => (sources.by === 'dealer' ? dealtSetup(bits, steps) : transferSetup(k, steps)),
    offline: sources.by === 'dealer' ? dealtSeeds() : noTraffic(),
    rounds: (costs) => {
      if (sources.by === 'dealer') return { setup: 1, offline: 1 };
      const works = costs.some((cost) => Object.values(cost.offline).some((bytes) => bytes > 0));
      return { setup: 3, offline: works ? 2 : 0 };
    },
  };
}

function costOf(step: Step, costing: Costing, sources: (typeof SOURCES)[keyof typeof SOURCES]['of']): StepCost {
  if (step.kind === 'input') return { offline: noTraffic(), online: [] };
  const protocol: Pick<Protocol<ComputingStep, Costing, Move, never, never>, 'moves'> = PROTOCOLS[step.kind];
  const online = protocol.moves(costing, step);
  if (!consumes(step)) return { offline: noTraffic(), online };
  const source: Pick<DealtSource<ConsumingStep> | ExchangedSource<ConsumingStep>, 'cost'> = sources[step.kind];
  return { offline: source.cost(costing, step), online };
}

/** Output channels of a linear step: the elements of its bias. */
export function biasSize(step: Pick<LinearStep, 'node'>): number {
  return step.node.map.outChannels;
}

/** A seed to each party from the dealer. */
function dealtSeeds(): Traffic {
  const seed = framedBytes(SEED_BYTES);
  return { ...noTraffic(), 'dealer->0': seed, 'dealer->1': seed };
}

/** Seeds of the triples' B, the opening F, and the seed of re-randomisation from party 0. */
function dealtSetup(bits: Costing['bits'], steps: readonly Step[]): Traffic {
  let opening = 0;
  for (const step of linearSteps({ steps })) {
    opening += framedBytes(weightSize(step.node.map) * wordsPerElement(bits) * 4);
  }
  return addBytes(dealtSeeds(), { '0->1': opening + framedBytes(SEED_BYTES), '1->0': opening });
}

/** Base transfers in both directions, public keys of ring LWE, and the seed of re-randomisation from party 0. */
function transferSetup(k: number, steps: readonly Step[]): Traffic {
  const transfers = setupBytes(k).reduce((sum, bytes) => sum + framedBytes(bytes), 0);
  const each = transfers + heSetupBytes(steps.filter(isHeStep));
  return { ...noTraffic(), '0->1': each + framedBytes(SEED_BYTES), '1->0': each };
}
