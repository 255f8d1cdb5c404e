/** How much one Delta may serve where the parties prepare by oblivious transfer. @module */
import { TacitError } from '../core/errors.js';
import type { TwoPartyTrust } from '../core/trust.js';
import {
  type ConsumingStep,
  type Costing,
  consumes,
  type ExchangedSource,
  type Transfers,
} from '../correlations/source.js';
import { SOURCES } from '../correlations/sources.js';
import type { FixedGraph } from '../model/fixed-model.js';
import type { TransferKind } from '../ot/kinds.js';
import type { Step } from '../steps/two.js';
import { type SilentShapes, shapesFor, silentPathHashes } from './silent.js';

/**
 * Hashes that may be taken under one Delta, in the multi-instance setting of Guo et al., CRYPTO 2020. At most 2^12 share a key, so there are
 * at most 2^36 * 2^12 / 2 = 2^47 pairs under one key; that the inputs of any pair differ by Delta, which has 127 free bits, happens with
 * probability 2^-80.
 */
export const SESSION_HASHES: number = 2 ** 36;

/** What of a plan counts here. */
export interface Transferred {
  readonly steps: readonly Step[];
  readonly graph: FixedGraph;
  readonly batch: number;
  readonly trust: TwoPartyTrust;
  readonly transfers: TransferKind;
  readonly softSpokenK: number;
  /** Where transfers are silent. */
  readonly silent?: SilentShapes;
}

type Source = Pick<ExchangedSource<ConsumingStep>, 'cost' | 'transfers'>;

/** The transfers of a step; undefined where it spends no correlation, or one that is made otherwise. */
export function transfersOf(plan: Omit<Transferred, 'steps'>, step: Step): Transfers | undefined {
  const sources = SOURCES[plan.trust.preprocessing];
  if (sources.by !== 'parties' || !consumes(step)) return undefined;
  const source: Source = sources.of[step.kind];
  return source.transfers?.(costingOf(plan), step);
}

function costingOf({ graph, batch, transfers, softSpokenK }: Omit<Transferred, 'steps'>): Costing {
  return { bits: graph.ringBits, batch, transfers, k: softSpokenK };
}

/** How the transfers of a plan are made where they are silent; undefined where they are not, or there are none. */
export function silentShapes(plan: Transferred): SilentShapes | undefined {
  return plan.transfers === 'silent' ? shapesFor(plan.softSpokenK, transferCounts(plan)) : undefined;
}

/** Transfers of a bundle, by the party that is their sender. */
export function transferCounts(plan: Transferred): readonly [number, number] {
  let [first, second] = [0, 0];
  for (const step of plan.steps) {
    const { count, back } = transfersOf(plan, step) ?? { count: 0, back: 0 };
    first += count;
    second += back;
  }
  return [first, second];
}

/** Hashes of one bundle under a Delta, at most. */
export function transferHashes(plan: Transferred): number {
  return plan.steps.reduce((sum, step) => sum + (transfersOf(plan, step)?.hashes ?? 0), silentPathHashes(plan.silent));
}

/** @throws TacitError SESSION_EXHAUSTED where not even one bundle can be made */
export function checkTransfers(plan: Transferred): void {
  const hashes = transferHashes(plan);
  if (hashes <= SESSION_HASHES) return;
  throw new TacitError(
    'SESSION_EXHAUSTED',
    `expected at most 2^36 hashes a bundle by oblivious transfer, got 2^${Math.log2(hashes).toFixed(1)}`,
    { facts: { bundles: 0 } },
  );
}
