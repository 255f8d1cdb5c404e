/**
 * One party's shares of the masks of a chunk's wires, gate by gate, as the parties will compute the bits themselves: what it chooses by, what
 * the other's choices meet, and what it makes of its shares alone.
 * @module
 */
import { wordKernels } from '../../kernels/boolean.js';
import { multiply } from '../../kernels/multiply.js';
import type { Seed } from '../../platform/random.js';
import { levelBytes, rowBytes } from '../../sliced/planes.js';
import { type Multiplying, type ResidentProgram, Slots } from '../../sliced/slots.js';
import { type BitsStep, GARBLER, type Party } from '../../steps/two.js';
import type { Arithmetic } from '../context.js';
import type { Place, WordFactor } from './cross-terms.js';
import { Masks } from './masks.js';
import { rowTransfers } from './transfer-sizes.js';

/** A share is the first component, whole; the second is zero, and a NOT changes no mask. */
export const MASKS: Multiplying = { alike: true, flips: [0, 0] };

/** Rows of bits that are wanted: each the sum of what some slots hold. */
export type Wanted = readonly (readonly Place[])[];

/** What a party has of a chunk when it has gone through it. */
export interface OwnMasks {
  /** Rows that were wanted, in their order. */
  readonly wanted: Uint8Array;
  /** l_z,i + sum l_x,i l_y,i of the rows of all levels. */
  readonly rows: Uint8Array;
  /** A word of one party's: of its masks when the circuit is done, and of its R. */
  word(factor: WordFactor): Uint32Array;
}

/** Goes through a chunk, and hands over what there is at its end, while it is there. */
export function goThrough<T>(
  arithmetic: Arithmetic,
  step: BitsStep,
  resident: ResidentProgram,
  party: Party,
  seed: Seed,
  { chunk, n }: { readonly chunk: number; readonly n: number },
  wanted: Wanted,
  use: (own: OwnMasks) => T,
): T {
  const { program } = step;
  const masks = new Masks(seed, step, chunk);
  const slots = new Slots(arithmetic.module, program, resident, n);
  const collected = new Uint8Array(levelBytes(wanted.length, n));
  const byLevel = placesByLevel(wanted);
  const collect = (level: number): void => {
    for (const { row, slot } of byLevel.get(level) ?? []) addPlane(arithmetic, slots, slot, collected, row);
  };
  try {
    const inputs = party === GARBLER ? 'owner' : 'helper';
    slots.clear();
    masks.nextInto(slots.rowsView(program[`${inputs}Rows`]));
    slots.placeInputs(inputs, 0);
    const offsets = step.finish === 'carries' ? masks.offsets(arithmetic.bits, n) : undefined;
    const rows = new Uint8Array(
      levelBytes(
        program.levels.reduce((sum, { outs }) => sum + outs.length, 0),
        n,
      ),
    );
    let at = 0;
    for (const [level, { outs }] of program.levels.entries()) {
      slots.addGates(level);
      collect(level);
      if (outs.length === 0) continue;
      slots.multiplyGates(level, MASKS);
      const own = new Uint8Array(levelBytes(outs.length, n));
      masks.nextInto(own);
      slots.addToRows(own);
      rows.set(slots.rowsView(outs.length), at);
      at += own.length;
      slots.rowsView(outs.length).set(own);
      slots.placeOuts(level, 0);
    }
    collect(program.levels.length);
    const word = (factor: WordFactor): Uint32Array => wordOf(arithmetic, slots, offsets, factor);
    return use({ wanted: collected, rows, word });
  } finally {
    slots.dispose();
  }
}

function placesByLevel(wanted: Wanted): Map<number, { readonly row: number; readonly slot: number }[]> {
  const byLevel = new Map<number, { readonly row: number; readonly slot: number }[]>();
  for (const [row, places] of wanted.entries()) {
    for (const { level, slot } of places) byLevel.set(level, [...(byLevel.get(level) ?? []), { row, slot }]);
  }
  return byLevel;
}

/** Row `row` of `rows` += a slot's bits. */
function addPlane({ module }: Arithmetic, slots: Slots, slot: number, rows: Uint8Array, row: number): void {
  const bytes = rowBytes(slots.n);
  const plane = module.memory.view({ pointer: slots.planeOf(slot, 0), bytes });
  addRow(rows.subarray(row * bytes, (row + 1) * bytes), plane);
}

/** sum ^= row, of an even number of bytes at even places. */
export function addRow(sum: Uint8Array, row: Uint8Array): void {
  const [to, from] = [pairsOf(sum), pairsOf(row)];
  for (let i = 0; i < to.length; i++) to[i]! ^= from[i]!;
}

/** sum ^= a & b, alike. */
export function addProduct(sum: Uint8Array, a: Uint8Array, b: Uint8Array): void {
  const [to, x, y] = [pairsOf(sum), pairsOf(a), pairsOf(b)];
  for (let i = 0; i < to.length; i++) to[i]! ^= x[i]! & y[i]!;
}

function pairsOf({ buffer, byteOffset, length }: Uint8Array): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length / 2);
}

/** Words of as many instances as a row has transfers. */
function wordOf(
  { bits, kernels, module }: Arithmetic,
  slots: Slots,
  offsets: Uint32Array | undefined,
  { signs, values, offset }: WordFactor,
): Uint32Array {
  const { memory } = module;
  const count = (rowTransfers(slots.n) * bits) / 32;
  const bitWord = ({ slot }: Place): Uint32Array => planeWords({ bits, module }, slots.planeOf(slot, 0), slots.n);
  const sign = (place: Place): Uint32Array => {
    const word = bitWord(place);
    return kernels.sub(bits, ones(bits, count), kernels.add(bits, word, word));
  };
  const r = new Uint32Array(count);
  if (offset) r.set(offsets!);
  const factors = [...signs.map(sign), ...values.map(bitWord), ...(offset ? [r] : [])];
  return memory.withScratch(() => factors.reduce((x, y) => multiply(kernels, bits, x, y)));
}

/** Bits at `plane` as words. */
export function planeWords(
  { bits, module }: Pick<Arithmetic, 'bits' | 'module'>,
  plane: number,
  n: number,
): Uint32Array {
  const { memory, exports } = module;
  const many = rowTransfers(n);
  const bytes = (many * bits) / 8;
  return memory.withScratch(() => {
    const none = memory.scratch(many / 8);
    const zero = memory.scratch(bytes);
    const out = memory.scratch(bytes);
    memory.zero(none, many / 8);
    memory.zero(zero, bytes);
    wordKernels(exports, bits).ownBit(plane, none, 0, zero, out, many);
    return memory.copyOut(out, bytes / 4);
  });
}

function ones(bits: number, count: number): Uint32Array {
  const words = new Uint32Array(count);
  for (let i = 0; i < count; i += bits / 32) words[i] = 1;
  return words;
}
