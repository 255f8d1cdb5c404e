/** What a triple for a linear step costs, by source. @module */
import { type LinearStep, noTraffic, type Traffic } from '../../steps/two.js';
import { framedBytes } from '../../transport/frame.js';
import { chooserOf, crossTermBytes, crossTermHashes, crossTermTransfers } from '../cross-term-sizes.js';
import type { Costing, Kept, Transfers } from '../source.js';
import { heBytes } from './he/sizes.js';
import { outputWords } from './triple.js';

/** The correction C_1 to party 1. */
export function dealtTripleCost({ bits, batch }: Costing, step: LinearStep): Traffic {
  return { ...noTraffic(), 'dealer->1': framedBytes(outputWords(bits, batch, step) * 4) };
}

/** D_i of each party, whatever makes it. */
export function tripleKept({ bits, batch }: Costing, step: LinearStep): Kept {
  const bytes = 4 * outputWords(bits, batch, step);
  return [bytes, bytes];
}

/** Each party is the receiver in one cross term and the sender in the other, so both directions cost the same. */
export function exchangedTripleCost(costing: Costing, step: LinearStep): Traffic {
  const { corrections, segments } = crossTermBytes(costing, step);
  return { ...noTraffic(), '0->1': corrections + segments, '1->0': corrections + segments };
}

export function tripleTransfers({ bits, batch }: Costing, step: LinearStep): Transfers {
  const count = crossTermTransfers(bits, batch, step);
  return {
    count,
    back: count,
    chooser: chooserOf(step),
    hashes: crossTermHashes(bits, batch, step),
  };
}

/** By ring LWE where the plan says so: both parties encrypt and answer, so both directions cost the same. */
export function chosenTripleCost(costing: Costing, step: LinearStep): Traffic {
  if (step.triples.by !== 'he') return exchangedTripleCost(costing, step);
  const bytes = heBytes(step.node.map, step.triples);
  return { ...noTraffic(), '0->1': bytes, '1->0': bytes };
}

export function chosenTripleTransfers(costing: Costing, step: LinearStep): Transfers | undefined {
  return step.triples.by === 'he' ? undefined : tripleTransfers(costing, step);
}
