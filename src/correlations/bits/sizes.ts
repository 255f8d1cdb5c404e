/** How much there is of the masked bits of a step. @module */
import { andsOf } from '../../../circuits/program.js';
import type { ActivationSpec } from '../../../circuits/spec.js';
import { packedBytes } from '../../kernels/boolean.js';
import { levelBytes } from '../../sliced/planes.js';
import { type BitsStep, GARBLER, type Party } from '../../steps/two.js';

/** Of the products of masks that a ReLU by carries takes: keep, keep R, low, keep low, top, both, top both. */
const RELU_ROWS = 7;

/**
 * Bits of each row of words that masks become, for an output; rows of none are not made. Of a word of bits its terms' masks, of a ReLU by
 * carries keep and keep * R; low and keep * low where there is a shift; top, both and top * both as far as 2^(m-d) leaves bits of them.
 */
export function maskWidths(step: BitsStep, output: number): number[] {
  const { bits } = step;
  if (step.finish === 'words') return step.program.words[output]!.terms.map(({ shift }) => Math.max(0, bits - shift));
  const { width, shift } = step.spec as ActivationSpec;
  const low = shift > 0 ? bits : 0;
  const wrap = Math.max(0, bits - (width - shift));
  return [bits, bits, low, low, wrap, wrap, wrap];
}

/** Rows of words that are under way at once, at most. */
export function mostMaskRows(step: BitsStep): number {
  if (step.finish === 'carries') return RELU_ROWS;
  return step.program.words.reduce((most, { terms }) => Math.max(most, terms.length), 0);
}

/** Bytes of the shares of products of masks, and of their words, of n instances. */
export function segmentBytes(step: BitsStep, n: number): number {
  let total = levelBytes(andsOf(step.program), n);
  for (let output = 0; output < step.outputs; output++) {
    for (const width of maskWidths(step, output)) total += packedBytes(n, width);
  }
  return total;
}

/** All chunks, in order. */
export function chunksOf({ groups }: Pick<BitsStep, 'groups'>): readonly number[] {
  return groups.flat();
}

/** Where a ReLU by carries reads its bits: keep, the carry out of the low bits, that into the top bit, the product of the top bits. One that it has not stands for any. */
export function carryBits({
  program,
  spec,
}: BitsStep): readonly [keep: number, low: number, top: number, both: number] {
  const [keep, ...others] = program.bits as [number, ...number[]];
  const low = (spec as ActivationSpec).shift > 0 ? others.shift()! : keep;
  const [top = keep, both = keep] = others;
  return [keep, low, top, both];
}

/** Bytes of a party's masked inputs of n instances: rows of bits, and of a ReLU by carries a word. */
export function openingBytes({ program, finish, bits }: BitsStep, party: Party, n: number): number {
  const rows = levelBytes(party === GARBLER ? program.ownerRows : program.helperRows, n);
  return finish === 'carries' ? rows + packedBytes(n, bits) : rows;
}
