/**
 * The Boolean engine: one chunk of instances of a circuit, bit-sliced, on replicated shares (Araki et al., CCS 2016).
 *
 * A bit is z = z_0 + z_1 + z_2 mod 2, party i holds (z_i, z_{i+1}). XOR and NOT are local; for an AND party i computes
 * x_i y_i + x_i y_{i+1} + x_{i+1} y_i, adds a share of zero and sends that to party i - 1: one bit an instance and AND. All ANDs of a
 * level travel in one message.
 * @module
 */

import { release } from '#platform';
import type { Program, SlotLiteral } from '../../../circuits/program.js';
import type { Arithmetic } from '../../correlations/context.js';
import type { Block } from '../../kernels/memory.js';
import type { KernelModule } from '../../kernels/module.js';
import { FIRST_HELPER, OWNER, type Party, SECOND_HELPER } from '../../steps/three.js';
import type { ResidentProgram, StepStreams } from './context.js';
import { levelBytes, mostRows, rowBytes, SLACK, slotBytes } from './sizes.js';

const VECTOR_BYTES = 16;
/** Triples (a, b, out) of 32-bit words. */
const TRIPLE_WORDS = 3;

function tripleCount(triples: Uint32Array): number {
  return triples.length / TRIPLE_WORDS;
}

/** The gates of a program in kernel memory, for as long as the model is there. */
export function makeResident({ module }: Pick<Arithmetic, 'module'>, program: Program): ResidentProgram {
  const put = (triples: Uint32Array): number => {
    const { pointer } = module.memory.allocate(triples.byteLength);
    module.memory.words.set(triples, pointer >>> 2);
    return pointer;
  };
  return {
    ownerSlots: put(Uint32Array.from({ length: program.ownerRows }, (_, slot) => slot)),
    ownerProducts: put(program.ownerProducts),
    helperProducts: put(program.helperProducts),
    levels: program.levels.map(({ xors, ands, outs }) => ({ xors: put(xors), ands: put(ands), outs: put(outs) })),
  };
}

/** What of a NOT falls to a party's first and second component: component 0 flips. */
const FLIPS: Readonly<Record<Party, readonly [number, number]>> = {
  [OWNER]: [1, 0],
  [FIRST_HELPER]: [0, 0],
  [SECOND_HELPER]: [0, 1],
};

/** One party's share of the wires of n instances. */
export class Engine {
  readonly #module: KernelModule;
  readonly #party: Party;
  readonly #program: Program;
  readonly #resident: ResidentProgram;
  readonly #streams: StepStreams;
  readonly #n: number;
  readonly #vectors: number;
  readonly #slots: Block;
  readonly #rows: Block;

  constructor(
    { module }: Pick<Arithmetic, 'module'>,
    party: Party,
    program: Program,
    resident: ResidentProgram,
    streams: StepStreams,
    n: number,
  ) {
    this.#module = module;
    this.#party = party;
    this.#program = program;
    this.#resident = resident;
    this.#streams = streams;
    this.#n = n;
    this.#vectors = Math.ceil(n / (8 * VECTOR_BYTES));
    this.#slots = module.memory.allocate(program.slots * slotBytes(n));
    this.#rows = module.memory.allocate(levelBytes(mostRows(program), n) + SLACK);
  }

  /** Gives the memory back, cleared. */
  dispose(): void {
    const { memory } = this.#module;
    for (const block of [this.#slots, this.#rows]) {
      memory.bytes.fill(0, block.pointer, block.pointer + block.bytes);
      memory.free(block);
    }
  }

  /** Where the rows of party 0's bits are written before `shareOwner`, `rowBytes` apart. */
  get ownerRows(): number {
    return this.#rows.pointer;
  }

  /** The component of an input bit that this party holds of what both helpers know, and the distance to the next bit's. */
  helperPlane(index: number): { readonly pointer: number; readonly strideBytes: number } {
    const component = this.#party === FIRST_HELPER ? 1 : 0;
    return { pointer: this.#plane(this.#program.ownerRows + index, component), strideBytes: slotBytes(this.#n) };
  }

  /** Component of a literal's plane (the inversion left aside). */
  plane(literal: SlotLiteral, component: 0 | 1): number {
    return this.#plane(literal >> 1, component);
  }

  /** Clears the components of all inputs: those that are not set are zero. */
  clearInputs(): void {
    const { ownerRows, helperRows } = this.#program;
    const { pointer } = this.#slots;
    this.#module.memory.bytes.fill(0, pointer, pointer + (ownerRows + helperRows) * slotBytes(this.#n));
  }

  /** Once a party has written the bits that it knows: their products. */
  multiplyKnown(): void {
    const { exports } = this.#module;
    const { ownerProducts, helperProducts } = this.#program;
    if (this.#party === OWNER) {
      const row = rowBytes(this.#n);
      exports.andRows(this.#resident.ownerProducts, tripleCount(ownerProducts), this.#rows.pointer, row, row);
    } else {
      const { pointer, strideBytes } = this.helperPlane(0);
      const bytes = this.#vectors * VECTOR_BYTES;
      exports.andRows(this.#resident.helperProducts, tripleCount(helperProducts), pointer, strideBytes, bytes);
    }
  }

  /** Party 0: its bits are s_0 + s_1, s_1 from the stream that it shares with party 1; returns s_0 for party 2. */
  shareOwner(): Uint8Array {
    const { ownerRows } = this.#program;
    const bytes = levelBytes(ownerRows, this.#n);
    const { memory, exports } = this.#module;
    const rows = this.#rowsView(bytes);
    const masked = this.#streams.second.mask(rows);
    memory.withScratch(() => {
      const copy = memory.scratch(bytes + SLACK);
      memory.bytes.set(masked, copy);
      // s_1 is what the stream added
      const { pointer } = this.#rows;
      exports.xorLabels(pointer, copy, pointer, Math.ceil(bytes / VECTOR_BYTES));
    });
    this.#place(this.#resident.ownerSlots, ownerRows, 1);
    memory.bytes.set(masked, this.#rows.pointer);
    this.#place(this.#resident.ownerSlots, ownerRows, 0);
    return masked;
  }

  /** Party 1: s_1 of party 0's bits, from the stream. */
  expandOwner(): void {
    const { ownerRows } = this.#program;
    this.#streams.first.nextInto(this.#rowsView(levelBytes(ownerRows, this.#n)));
    this.#place(this.#resident.ownerSlots, ownerRows, 0);
  }

  /** Party 2: s_0 of party 0's bits, as it came. */
  acceptOwner(rows: Uint8Array): void {
    this.#module.memory.bytes.set(rows, this.#rows.pointer);
    this.#place(this.#resident.ownerSlots, this.#program.ownerRows, 1);
  }

  /** The XORs of a level, then this party's part of its ANDs, for the party before it; empty where the level has none. */
  level(index: number): Uint8Array {
    const { exports, memory } = this.#module;
    const { xors, ands, outs, known } = this.#program.levels[index]!;
    const at = this.#resident.levels[index]!;
    const slots = this.#slots.pointer;
    exports.xorGates(at.xors, tripleCount(xors), slots, this.#vectors);
    if (outs.length === 0) return new Uint8Array();
    const row = rowBytes(this.#n);
    const rows = this.#rows.pointer;
    if (!known) {
      const [flipFirst, flipSecond] = FLIPS[this.#party];
      exports.andGates(at.ands, tripleCount(ands), slots, this.#vectors, flipFirst, flipSecond, rows, row);
    } else if (this.#party === OWNER) this.#rowsView(outs.length * row).fill(0);
    else {
      const [owners, helpers] = this.#party === FIRST_HELPER ? [0, 1] : [1, 0];
      exports.knownGates(at.ands, tripleCount(ands), slots, this.#vectors, owners!, helpers!, rows, row);
    }
    const half = this.#streams.first.mask(this.#rowsView(outs.length * row));
    const masked = this.#streams.second.mask(half);
    release(half);
    memory.bytes.set(masked, this.#rows.pointer);
    this.#place(at.outs, outs.length, 0);
    return masked;
  }

  /** What the next party computed of a level. */
  accept(index: number, rows: Uint8Array): void {
    this.#module.memory.bytes.set(rows, this.#rows.pointer);
    this.#place(this.#resident.levels[index]!.outs, this.#program.levels[index]!.outs.length, 1);
  }

  #plane(slot: number, component: 0 | 1): number {
    return this.#slots.pointer + slot * slotBytes(this.#n) + component * this.#vectors * VECTOR_BYTES;
  }

  #rowsView(bytes: number): Uint8Array {
    return this.#module.memory.bytes.subarray(this.#rows.pointer, this.#rows.pointer + bytes);
  }

  #place(list: number, count: number, component: 0 | 1): void {
    this.#module.exports.placeRows(
      list,
      count,
      this.#slots.pointer,
      this.#vectors,
      component,
      this.#rows.pointer,
      rowBytes(this.#n),
    );
  }
}
