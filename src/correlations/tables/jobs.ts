/** Chunks of garbled tables on threads: how many are under way, and what each takes. @module */
import type { RingBits } from '../../core/ring.js';
import { chunkSizes, LABEL_BYTES, largestChunk } from '../../gc/schedule.js';
import { workspaceBytes } from '../../gc/workspace-layout.js';
import type { GarbledStep } from '../../steps/two.js';
import { maskWords, outputWords } from './sizes.js';

/** Kernel memory that chunks under way may take; where not even two fit, the step is garbled on the first thread, a segment at a time. */
const CHUNKS_BYTES = 256 * 1024 * 1024;

/** Kernel memory of a job: labels, all tables of a chunk, and room to make r and the correction. */
export function tableJobBytes(bits: RingBits, step: GarbledStep): number {
  const n = largestChunk(step.schedule, step.instances);
  const words = Math.max(maskWords(bits, step, n), outputWords(bits, step, n));
  return workspaceBytes(step.schedule, n, 'chunk') + 4 * (4 * words + LABEL_BYTES);
}

/** Chunks under way: one a thread, and one that is being sent; none without threads. */
export function slotsOf(bits: RingBits, step: GarbledStep, threads: number): number {
  if (threads === 1) return 0;
  const chunks = chunkSizes(step.schedule, step.instances).length;
  return Math.min(chunks, threads + 1, Math.floor(CHUNKS_BYTES / tableJobBytes(bits, step)));
}
