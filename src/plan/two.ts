/** The plan of two parties on additive shares, who spend correlations that were made ahead. @module */
import { inputSize, weightSize } from '../core/linear-map.js';
import { wordsPerElement } from '../core/ring.js';
import type { TwoPartyTrust } from '../core/trust.js';
import type { Costing } from '../correlations/source.js';
import { SOURCES } from '../correlations/sources.js';
import { triplesFor } from '../correlations/triples/choice.js';
import { heSetupBytes, isHeStep } from '../correlations/triples/he/sizes.js';
import type { FixedGraph } from '../model/fixed-model.js';
import type { TransferKind } from '../ot/kinds.js';
import { softSpokenFor } from '../ot/parameter.js';
import { DEFAULT_SOFTSPOKEN_K, setupBytes } from '../ot/sizes.js';
import { SEED_BYTES } from '../platform/random.js';
import { GROUP_BYTES } from '../sliced/planes.js';
import { addBytes } from '../steps/step.js';
import { type Direction, type LinearStep, noTraffic, type Step, type Traffic } from '../steps/two.js';
import { framedBytes } from '../transport/frame.js';
import {
  activationSpec,
  type Compiled,
  checkInput,
  compile,
  factorsOf,
  linearSteps,
  localPart,
  type Nonlinear,
  type PlanInput,
  type Scheme,
} from './compile.js';
import { costOf } from './costs.js';
import { type NonlinearSteps, nonlinearSteps } from './nonlinear.js';
import { type SilentShapes, silentOffline, silentSetup } from './silent.js';
import { checkTransfers, silentShapes } from './transfers.js';
import { exchangeWindows } from './windows.js';

export interface Plan extends Compiled<Step, Direction> {
  readonly trust: TwoPartyTrust;
  readonly softSpokenK: number;
  readonly nonlinear: Nonlinear;
  readonly transfers: TransferKind;
  /** How silent transfers are made; undefined where there are none. */
  readonly silent?: SilentShapes;
}

/**
 * Compiles a fixed-point graph for two parties, who must agree on `groupBytes` as on everything else: kernel memory of the wires of
 * masked bits that are under way at once.
 * @throws RangeError where the graph is inconsistent or is for three, TacitError SESSION_EXHAUSTED where it is too large for transfers
 */
export function compilePlan(input: PlanInput, groupBytes: number = GROUP_BYTES): Plan {
  checkInput(input);
  const { trust, graph, batch, transfers = 'softspoken', network, nonlinear = 'gc' } = input;
  const softSpokenK = input.softSpokenK ?? (network ? softSpokenFor(network.mbit) : DEFAULT_SOFTSPOKEN_K);
  if (trust.parties !== 2) throw new RangeError(`plan: expected 2 parties, got ${trust.parties}`);
  const costing = { bits: graph.ringBits, batch, transfers, k: softSpokenK };
  const settings = [
    softSpokenK,
    ...(network ? [network] : []),
    ...(nonlinear === 'gc' ? [] : [nonlinear]),
    ...(transfers === 'softspoken' ? [] : [transfers]),
  ];
  const compiled = compile(
    input,
    twoParties(graph, trust, costing, nonlinearSteps(input, costing, SOURCES[trust.preprocessing], groupBytes)),
    settings,
  );
  const plan = { ...compiled, trust, transfers, softSpokenK, nonlinear, ...(network ? { network } : {}) };
  const silent = silentShapes(plan);
  return silent ? { ...plan, silent } : plan;
}

function twoParties(
  graph: FixedGraph,
  trust: TwoPartyTrust,
  costing: Costing,
  nonlinearStep: NonlinearSteps,
): Scheme<Step, Direction> {
  const { bits, batch, transfers, k } = costing;
  const sources = SOURCES[trust.preprocessing];
  const silentOf = (steps: readonly Step[]): SilentShapes | undefined =>
    silentShapes({ steps, graph, batch, trust, transfers, softSpokenK: k });
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
        case 'nonlinear':
          return nonlinearStep({
            ...base,
            source: node.inputs[0]!,
            spec: activationSpec(node, bits),
            width,
            instances: base.elements,
            outputs: 1,
            ...(node.pool ? { pool: node.pool } : {}),
          });
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
    reveal: (spec, draft, source, outputs) => nonlinearStep({ ...draft, source, spec, instances: batch, outputs }),
    finish: (steps) => {
      if (sources.by === 'parties') {
        const silent = silentOf(steps);
        checkTransfers({ steps, graph, batch, trust, transfers, softSpokenK: k, ...(silent ? { silent } : {}) });
      }
      return steps;
    },
    cost: (step) => costOf(step, costing, sources),
    none: noTraffic(),
    setup: (steps) => {
      if (sources.by === 'dealer') return dealtSetup(bits, steps);
      const silent = silentOf(steps);
      return addBytes(transferSetup(k, steps), silent ? silentSetup(k, silent) : noTraffic());
    },
    offline: (steps) => {
      if (sources.by === 'dealer') return dealtSeeds();
      const silent = silentOf(steps);
      return silent ? silentOffline(silent) : noTraffic();
    },
    rounds: (costs, steps) => {
      if (sources.by === 'dealer') return { setup: 1, offline: 1 };
      const works = ({ index }: Step): boolean => Object.values(costs[index]!.offline).some((bytes) => bytes > 0);
      // what silent transfers begin with comes before choices are made; tables wait for none
      if (silentOf(steps)) return { setup: 3, offline: !steps.some(works) ? 0 : steps.some(chooses) ? 3 : 1 };
      const windows = exchangeWindows({ steps, graph, batch, trust, transfers: costing.transfers, softSpokenK: k });
      return { setup: 3, offline: 2 * windows.filter((window) => window.some(works)).length };
    },
  };
}

function chooses({ kind }: Step): boolean {
  return kind === 'linear' || kind === 'product' || kind === 'bits';
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
