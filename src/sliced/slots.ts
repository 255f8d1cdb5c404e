/**
 * The wires of n instances of a circuit, bit-sliced in kernel memory: a slot is two planes, the components that a party holds of a bit.
 * What they are is the sharing scheme's: (z_i, z_{i+1}) of three parties, the masked bit and a share of its mask of two.
 * @module
 */
import type { Program, SlotLiteral } from '../../circuits/program.js';
import type { Block, KernelMemory } from '../kernels/memory.js';
import type { KernelModule } from '../kernels/module.js';
import { levelBytes, rowBytes, rowsBytes, SLACK, slotBytes, VECTOR_BYTES } from './planes.js';

/** Triples (a, b, out) of 32-bit words. */
const TRIPLE_WORDS = 3;

function tripleCount(triples: Uint32Array): number {
  return triples.length / TRIPLE_WORDS;
}

/** A compiled circuit in kernel memory: where the lists and triples lie. */
export interface ResidentProgram {
  /** All of it. */
  readonly block: Block;
  /** Slots of the rows of inputs: party 0's, then those that the others know. */
  readonly inputSlots: number;
  readonly ownerProducts: number;
  readonly helperProducts: number;
  readonly levels: readonly { readonly xors: number; readonly ands: number; readonly outs: number }[];
}

/** The gates of a program in kernel memory. */
export function makeResident({ memory }: Pick<KernelModule, 'memory'>, program: Program): ResidentProgram {
  const { ownerRows, helperRows, ownerProducts, helperProducts, levels } = program;
  const inputs = Uint32Array.from({ length: ownerRows + helperRows }, (_, slot) => slot);
  const lists = [
    inputs,
    ownerProducts,
    helperProducts,
    ...levels.flatMap(({ xors, ands, outs }) => [xors, ands, outs]),
  ];
  const block = memory.allocate(lists.reduce((sum, list) => sum + list.byteLength, 0));
  let at = block.pointer;
  const put = (list: Uint32Array): number => {
    const pointer = at;
    memory.words.set(list, pointer >>> 2);
    at += list.byteLength;
    return pointer;
  };
  return {
    block,
    inputSlots: put(inputs),
    ownerProducts: put(ownerProducts),
    helperProducts: put(helperProducts),
    levels: levels.map(({ xors, ands, outs }) => ({ xors: put(xors), ands: put(ands), outs: put(outs) })),
  };
}

/** A party's part of x y of two bits (x_0, x_1), (y_0, y_1): x_0 y_1 + x_1 y_0, and x_0 y_0 where `alike`; of a NOT, the components that it flips. */
export interface Multiplying {
  readonly alike: boolean;
  readonly flips: readonly [number, number];
}

/** Which rows of inputs: those of the bits that party 0 knows, or of those that the others know. */
export type Inputs = 'owner' | 'helper';

/** A stream of random bytes. */
export interface Drawn {
  nextInto(out: Uint8Array): void;
}

export class Slots {
  readonly n: number;
  readonly vectors: number;
  readonly #module: KernelModule;
  readonly #program: Program;
  readonly #resident: ResidentProgram;
  readonly #slots: Block;
  readonly #rows: Block;

  constructor(module: KernelModule, program: Program, resident: ResidentProgram, n: number) {
    this.n = n;
    this.vectors = Math.ceil(n / (8 * VECTOR_BYTES));
    this.#module = module;
    this.#program = program;
    this.#resident = resident;
    this.#slots = module.memory.allocate(program.slots * slotBytes(n));
    this.#rows = module.memory.allocate(rowsBytes(program, n));
  }

  /** Gives the memory back, cleared. */
  dispose(): void {
    for (const block of [this.#slots, this.#rows]) this.#memory.clear(block);
  }

  get #memory(): KernelMemory {
    return this.#module.memory;
  }

  /** Where rows on their way lie, `rowBytes` apart. */
  get rows(): number {
    return this.#rows.pointer;
  }

  /** The first rows on their way, in place. */
  rowsView(count: number): Uint8Array {
    return this.#memory.view({ pointer: this.rows, bytes: levelBytes(count, this.n) });
  }

  /** Adds as many rows to those on their way. */
  addToRows(rows: Uint8Array): void {
    this.#addScratch(rows.length, (scratch) => scratch.set(rows));
  }

  /** Adds what comes next of a stream to the first rows on their way; gives them in place. */
  maskRows(stream: Drawn, count: number): Uint8Array {
    const rows = this.rowsView(count);
    this.#addScratch(rows.length, (scratch) => stream.nextInto(scratch));
    return rows;
  }

  /** Rows of inputs are r + m, m what comes next of a stream: the second component is m, the first r, which is given in place. */
  maskInputs(inputs: Inputs, stream: Drawn): Uint8Array {
    const rows = this.rowsView(this.#inputRows(inputs)[1]);
    const memory = this.#memory;
    memory.withScratch(() => {
      const own = memory.scratch(rows.length + SLACK);
      memory.bytes.copyWithin(own, this.rows, this.rows + rows.length);
      stream.nextInto(rows);
      this.placeInputs(inputs, 1);
      this.#addBytes(own, rows.length);
    });
    this.placeInputs(inputs, 0);
    return rows;
  }

  /** A component of a slot. */
  planeOf(slot: number, component: 0 | 1): number {
    return this.#slots.pointer + slot * slotBytes(this.n) + component * this.vectors * VECTOR_BYTES;
  }

  /** A component of a literal's plane (the inversion left aside). */
  plane(literal: SlotLiteral, component: 0 | 1): number {
    return this.planeOf(literal >> 1, component);
  }

  /** Clears the components of all inputs: those that are not set are zero. */
  clearInputs(): void {
    const { ownerRows, helperRows } = this.#program;
    this.#memory.zero(this.#slots.pointer, (ownerRows + helperRows) * slotBytes(this.n));
  }

  /** Clears all slots: a component that is never set stays zero, through XORs too. */
  clear(): void {
    this.#memory.zero(this.#slots.pointer, this.#slots.bytes);
  }

  /** The products of known bits, whose rows lie `strideBytes` apart from `pointer` on. */
  multiplyKnown(inputs: Inputs, pointer: number, strideBytes: number, bytes: number): void {
    const products = this.#program[`${inputs}Products`];
    this.#module.exports.andRows(
      this.#resident[`${inputs}Products`],
      tripleCount(products),
      pointer,
      strideBytes,
      bytes,
    );
  }

  /** The XORs of a level. */
  addGates(level: number): void {
    const count = tripleCount(this.#program.levels[level]!.xors);
    this.#module.exports.xorGates(this.#resident.levels[level]!.xors, count, this.#slots.pointer, this.vectors);
  }

  /** This party's part of a level's sums of products, to the rows on their way. */
  multiplyGates(level: number, { alike, flips }: Multiplying): void {
    this.#module.exports.andGates(
      this.#resident.levels[level]!.ands,
      tripleCount(this.#program.levels[level]!.ands),
      this.#slots.pointer,
      this.vectors,
      ...flips,
      alike ? 1 : 0,
      this.rows,
      rowBytes(this.n),
    );
  }

  /** The same where every product is of a bit of party 0 and one of the others', of each of which one component is all there is. */
  multiplyKnownGates(level: number, ownerComponent: number, helperComponent: number): void {
    this.#module.exports.knownGates(
      this.#resident.levels[level]!.ands,
      tripleCount(this.#program.levels[level]!.ands),
      this.#slots.pointer,
      this.vectors,
      ownerComponent,
      helperComponent,
      this.rows,
      rowBytes(this.n),
    );
  }

  /** Rows on their way to a component of the slots of inputs. */
  placeInputs(inputs: Inputs, component: 0 | 1): void {
    const [first, count] = this.#inputRows(inputs);
    this.#place(this.#resident.inputSlots + 4 * first, count, component);
  }

  /** Rows on their way to a component of the slots of a level's sums. */
  placeOuts(level: number, component: 0 | 1): void {
    this.#place(this.#resident.levels[level]!.outs, this.#program.levels[level]!.outs.length, component);
  }

  /** The first of them, and how many. */
  #inputRows(inputs: Inputs): readonly [number, number] {
    const { ownerRows, helperRows } = this.#program;
    return inputs === 'owner' ? [0, ownerRows] : [ownerRows, helperRows];
  }

  #addScratch(bytes: number, fill: (scratch: Uint8Array) => void): void {
    this.#memory.withScratch(() => {
      const pointer = this.#memory.scratch(bytes + SLACK);
      fill(this.#memory.view({ pointer, bytes }));
      this.#addBytes(pointer, bytes);
    });
  }

  #addBytes(pointer: number, bytes: number): void {
    this.#module.exports.xorLabels(this.rows, pointer, this.rows, Math.ceil(bytes / VECTOR_BYTES));
  }

  #place(list: number, count: number, component: 0 | 1): void {
    this.#module.exports.placeRows(
      list,
      count,
      this.#slots.pointer,
      this.vectors,
      component,
      this.rows,
      rowBytes(this.n),
    );
  }
}
