/**
 * The Boolean engine: one chunk of instances of a circuit, bit-sliced, on replicated shares (Araki et al., CCS 2016).
 *
 * A bit is z = z_0 + z_1 + z_2 mod 2, party i holds (z_i, z_{i+1}). XOR and NOT are local; for an AND party i computes
 * x_i y_i + x_i y_{i+1} + x_{i+1} y_i, adds a share of zero and sends that to party i - 1: one bit an instance and AND. All ANDs of a
 * level travel in one message.
 * @module
 */

import type { Program, SlotLiteral } from '../../../circuits/program.js';
import type { Arithmetic } from '../../correlations/context.js';
import { rowBytes, slotBytes, VECTOR_BYTES } from '../../sliced/planes.js';
import { type Multiplying, type ResidentProgram, Slots } from '../../sliced/slots.js';
import { FIRST_HELPER, OWNER, type Party, SECOND_HELPER } from '../../steps/three.js';
import type { StepStreams } from './context.js';

/** What of a NOT falls to a party's first and second component: component 0 flips. */
const MULTIPLYING: Readonly<Record<Party, Multiplying>> = {
  [OWNER]: { alike: true, flips: [1, 0] },
  [FIRST_HELPER]: { alike: true, flips: [0, 0] },
  [SECOND_HELPER]: { alike: true, flips: [0, 1] },
};

/** One party's share of the wires of n instances. */
export class Engine {
  readonly #party: Party;
  readonly #program: Program;
  readonly #streams: StepStreams;
  readonly #slots: Slots;

  constructor(
    { module }: Pick<Arithmetic, 'module'>,
    party: Party,
    program: Program,
    resident: ResidentProgram,
    streams: StepStreams,
    n: number,
  ) {
    this.#party = party;
    this.#program = program;
    this.#streams = streams;
    this.#slots = new Slots(module, program, resident, n);
  }

  /** Gives the memory back, cleared. */
  dispose(): void {
    this.#slots.dispose();
  }

  /** Where the rows of party 0's bits are written before `shareOwner`, `rowBytes` apart. */
  get ownerRows(): number {
    return this.#slots.rows;
  }

  /** The component of an input bit that this party holds of what both helpers know, and the distance to the next bit's. */
  helperPlane(index: number): { readonly pointer: number; readonly strideBytes: number } {
    const component = this.#party === FIRST_HELPER ? 1 : 0;
    return {
      pointer: this.#slots.planeOf(this.#program.ownerRows + index, component),
      strideBytes: slotBytes(this.#slots.n),
    };
  }

  /** Component of a literal's plane (the inversion left aside). */
  plane(literal: SlotLiteral, component: 0 | 1): number {
    return this.#slots.plane(literal, component);
  }

  /** Clears the components of all inputs: those that are not set are zero. */
  clearInputs(): void {
    this.#slots.clearInputs();
  }

  /** Once a party has written the bits that it knows: their products. */
  multiplyKnown(): void {
    if (this.#party === OWNER) {
      const row = rowBytes(this.#slots.n);
      this.#slots.multiplyKnown('owner', this.#slots.rows, row, row);
    } else {
      const { pointer, strideBytes } = this.helperPlane(0);
      this.#slots.multiplyKnown('helper', pointer, strideBytes, this.#slots.vectors * VECTOR_BYTES);
    }
  }

  /** Party 0: its bits are s_0 + s_1, s_1 from the stream that it shares with party 1; returns s_0 for party 2, valid until the next call. */
  shareOwner(): Uint8Array {
    return this.#slots.maskInputs('owner', this.#streams.second);
  }

  /** Party 1: s_1 of party 0's bits, from the stream. */
  expandOwner(): void {
    this.#streams.first.nextInto(this.#slots.rowsView(this.#program.ownerRows));
    this.#slots.placeInputs('owner', 0);
  }

  /** Party 2: s_0 of party 0's bits, as it came. */
  acceptOwner(rows: Uint8Array): void {
    this.#slots.rowsView(this.#program.ownerRows).set(rows);
    this.#slots.placeInputs('owner', 1);
  }

  /** The XORs of a level, then this party's part of its ANDs, for the party before it, valid until the next call; empty where the level has none. */
  level(index: number): Uint8Array {
    const { outs, known } = this.#program.levels[index]!;
    this.#slots.addGates(index);
    if (outs.length === 0) return new Uint8Array();
    const rows = this.#slots.rowsView(outs.length);
    if (!known) this.#slots.multiplyGates(index, MULTIPLYING[this.#party]);
    else if (this.#party === OWNER) rows.fill(0);
    else {
      const [owners, helpers] = this.#party === FIRST_HELPER ? ([0, 1] as const) : ([1, 0] as const);
      this.#slots.multiplyKnownGates(index, owners, helpers);
    }
    for (const stream of [this.#streams.first, this.#streams.second]) this.#slots.maskRows(stream, outs.length);
    this.#slots.placeOuts(index, 0);
    return rows;
  }

  /** What the next party computed of a level. */
  accept(index: number, rows: Uint8Array): void {
    this.#slots.rowsView(this.#program.levels[index]!.outs.length).set(rows);
    this.#slots.placeOuts(index, 1);
  }
}
