/**
 * Garbled tables of a non-linear step, and the labels of their inputs.
 *
 * Party 1 has random r, the active labels of its bits (both from its seed, or out of transfers) and the tables; party 0 has the false labels
 * of t and Delta (from its seed, or of the transfers). Party 0's share of the output comes from its seed; one word a value corrects party 1's to it.
 * @module
 */
import { expandInto, expandWords } from '../../core/prg.js';
import type { RingBits } from '../../core/ring.js';
import { asShare, type Share } from '../../core/secret.js';
import { toDelta } from '../../gc/garble.js';
import { chunkSizes, LABEL_BYTES, segmentSizes } from '../../gc/schedule.js';
import type { Seed } from '../../platform/random.js';
import type { GarbledStep } from '../../steps/two.js';
import type { Filling } from '../bundle.js';
import type { DealContext, Receiver } from '../context.js';
import { maskWords, outputWords } from './sizes.js';

/** Delta of a bundle that a dealer makes, from party 0's seed. */
export function dealtDelta(seed: Seed): Uint8Array {
  const uniform = new Uint8Array(LABEL_BYTES);
  expandInto(uniform, seed, 'garbled/delta');
  return toDelta(uniform);
}

/** The labels of a chunk's inputs that a seed stands for, [value * width + bit][instance]. */
export function expandLabels(out: Uint8Array, seed: Seed, step: GarbledStep, chunk: number): void {
  expandInto(out, seed, 'garbled/labels', step.index, chunk);
}

/** Party 1's r, [instance][value], below 2^width. */
export function masks(
  { bits, kernels }: Pick<DealContext, 'bits' | 'kernels'>,
  seed: Seed,
  step: GarbledStep,
  chunk: number,
  n: number,
): Uint32Array {
  const uniform = expandWords(maskWords(bits, step, n), seed, 'garbled/mask', step.index, chunk);
  return kernels.reduce(bits, uniform, step.spec.width);
}

/** Party 0's share of the output, [instance][output]. */
export function garblerShare(bits: RingBits, seed: Seed, step: GarbledStep): Share<Uint32Array> {
  return asShare(expandWords(outputWords(bits, step, step.instances), seed, 'garbled/share', step.index));
}

/** Tables and share corrections into the bundle, as the garbler sends them. */
export async function receiveTables(
  bits: RingBits,
  step: GarbledStep,
  from: Receiver,
  filling: Filling,
): Promise<void> {
  for (const n of chunkSizes(step.schedule, step.instances)) {
    for (const bytes of segmentSizes(step.schedule, n)) {
      await filling.put('segments', await from.receive(step.index, bytes));
    }
    await filling.put('words', await from.receiveWords(step.index, outputWords(bits, step, n)));
  }
}

/** Words of each output, [output][instance], as [instance][output]. */
export function interleave(words: readonly Uint32Array[], n: number, perElement: number): Uint32Array {
  if (words.length === 1) return words[0]!;
  const out = new Uint32Array(words.length * n * perElement);
  for (let i = 0; i < n; i++) {
    for (let o = 0; o < words.length; o++) {
      for (let word = 0; word < perElement; word++) {
        out[(i * words.length + o) * perElement + word] = words[o]![i * perElement + word]!;
      }
    }
  }
  return out;
}
