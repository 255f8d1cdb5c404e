/** How much there is of the transfers that masked bits come from, without a dealer. @module */
import { andsOf } from '../../../circuits/program.js';
import { LABEL_BYTES } from '../../gc/schedule.js';
import { packedBytes } from '../../kernels/boolean.js';
import { BATCH } from '../../ot/sizes.js';
import { levelBytes, rowBytes } from '../../sliced/planes.js';
import type { BitsStep } from '../../steps/two.js';
import type { Choice, CrossTerms } from './cross-terms.js';
import { chunksOf, maskWidths } from './sizes.js';

/** Bits of each lane of a hash: a lane gives that many pads of a bit, or one of a word, or half of one. */
export const LANE_BITS = 32;
const LANES = (8 * LABEL_BYTES) / LANE_BITS;

/** Transfers of a row of choices of n instances: all bits that travel. */
export function rowTransfers(n: number): number {
  return 8 * rowBytes(n);
}

/** Where the pads of a choice lie in its hashes: first those of words, then those of bits, in lanes. */
export interface ChoiceLanes {
  readonly perWord: number;
  /** The first lane of bits. */
  readonly bits: number;
  readonly blocks: number;
}

export function lanesOf({ bits, words }: Choice, ring: number): ChoiceLanes {
  const perWord = ring / LANE_BITS;
  const first = perWord * words.length;
  return { perWord, bits: first, blocks: Math.ceil((first + Math.ceil(bits.length / LANE_BITS)) / LANES) };
}

/** Where a lane lies. */
export function laneAt(lane: number): { readonly block: number; readonly byte: number } {
  return { block: Math.floor(lane / LANES), byte: (lane % LANES) * (LANE_BITS / 8) };
}

/** Choices of each message: whole rows. */
export function* choicePieces(
  choices: number,
  n: number,
): Generator<{ readonly first: number; readonly count: number }> {
  const most = Math.max(1, Math.floor(BATCH / rowTransfers(n)));
  for (let first = 0; first < choices; first += most) yield { first, count: Math.min(most, choices - first) };
}

/** Pads of a bit. */
export function bitUses({ choices }: CrossTerms): number {
  return choices.reduce((sum, { bits }) => sum + bits.length, 0);
}

/** Bytes of a chunk's corrections, from the sender of the transfers. */
export function crossBytes(terms: CrossTerms, n: number): number {
  const words = terms.choices.flatMap((choice) => choice.words);
  return words.reduce((sum, { width }) => sum + packedBytes(n, width), levelBytes(bitUses(terms), n));
}

/** Hashes that the sender takes for a chunk. */
export function crossHashes({ choices }: CrossTerms, ring: number, n: number): number {
  return 2 * rowTransfers(n) * choices.reduce((sum, choice) => sum + lanesOf(choice, ring).blocks, 0);
}

/** Bytes of a party's shares of a step while they are made. */
export function begunBytes(step: BitsStep, ring: number): number {
  const rows = Array.from({ length: step.outputs }, (_, output) => maskWidths(step, output)).flat();
  const words = rows.filter((width) => width > 0).length;
  const each = (n: number): number => levelBytes(andsOf(step.program), n) + (words * rowTransfers(n) * ring) / 8;
  return chunksOf(step).reduce((sum, n) => sum + each(n), 0);
}
