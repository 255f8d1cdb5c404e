/**
 * Garbling a step, by the dealer or by party 0, here or on threads.
 *
 * A chunk's tables and share corrections are a function of seeds, Delta and the labels of party 1's r, so each chunk is a job of its own: threads change
 * nothing of what is sent, and frames leave in the order of the chunks.
 * @module
 */
import { expandInto } from '../../core/prg.js';
import { bytesOf, type RingBits, wordsPerElement } from '../../core/ring.js';
import { Garbler } from '../../gc/garble.js';
import { chunkSizes, LABEL_BYTES, largestChunk } from '../../gc/schedule.js';
import type { Block } from '../../kernels/memory.js';
import type { KernelModule } from '../../kernels/module.js';
import { inOrder } from '../../kernels/pool.js';
import { wasmKernels } from '../../kernels/wasm.js';
import type { Seed } from '../../platform/random.js';
import type { GarbledStep } from '../../steps/two.js';
import type { Arithmetic, Sender } from '../context.js';
import type { GarbleArgs, GarbledChunk, MaskSource, OfflinePool } from '../jobs.js';
import { slotsOf, tableJobBytes } from './jobs.js';
import { outputWords } from './sizes.js';
import { expandLabels, garblerShare, interleave, masks } from './table.js';

/** Party 0's half of a step's garbling, and where tables go. */
export interface Garbling {
  /** Labels of t, start points and party 0's share of the output follow from it. */
  readonly seed: Seed;
  readonly delta: Uint8Array;
  /** Of r, false ones. */
  readonly maskLabels: MaskLabels;
  readonly toEvaluator: Sender;
}

/** Where the false labels of a chunk's r come from. */
export interface MaskLabels {
  /** Sets them in a garbler of this thread. */
  set(garbler: Garbler, chunk: number, n: number): void | Promise<void>;
  /** What another thread makes them from. Of chunks under way, at most `slots` of them, no two have the same slot. */
  source(chunk: number, n: number, slot: number): MaskSource | Promise<MaskSource>;
}

/** Garbles a chunk whose labels of r are set: yields its tables, returns what corrects party 1's share to party 0's. */
function* garbleChunk(
  { bits, kernels }: Pick<Arithmetic, 'bits' | 'kernels'>,
  garbler: Garbler,
  seed: Seed,
  step: GarbledStep,
  chunk: number,
  share: Uint32Array,
): Generator<Uint8Array, Uint32Array> {
  const n = share.length / outputWords(bits, step, 1);
  expandLabels(garbler.garblerLabels(n), seed, step, chunk);
  const start = new Uint8Array(LABEL_BYTES);
  expandInto(start, seed, 'garbled/start', step.index, chunk);
  const words = yield* garbler.garble(n, start);
  return kernels.sub(bits, interleave(words, n, wordsPerElement(bits)), share);
}

/** The chunks of a step with party 0's share of their outputs. */
function* chunksOf(
  bits: RingBits,
  step: GarbledStep,
  seed: Seed,
): Generator<{ readonly chunk: number; readonly n: number; readonly share: Uint32Array }> {
  const share = garblerShare(bits, seed, step);
  let first = 0;
  for (const [chunk, n] of chunkSizes(step.schedule, step.instances).entries()) {
    const words = outputWords(bits, step, n);
    yield { chunk, n, share: share.subarray(first, first + words) };
    first += words;
  }
}

/** Sets the false labels of a chunk's r by who knows the evaluator's seed: its active labels, less r * Delta. */
export function unmaskLabels(
  arithmetic: Pick<Arithmetic, 'bits' | 'kernels'>,
  garbler: Garbler,
  evaluatorSeed: Seed,
  step: GarbledStep,
  chunk: number,
  n: number,
): void {
  expandLabels(garbler.evaluatorLabels(n), evaluatorSeed, step, chunk);
  const r = masks(arithmetic, evaluatorSeed, step, chunk, n);
  garbler.unmask(r, step.spec.width, wordsPerElement(arithmetic.bits), n);
}

/** Garbles a step and streams tables and share corrections to party 1, chunk by chunk. */
export async function garbleStep(arithmetic: Arithmetic, step: GarbledStep, garbling: Garbling): Promise<void> {
  const { bits, pool } = arithmetic;
  const slots = pool ? slotsOf(bits, step, pool.threads) : 0;
  if (pool && slots > 1) await garbleOnThreads(arithmetic, step, garbling, pool, slots);
  else await garbleHere(arithmetic, step, garbling);
}

async function garbleHere(
  arithmetic: Arithmetic,
  step: GarbledStep,
  { seed, delta, maskLabels, toEvaluator }: Garbling,
): Promise<void> {
  const { bits, module } = arithmetic;
  const garbler = new Garbler(module, step.schedule, largestChunk(step.schedule, step.instances));
  try {
    garbler.setDelta(delta);
    for (const { chunk, n, share } of chunksOf(bits, step, seed)) {
      await maskLabels.set(garbler, chunk, n);
      const making = garbleChunk(arithmetic, garbler, seed, step, chunk, share);
      let next = making.next();
      for (; !next.done; next = making.next()) await toEvaluator.send(step.index, next.value);
      await toEvaluator.send(step.index, bytesOf(next.value));
    }
  } finally {
    garbler.dispose();
  }
}

async function garbleOnThreads(
  { bits, module: { memory } }: Arithmetic,
  step: GarbledStep,
  { seed, delta, maskLabels, toEvaluator }: Garbling,
  pool: OfflinePool,
  slots: number,
): Promise<void> {
  const bytes = tableJobBytes(bits, step);
  const blocks = Array.from({ length: slots }, () => memory.allocate(bytes));
  try {
    const garbled = inOrder(chunksOf(bits, step, seed), slots, async ({ chunk, n, share }, slot) => {
      const source = await maskLabels.source(chunk, n, slot);
      return pool.run('garble', blocks[slot]!, { bits, step, seed, delta, chunk, share, source });
    });
    for await (const { segments, correction } of garbled) {
      for (const segment of segments) await toEvaluator.send(step.index, memory.view(segment));
      await toEvaluator.send(step.index, bytesOf(correction));
    }
  } finally {
    for (const block of blocks) memory.clear(block);
  }
}

/** A chunk on a thread: its segments lie in the job's block, where nothing else but labels' remains was. */
export function garbleJob(
  module: KernelModule,
  { bits, step, seed, delta, chunk, share, source }: GarbleArgs,
): GarbledChunk {
  const kernels = wasmKernels(module);
  const n = share.length / outputWords(bits, step, 1);
  const garbler = new Garbler(module, step.schedule, n, 'chunk');
  garbler.setDelta(delta);
  if ('evaluatorSeed' in source) unmaskLabels({ bits, kernels }, garbler, source.evaluatorSeed, step, chunk, n);
  else garbler.evaluatorLabels(n).set(module.memory.view(source.labels));
  const segments: Block[] = [];
  const making = garbleChunk({ bits, kernels }, garbler, seed, step, chunk, share);
  let next = making.next();
  for (; !next.done; next = making.next()) {
    segments.push({ pointer: next.value.byteOffset, bytes: next.value.length });
  }
  garbler.dispose();
  return { segments, correction: next.value };
}
