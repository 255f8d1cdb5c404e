/** How much one Delta may serve where the parties prepare by oblivious transfer, and what memory they need for it. @module */
import { TacitError } from '../core/errors.js';
import type { TwoPartyTrust } from '../core/trust.js';
import { choiceBytes } from '../correlations/choice-sizes.js';
import {
  type ConsumingStep,
  type Costing,
  type ExchangedSource,
  isExchanged,
  type Transfers,
} from '../correlations/source.js';
import { SOURCES } from '../correlations/sources.js';
import { ciphertextBytesOf, isHeStep } from '../correlations/triples/he/sizes.js';
import { LABEL_BYTES } from '../gc/schedule.js';
import type { FixedGraph } from '../model/fixed-model.js';
import type { TransferKind } from '../ot/kinds.js';
import type { Step, StepCost } from '../steps/two.js';
import { type SilentShapes, shapesFor, silentMemory, silentPathHashes } from './silent.js';

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
  if (sources.by !== 'parties' || !isExchanged(step)) return undefined;
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
    const { count, both } = transfersOf(plan, step) ?? { count: 0, both: false };
    first += count;
    if (both) second += count;
  }
  return [first, second];
}

/** Hashes of one bundle under party 0's Delta; party 1's serves fewer. */
export function transferHashes(plan: Transferred): number {
  return plan.steps.reduce((sum, step) => sum + (transfersOf(plan, step)?.hashes ?? 0), silentPathHashes(plan.silent));
}

/**
 * Bytes that party 0 and party 1 hold while a bundle is made: what goes into it, labels of the step that is served and of the one that is
 * taken, and corrections and ciphertexts of all steps, which come at once and wait. Not counted: what a process takes besides (code, model, kernel memory), and
 * segments that come before they are wanted, where the other party is the faster one.
 */
export function transferMemory(plan: Transferred & { readonly costs: readonly StepCost[] }): readonly [number, number] {
  const { steps, graph } = plan;
  let shares = 0;
  let labels = 0;
  let corrections = 0;
  let ciphertexts = 0;
  let maskCorrections = 0;
  let garbled = 0;
  for (const step of steps) {
    const count = transfersOf(plan, step)?.count ?? 0;
    if (step.kind !== 'input') shares += (step.elements * graph.ringBits) / 8;
    switch (step.kind) {
      case 'linear':
      case 'product':
        if (isHeStep(step)) ciphertexts += ciphertextBytesOf(step);
        labels = Math.max(labels, 2 * count * LABEL_BYTES);
        corrections += choiceBytes(costingOf(plan), count, true);
        break;
      case 'garbled': {
        const { offline } = plan.costs[step.index]!;
        maskCorrections += offline['1->0'];
        garbled += offline['0->1'] + count * LABEL_BYTES;
        break;
      }
      case 'bits':
        labels = Math.max(labels, 2 * count * LABEL_BYTES);
        corrections += choiceBytes(costingOf(plan), count, true);
        break;
      case 'input':
      case 'local':
        break;
      default:
        step satisfies never;
    }
  }
  const both = shares + labels + corrections + ciphertexts;
  const [first, second] = silentMemory(plan.silent);
  return [both + maskCorrections + first, both + garbled + second];
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
