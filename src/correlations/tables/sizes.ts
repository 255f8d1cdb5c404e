/** How much there is of a garbled step: words of its masks and outputs, bytes of its labels and tables. @module */
import { type RingBits, wordsPerElement } from '../../core/ring.js';
import { chunkSizes, hashesPerInstance, LABEL_BYTES, segmentSizes } from '../../gc/schedule.js';
import type { GarbledStep } from '../../steps/two.js';
import { framedBytes } from '../../transport/frame.js';

/** Words of one chunk's masked inputs. */
export function maskWords(bits: RingBits, step: GarbledStep, n: number): number {
  return n * step.spec.values * wordsPerElement(bits);
}

export function labelBytes(step: GarbledStep, n: number): number {
  return n * step.spec.values * step.spec.width * LABEL_BYTES;
}

export function outputWords(bits: RingBits, step: GarbledStep, n: number): number {
  return n * step.outputs * wordsPerElement(bits);
}

/** Bytes of the tables and of one word an output that corrects party 1's share. */
export function tableBytes(bits: RingBits, step: GarbledStep): number {
  let tables = 0;
  for (const n of chunkSizes(step.schedule, step.instances)) {
    for (const bytes of segmentSizes(step.schedule, n)) tables += framedBytes(bytes);
    tables += framedBytes(outputWords(bits, step, n) * 4);
  }
  return tables;
}

/** Bytes of the tables and of the corrections alone, as they are kept. */
export function keptTableBytes(bits: RingBits, step: GarbledStep): number {
  let tables = 4 * outputWords(bits, step, step.instances);
  for (const n of chunkSizes(step.schedule, step.instances)) {
    for (const bytes of segmentSizes(step.schedule, n)) tables += bytes;
  }
  return tables;
}

/** Transfers of n instances, e.g. a chunk: one a bit of r, [value * width + bit][instance]. */
export function garbledTransfers(step: GarbledStep, n: number): number {
  return n * step.spec.values * step.spec.width;
}

/** Hashes under party 0's Delta. */
export function garbledOtHashes(step: GarbledStep): number {
  return 2 * step.instances * hashesPerInstance(step.schedule);
}
