/**
 * Masked bits from a dealer, who knows all masks: it computes their products gate by gate, as the parties will the bits themselves, and sends
 * party 1 its shares; party 0's come from its seed, as do both parties' masks.
 * @module
 */
import { turn } from '#platform';
import { wordKernels, wordRowBytes } from '../../kernels/boolean.js';
import { packRows } from '../../sliced/packing.js';
import { levelBytes } from '../../sliced/planes.js';
import { type Multiplying, makeResident, type ResidentProgram, Slots } from '../../sliced/slots.js';
import { type BitsStep, EVALUATOR, GARBLER } from '../../steps/two.js';
import type { DealContext, PrepareContext } from '../context.js';
import type { Dealt } from '../source.js';
import { DrawnProducts, Masks } from './masks.js';
import { carryBits, chunksOf, maskWidths, mostMaskRows, segmentBytes } from './sizes.js';

/** A mask is the first component, whole; the second is zero, and a NOT changes no mask. */
const MASKS: Multiplying = { alike: true, flips: [0, 0] };

async function deal(context: DealContext, step: BitsStep): Promise<void> {
  const { memory } = context.module;
  const resident = makeResident(context.module, step.program);
  try {
    for (const [chunk, n] of chunksOf(step).entries()) {
      await context.toEvaluator.send(step.index, dealChunk(context, step, resident, chunk, n));
      await turn();
    }
  } finally {
    memory.clear(resident.block);
  }
}

/** Party 1's shares of a chunk. */
function dealChunk(
  context: DealContext,
  step: BitsStep,
  resident: ResidentProgram,
  chunk: number,
  n: number,
): Uint8Array {
  const { seeds, module } = context;
  const { program } = step;
  const masks = [GARBLER, EVALUATOR].map((party) => new Masks(seeds[party]!, step, chunk)) as [Masks, Masks];
  const drawn = new DrawnProducts(context, seeds[GARBLER], step, chunk, n);
  const slots = new Slots(module, program, resident, n);
  const segment = new Uint8Array(segmentBytes(step, n));
  let at = 0;
  try {
    slots.clear();
    masks[GARBLER].nextInto(slots.rowsView(program.ownerRows));
    slots.placeInputs('owner', 0);
    masks[EVALUATOR].nextInto(slots.rowsView(program.helperRows));
    slots.placeInputs('helper', 0);
    const offsets = step.finish === 'carries' ? sumOfOffsets(context, masks, n) : undefined;
    for (const [level, { outs }] of program.levels.entries()) {
      slots.addGates(level);
      if (outs.length === 0) continue;
      slots.multiplyGates(level, MASKS);
      const own = [GARBLER, EVALUATOR].map((party) => {
        const rows = new Uint8Array(levelBytes(outs.length, n));
        masks[party]!.nextInto(rows);
        slots.addToRows(rows);
        return rows;
      }) as [Uint8Array, Uint8Array];
      const shares = drawn.addTo(slots, outs.length);
      segment.set(shares, at);
      at += shares.length;
      slots.rowsView(outs.length).set(own[GARBLER]);
      slots.addToRows(own[EVALUATOR]);
      slots.placeOuts(level, 0);
    }
    dealWords(context, step, slots, drawn, offsets, segment, at);
    return segment;
  } finally {
    slots.dispose();
  }
}

/** R = R_0 + R_1. */
function sumOfOffsets({ bits, kernels }: DealContext, masks: readonly [Masks, Masks], n: number): Uint32Array {
  const [first, second] = masks.map((own) => own.offsets(bits, n)) as [Uint32Array, Uint32Array];
  return kernels.add(bits, first, second);
}

/** Party 1's shares of the words that masks become, into the segment from `at` on. */
function dealWords(
  context: DealContext,
  step: BitsStep,
  slots: Slots,
  drawn: DrawnProducts,
  offsets: Uint32Array | undefined,
  segment: Uint8Array,
  at: number,
): void {
  const { bits, module } = context;
  const { memory } = module;
  const { ownBit, reluMasks } = wordKernels(module.exports, bits);
  const { n } = slots;
  const rowBytes = wordRowBytes(n, bits);
  let end = at;
  for (let output = 0; output < step.outputs; output++) {
    const widths = maskWidths(step, output);
    end = memory.withScratch(() => {
      const rows = memory.scratch(mostMaskRows(step) * rowBytes);
      drawn.words(widths, rows);
      if (offsets) {
        const [keep, low, top, both] = carryBits(step).map((bit) => slots.plane(bit, 0)) as [
          number,
          number,
          number,
          number,
        ];
        reluMasks(keep, low, top, both, memory.pointerTo(offsets), n, rows, rowBytes);
      } else {
        for (const [k, { bit }] of step.program.words[output]!.terms.entries()) {
          const row = rows + k * rowBytes;
          ownBit(slots.plane(bit, 0), slots.plane(bit, 1), 0, row, row, n);
        }
      }
      return packRows(context, widths, n, rows, segment, end);
    });
  }
}

/** Party 1 stores its shares as they come. */
async function prepare({ bundle, party, fromDealer }: PrepareContext, step: BitsStep): Promise<void> {
  const filling = bundle.fill(step.index);
  if (party !== EVALUATOR) return;
  for (const n of chunksOf(step)) {
    await filling.put('segments', (await fromDealer.receive(step.index, segmentBytes(step, n))).slice());
  }
}

export const dealtBits: Dealt<BitsStep> = { deal, prepare };
