/**
 * The offline phase of a garbled step between the two parties alone: party 0 garbles, and the labels of party 1's r come from correlated
 * oblivious transfer with party 0's Delta. The transfers' choice bits are r, their outputs the labels. Online nothing differs from a dealer's.
 * @module
 */
import { release } from '../core/release.js';
import { wordsPerElement } from '../core/ring.js';
import { chunkSizes, hashesPerInstance, LABEL_BYTES, largestChunk } from '../gc/schedule.js';
import type { Block } from '../kernels/memory.js';
import { extensionBytes } from '../ot/extension.js';
import { framedBytes } from '../transport/frame.js';
import type { Material } from './bundle.js';
import type { TransferContext } from './context.js';
import { maskWords, receiveTables, tableBytes } from './garbled.js';
import { garbleStep, type MaskLabels } from './garbling.js';
import { type GarbledStep, noTraffic, type Traffic } from './step.js';

/** Transfers of n instances, e.g. a chunk: one a bit of r, [value * width + bit][instance]. */
export function garbledTransfers(step: GarbledStep, n: number): number {
  return n * step.spec.values * step.spec.width;
}

/** The extension's corrections to party 0, tables to party 1. */
export function garbledOtCost(bits: TransferContext['bits'], k: number, step: GarbledStep): Traffic {
  const sizes = chunkSizes(step.schedule, step.instances);
  const corrections = sizes.reduce(
    (sum, n) => sum + framedBytes(extensionBytes(k, garbledTransfers(step, n), false)),
    0,
  );
  return { ...noTraffic(), '1->0': corrections, '0->1': tableBytes(bits, step) };
}

/** Hashes under party 0's Delta. */
export function garbledOtHashes(step: GarbledStep): number {
  return 2 * step.instances * hashesPerInstance(step.schedule);
}

/** What party 1 draws: r and the active labels of its bits, by chunk. */
export type DrawnMasks = Pick<Material, 'masks' | 'labels'>;

/** Party 1 draws r by transfers with random choices. */
export async function drawMasks(context: TransferContext, step: GarbledStep): Promise<DrawnMasks> {
  const masks: Uint32Array[] = [];
  const labels: Uint8Array[] = [];
  for (const n of chunkSizes(step.schedule, step.instances)) {
    const count = garbledTransfers(step, n);
    const active = new Uint8Array(count * LABEL_BYTES);
    const choices = new Uint8Array(Math.ceil(count / 8));
    await context.asReceiver.send(step.index, await context.receiver.extend(count, active, choices, false));
    masks.push(wordsOf(context, step, choices, n));
    labels.push(active);
  }
  return { masks, labels };
}

/** r as words [instance][value] from its bits [value * width + bit][instance]. */
function wordsOf({ bits, module }: TransferContext, step: GarbledStep, choices: Uint8Array, n: number): Uint32Array {
  const { memory, exports } = module;
  const { values, width } = step.spec;
  const perElement = wordsPerElement(bits);
  const count = maskWords(bits, step, n);
  return memory.withScratch(() => {
    const words = memory.scratch(count * 4);
    const packed = memory.scratch(choices.length);
    memory.zero(words, count * 4);
    memory.bytes.set(choices, packed);
    for (let wire = 0; wire < values * width; wire++) {
      const bit = wire % width;
      const word = Math.floor(wire / width) * perElement + (bit >>> 5);
      exports.spreadBits(packed, wire * n, n, bit & 31, words + word * 4, values * perElement * 4);
    }
    return memory.copyOut(words, count);
  });
}

/** Party 0: the false labels of r from the transfers, then garbling as for a dealer. Party 1 sends its corrections without waiting for a table. */
export async function serveGarbled(context: TransferContext, step: GarbledStep): Promise<void> {
  const { bundle, sender, asSender, k, module } = context;
  const { memory } = module;
  /** Labels for threads, by lane. */
  const blocks: Block[] = [];
  const extend = async (n: number, out: (bytes: number) => Uint8Array): Promise<void> => {
    const count = garbledTransfers(step, n);
    const corrections = await asSender.receive(step.index, extensionBytes(k, count, false));
    await sender.extend(count, out(count * LABEL_BYTES), corrections, false);
    release(corrections);
  };
  let extended: Promise<void> = Promise.resolve();
  const maskLabels: MaskLabels = {
    set: (garbler, _, n) => extend(n, () => garbler.evaluatorLabels(n)),
    source: async (_, n, lane) => {
      const capacity = garbledTransfers(step, largestChunk(step.schedule, step.instances)) * LABEL_BYTES;
      blocks[lane] ??= memory.allocate(capacity);
      const labels = { pointer: blocks[lane].pointer, bytes: garbledTransfers(step, n) * LABEL_BYTES };
      // chunk by chunk: corrections come in their order
      extended = extended.then(() => extend(n, () => memory.view(labels)));
      await extended;
      return { labels };
    },
  };
  try {
    await garbleStep(context, step, { seed: bundle.seed, delta: sender.delta, maskLabels, toEvaluator: asSender });
  } finally {
    for (const block of blocks) memory.clear(block);
  }
}

/** Party 1: tables and corrections join what it drew. */
export async function takeGarbled(context: TransferContext, step: GarbledStep, drawn: DrawnMasks): Promise<void> {
  context.bundle.put(step.index, { ...drawn, ...(await receiveTables(context.bits, step, context.asReceiver)) });
}
