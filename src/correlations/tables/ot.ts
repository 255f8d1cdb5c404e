/**
 * The offline phase of a garbled step between the two parties alone: party 0 garbles, and the labels of party 1's r come from correlated
 * oblivious transfer with party 0's Delta. The transfers' choice bits are r, their outputs the labels. Online nothing differs from a dealer's.
 * @module
 */
import { release } from '#platform';
import { wordsPerElement } from '../../core/ring.js';
import { chunkSizes, LABEL_BYTES, largestChunk } from '../../gc/schedule.js';
import type { Block } from '../../kernels/memory.js';
import { GARBLER, type GarbledStep } from '../../steps/two.js';
import type { Filling } from '../bundle.js';
import { receiveChoices, sendChoices } from '../choices.js';
import type { TransferContext } from '../context.js';
import type { Exchange, Exchanged } from '../source.js';
import { garbleStep, type MaskLabels } from './garbling.js';
import { garbledTransfers, maskWords } from './sizes.js';
import { garblerShare, receiveTables } from './table.js';

/** Party 1 draws r and the active labels of its bits, by chunk, by transfers with random choices. */
async function drawMasks(context: TransferContext, step: GarbledStep, filling: Filling): Promise<void> {
  for (const n of chunkSizes(step.schedule, step.instances)) {
    const count = garbledTransfers(step, n);
    const active = new Uint8Array(count * LABEL_BYTES);
    const choices = new Uint8Array(Math.ceil(count / 8));
    const message = await context.receiver.extend(count, active, choices, false);
    await sendChoices(context.asReceiver, step.index, message);
    await filling.put('masks', wordsOf(context, step, choices, n));
    await filling.put('labels', active);
  }
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
async function serveTables(context: TransferContext, step: GarbledStep): Promise<void> {
  const { bundle, sender, asSender, module } = context;
  const { memory } = module;
  /** Labels for threads, by slot. */
  const blocks: Block[] = [];
  const extend = async (n: number, out: (bytes: number) => Uint8Array): Promise<void> => {
    const count = garbledTransfers(step, n);
    const corrections = await receiveChoices(asSender, step.index, context, count, false);
    await sender.extend(count, out(count * LABEL_BYTES), corrections, false);
    release(corrections);
  };
  let extended: Promise<void> = Promise.resolve();
  const maskLabels: MaskLabels = {
    set: (garbler, _, n) => extend(n, () => garbler.evaluatorLabels(n)),
    source: async (_, n, slot) => {
      const capacity = garbledTransfers(step, largestChunk(step.schedule, step.instances)) * LABEL_BYTES;
      blocks[slot] ??= memory.allocate(capacity);
      const labels = { pointer: blocks[slot].pointer, bytes: garbledTransfers(step, n) * LABEL_BYTES };
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

class GarblerExchange implements Exchange {
  readonly #context: TransferContext;
  readonly #step: GarbledStep;

  constructor(context: TransferContext, step: GarbledStep) {
    this.#context = context;
    this.#step = step;
  }

  /** Its share of the output, which masks of later steps are made of. */
  async choose(): Promise<void> {
    const { bits, bundle, known } = this.#context;
    known.set(this.#step.index, garblerShare(bits, bundle.seed, this.#step));
    await bundle.put(this.#step.index, {});
  }

  serve(): Promise<void> {
    return serveTables(this.#context, this.#step);
  }

  async take(): Promise<void> {}
}

class EvaluatorExchange implements Exchange {
  readonly #context: TransferContext;
  readonly #step: GarbledStep;
  readonly #filling: Filling;

  constructor(context: TransferContext, step: GarbledStep) {
    this.#context = context;
    this.#step = step;
    this.#filling = context.bundle.fill(step.index);
  }

  choose(): Promise<void> {
    return drawMasks(this.#context, this.#step, this.#filling);
  }

  async serve(): Promise<void> {}

  /** Tables and corrections join what it drew. */
  take(): Promise<void> {
    const { bits, asReceiver } = this.#context;
    return receiveTables(bits, this.#step, asReceiver, this.#filling);
  }
}

export const transferredTables: Exchanged<GarbledStep> = {
  open: (context, step) =>
    context.party === GARBLER ? new GarblerExchange(context, step) : new EvaluatorExchange(context, step),
};
