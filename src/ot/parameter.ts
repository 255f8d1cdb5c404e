/** Which parameter of SoftSpokenOT serves a link best. @module */
import { blockBits, MOST_SOFTSPOKEN_K } from './sizes.js';

/** Nanoseconds of a transfer by k = 1, 2 ..., both sides of it, on one core: docs/decisions/0025. */
const TRANSFER_NS = [46, 34, 38, 51, 74, 121, 179, 296] as const;
/** To frame, send and take a byte. */
const BYTE_NS = 2;

/** Of a transfer, both sides of it. */
export function transferNs(k: number): number {
  return TRANSFER_NS[k - 1]!;
}

/** The least time of a transfer in each direction, where links carry `mbit` megabits a second each way: computing and sending go on side by side. */
export function softSpokenFor(mbit: number): number {
  let [best, least] = [1, Number.POSITIVE_INFINITY];
  for (let k = 1; k <= MOST_SOFTSPOKEN_K; k++) {
    const bits = blockBits(k).length;
    const computing = transferNs(k) + (2 * bits * BYTE_NS) / 8;
    const ns = Math.max(computing, (bits * 1000) / mbit);
    if (ns < least) [best, least] = [k, ns];
  }
  return best;
}
