/**
 * The Boolean engine of two parties: one chunk of instances of a circuit, bit-sliced, on masked bits.
 *
 * Of a bit z both parties know d = z + l, party i a share l_i of its mask l = l_0 + l_1 mod 2: the components (d, l_i). XOR and NOT are local, of
 * masks too. A row of ANDs z = sum x y is
 *
 *     z + l_z = sum (d_x d_y + d_x l_y + l_x d_y) + (l_z + sum l_x l_y)
 *
 * of which the last part is shared ahead (correlations/bits); party 0 has the d_x d_y. The parties tell each other their shares of it: a bit each an
 * instance and row, whatever reads z. What one party knows is masked by that party alone. To the receiver a share is uniform, as the
 * sender's l_z,i is used nowhere else: it is told d_z and nothing more.
 * @module
 */
import type { Program, SlotLiteral } from '../../../../circuits/program.js';
import type { Masks, Products } from '../../../correlations/bits/masks.js';
import type { KernelModule } from '../../../kernels/module.js';
import { rowBytes } from '../../../sliced/planes.js';
import { type Inputs, type Multiplying, type ResidentProgram, Slots } from '../../../sliced/slots.js';
import { otherOf, type Party } from '../../../steps/two.js';

/** A NOT flips d, which both know. */
const MULTIPLYING: Readonly<Record<Party, Multiplying>> = [
  { alike: true, flips: [1, 0] },
  { alike: false, flips: [1, 0] },
];

/** Whose bits stand first in a program. */
const INPUTS: Readonly<Record<Party, Inputs>> = ['owner', 'helper'];

/** One party's share of the wires of n instances. */
export class Engine {
  readonly #party: Party;
  readonly #program: Program;
  readonly #masks: Masks;
  readonly #products: Products;
  readonly #slots: Slots;

  constructor(
    module: KernelModule,
    party: Party,
    program: Program,
    resident: ResidentProgram,
    masks: Masks,
    products: Products,
    n: number,
  ) {
    this.#party = party;
    this.#program = program;
    this.#masks = masks;
    this.#products = products;
    this.#slots = new Slots(module, program, resident, n);
  }

  /** Gives the memory back, cleared. */
  dispose(): void {
    this.#slots.dispose();
  }

  /** Where the rows of this party's bits are written before `maskInputs`, `rowBytes` apart. */
  get rows(): number {
    return this.#slots.rows;
  }

  /** A literal's masked bits (the inversion left aside). */
  plane(literal: SlotLiteral): number {
    return this.#slots.plane(literal, 0);
  }

  /** Products of the bits that this party knows, and all of them masked: the rows for the other, valid until the next call. */
  maskInputs(): Uint8Array {
    const own = INPUTS[this.#party];
    const row = rowBytes(this.#slots.n);
    this.#slots.clearInputs();
    this.#slots.multiplyKnown(own, this.#slots.rows, row, row);
    return this.#slots.maskInputs(own, this.#masks);
  }

  /** The other's masked bits: of their masks this party's share is zero. */
  acceptInputs(rows: Uint8Array): void {
    const others = INPUTS[otherOf(this.#party)];
    this.#slots.rowsView(this.#program[`${others}Rows`]).set(rows);
    this.#slots.placeInputs(others, 0);
  }

  /** The XORs of a level, then this party's share of its masked rows, for the other, valid until the next call; empty where the level has none. */
  level(index: number): Uint8Array {
    this.#slots.addGates(index);
    const { length } = this.#program.levels[index]!.outs;
    if (length === 0) return new Uint8Array();
    this.#slots.multiplyGates(index, MULTIPLYING[this.#party]);
    return this.#products.addTo(this.#slots, length);
  }

  /** The other's share of a level's masked rows. */
  accept(index: number, rows: Uint8Array): void {
    const { length } = this.#program.levels[index]!.outs;
    this.#slots.addToRows(rows);
    this.#slots.placeOuts(index, 0);
    this.#masks.nextInto(this.#slots.rowsView(length));
    this.#slots.placeOuts(index, 1);
  }
}
