/** What a step of two parties costs: by its protocol online, by the source of its correlation offline. @module */
import {
  type ConsumingStep,
  type Costing,
  consumes,
  type DealtSource,
  type ExchangedSource,
} from '../correlations/source.js';
import type { Sources } from '../correlations/sources.js';
import type { Protocol } from '../protocols/protocol.js';
import { type ComputingStep, PROTOCOLS } from '../protocols/two/protocols.js';
import { type Move, noTraffic, type Step, type StepCost, type Traffic } from '../steps/two.js';

export function costOf(step: Step, costing: Costing, sources: Sources): StepCost {
  if (step.kind === 'input') return { offline: noTraffic(), online: [] };
  const protocol: Pick<Protocol<ComputingStep, Costing, Move, never, never>, 'moves'> = PROTOCOLS[step.kind];
  const online = protocol.moves(costing, step);
  if (!consumes(step)) return { offline: noTraffic(), online };
  return { offline: offlineOf(step, costing, sources), online };
}

function offlineOf(step: ConsumingStep, costing: Costing, sources: Sources): Traffic {
  if (sources.by === 'dealer') {
    const dealt: Pick<DealtSource<ConsumingStep>, 'cost'> = sources.of[step.kind];
    return dealt.cost(costing, step);
  }
  const exchanged: Pick<ExchangedSource<ConsumingStep>, 'cost'> = sources.of[step.kind];
  return exchanged.cost(costing, step);
}
