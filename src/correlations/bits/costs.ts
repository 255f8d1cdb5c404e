/** What masked bits cost, by source. @module */
import { LABEL_BYTES } from '../../gc/schedule.js';
import { type BitsStep, EVALUATOR, GARBLER, noTraffic, type Party, type Traffic } from '../../steps/two.js';
import { framedBytes } from '../../transport/frame.js';
import { framedChoices } from '../choice-sizes.js';
import type { Costing, Kept, Transfers } from '../source.js';
import { type CrossTerms, crossTermsOf } from './cross-terms.js';
import { chunksOf, segmentBytes } from './sizes.js';
import { choicePieces, crossBytes, crossHashes, rowTransfers } from './transfer-sizes.js';

/** Party 1's shares of products of masks. */
export function dealtBitsCost(_: Costing, step: BitsStep): Traffic {
  const bytes = chunksOf(step).reduce((sum, n) => sum + framedBytes(segmentBytes(step, n)), 0);
  return { ...noTraffic(), 'dealer->1': bytes };
}

export function dealtBitsKept(_: Costing, step: BitsStep): Kept {
  return [0, segmentsBytes(step)];
}

function segmentsBytes(step: BitsStep): number {
  return chunksOf(step).reduce((sum, n) => sum + segmentBytes(step, n), 0);
}

/** Each direction's choices to the sender of its transfers, corrections back. */
export function exchangedBitsCost(costing: Costing, step: BitsStep): Traffic {
  const [first, second] = [GARBLER, EVALUATOR].map((sender) => directionBytes(costing, step, sender as Party));
  return {
    ...noTraffic(),
    '0->1': first!.corrections + second!.choices,
    '1->0': first!.choices + second!.corrections,
  };
}

function directionBytes(
  costing: Costing,
  step: BitsStep,
  sender: Party,
): { readonly choices: number; readonly corrections: number } {
  const terms = crossTermsOf(step)[sender];
  let [choices, corrections] = [0, 0];
  if (terms.choices.length === 0) return { choices, corrections };
  for (const n of chunksOf(step)) {
    choices += framedBytes(LABEL_BYTES);
    for (const { count } of choicePieces(terms.choices.length, n)) {
      choices += framedChoices(costing, count * rowTransfers(n), true);
    }
    corrections += framedBytes(crossBytes(terms, n));
  }
  return { choices, corrections };
}

/** Both parties' shares of products of masks. */
export function exchangedBitsKept(_: Costing, step: BitsStep): Kept {
  const bytes = segmentsBytes(step);
  return [bytes, bytes];
}

export function bitsTransfers({ bits }: Costing, step: BitsStep): Transfers {
  const [first, second] = crossTermsOf(step);
  const rows = chunksOf(step).reduce((sum, n) => sum + rowTransfers(n), 0);
  const hashes = (terms: CrossTerms): number => chunksOf(step).reduce((sum, n) => sum + crossHashes(terms, bits, n), 0);
  return {
    count: rows * first.choices.length,
    back: rows * second.choices.length,
    chooser: null,
    hashes: Math.max(hashes(first), hashes(second)),
  };
}
