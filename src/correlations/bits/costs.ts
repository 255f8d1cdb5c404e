/** What masked bits cost, by source. @module */
import { type BitsStep, noTraffic, type Traffic } from '../../steps/two.js';
import { framedBytes } from '../../transport/frame.js';
import type { Costing, Kept } from '../source.js';
import { chunksOf, segmentBytes } from './sizes.js';

/** Party 1's shares of products of masks. */
export function dealtBitsCost(_: Costing, step: BitsStep): Traffic {
  const bytes = chunksOf(step).reduce((sum, n) => sum + framedBytes(segmentBytes(step, n)), 0);
  return { ...noTraffic(), 'dealer->1': bytes };
}

export function dealtBitsKept(_: Costing, step: BitsStep): Kept {
  return [0, chunksOf(step).reduce((sum, n) => sum + segmentBytes(step, n), 0)];
}
