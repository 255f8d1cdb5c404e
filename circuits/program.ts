/**
 * A circuit made ready for three parties: ANDs in levels, each level one message, and wires in slots that are reused after their
 * last reader.
 * @module
 */

import type { Literal } from '../src/core/gates.js';
import { AND, type Circuit } from './circuit.js';

/** 2*slot, plus 1 where the bit is taken inverted. */
export type SlotLiteral = number;

/** An output word: the sum of coefficient * bit mod 2^width. */
export interface ProgramWord {
  readonly width: number;
  readonly terms: readonly { readonly bit: SlotLiteral; readonly shift: number; readonly negative: boolean }[];
}

export interface Level {
  /** Triples (a, b, out) of slots: XORs that come before the level's ANDs. */
  readonly xors: Uint32Array;
  /** Triples (a, b, more): two literals and whether their product belongs to the row before. Empty after the last message. */
  readonly ands: Uint32Array;
  /** The slot of each row, which is a sum of products. */
  readonly outs: Uint32Array;
  /** Whether every product is of a bit that party 0 knows (it comes first) and one that the others know, neither inverted. */
  readonly known: boolean;
}

export interface Program {
  /** Words' bits that party 0 knows, and products of them that it makes before it shares: rows ownerBits .. ownerRows - 1. */
  readonly ownerBits: number;
  readonly ownerRows: number;
  /** Triples (a, b, out) of rows. */
  readonly ownerProducts: Uint32Array;
  /** The same of parties 1 and 2. Rows are slots: party 0's come first, then theirs. */
  readonly helperBits: number;
  readonly helperRows: number;
  readonly helperProducts: Uint32Array;
  readonly slots: number;
  readonly levels: readonly Level[];
  /** Revealed bits, or words. */
  readonly bits: readonly SlotLiteral[];
  readonly words: readonly ProgramWord[];
}

/** Rows of all levels: the bits that each party sends for an instance. */
export function andsOf(program: Program): number {
  return program.levels.reduce((sum, level) => sum + level.outs.length, 0);
}

interface Xor {
  readonly left: number;
  readonly right: number;
  readonly wire: number;
}

/** A sum of ANDs of literals: one message whatever their number. */
interface Sum {
  readonly products: readonly (readonly [Literal, Literal])[];
  readonly level: number;
}

interface Group {
  readonly xors: Xor[];
  readonly sums: { readonly wire: number; readonly products: Sum['products'] }[];
}

/** @throws RangeError where an output is a constant */
export function compileProgram(circuit: Circuit): Program {
  const inputs = circuit.garblerBits + circuit.evaluatorBits;
  const owner = localProducts(circuit, 1, circuit.garblerBits);
  const helper = localProducts(circuit, 1 + circuit.garblerBits, circuit.evaluatorBits);
  const [ownersWires, helpersWires] = [new Set(owner.wires), new Set(helper.wires)];
  const local = new Set([...owner.wires, ...helper.wires]);
  const levels = levelled(circuit, inputs, local);
  const last = lastUses(circuit, levels);
  const slotOf = new Int32Array(1 + inputs + circuit.gates.length / 3).fill(-1);
  const free: number[] = [];
  let slots = 0;
  for (const wire of [...owner.wires, ...helper.wires]) {
    if (last[wire] === -1) free.push(slots);
    slotOf[wire] = slots++;
  }
  const literal = (value: Literal): SlotLiteral => 2 * slotOf[value >> 1]! + (value & 1);
  const release = (at: number, wires: Iterable<number>): void => {
    // all gates of a group may read before any of its outputs takes a slot
    for (const wire of new Set(wires)) if (last[wire] === at) free.push(slotOf[wire]!);
  };
  const compiled = levels.map(({ xors, sums }, level): Level => {
    const take = (wire: number): number => {
      slotOf[wire] = free.pop() ?? slots++;
      return slotOf[wire]!;
    };
    const xorTriples = xors.flatMap(({ left, right, wire }) => [slotOf[left]!, slotOf[right]!, take(wire)]);
    release(
      2 * level,
      xors.flatMap(({ left, right }) => [left, right]),
    );
    const products = sums.flatMap((sum) => sum.products);
    const isOwners = (value: Literal): boolean => ownersWires.has(value >> 1) && (value & 1) === 0;
    const isHelpers = (value: Literal): boolean => helpersWires.has(value >> 1) && (value & 1) === 0;
    const known = products.every(([a, b]) => (isOwners(a) && isHelpers(b)) || (isOwners(b) && isHelpers(a)));
    const ands = sums.flatMap(({ products }) =>
      products.flatMap(([a, b], i) => {
        const [left, right] = known && isHelpers(a) ? [b, a] : [a, b];
        return [literal(left), literal(right), i > 0 ? 1 : 0];
      }),
    );
    const outs = sums.map(({ wire }) => take(wire));
    release(
      2 * level + 1,
      products.flatMap(([a, b]) => [a >> 1, b >> 1]),
    );
    return { xors: Uint32Array.from(xorTriples), ands: Uint32Array.from(ands), outs: Uint32Array.from(outs), known };
  });
  const checked = (value: Literal): SlotLiteral => {
    if (value >> 1 === 0) throw new RangeError('circuit output: expected a wire, got a constant');
    return literal(value);
  };
  const bits: SlotLiteral[] = [];
  const words: ProgramWord[] = [];
  for (const output of circuit.outputs) {
    if (output.kind === 'bits') bits.push(...output.bits.map(checked));
    else {
      if (output.gate !== undefined) throw new RangeError('circuit output: expected no gate, got one');
      const terms = output.terms.map(({ bit, shift, negative }) => ({
        bit: checked(bit),
        shift,
        negative: negative ?? false,
      }));
      words.push({ width: output.width, terms });
    }
  }
  return {
    ownerBits: circuit.garblerBits,
    ownerRows: owner.wires.length,
    ownerProducts: owner.triples,
    helperBits: circuit.evaluatorBits,
    helperRows: helper.wires.length,
    helperProducts: helper.triples,
    slots,
    levels: compiled,
    bits,
    words,
  };
}

/** The input wires [first, first + count) and all ANDs of them alone, which who knows them computes in the clear. */
function localProducts(
  circuit: Circuit,
  first: number,
  count: number,
): { readonly wires: readonly number[]; readonly triples: Uint32Array } {
  const wires = Array.from({ length: count }, (_, i) => first + i);
  const rowOf = new Map(wires.map((wire, row) => [wire, row]));
  const triples: number[] = [];
  for (let i = 0; 3 * i < circuit.gates.length; i++) {
    const [left, right] = [circuit.gates[3 * i + 1]!, circuit.gates[3 * i + 2]!];
    // inverted operands are left to the shared part
    if (circuit.gates[3 * i] !== AND || (left | right) & 1) continue;
    const [a, b] = [rowOf.get(left >> 1), rowOf.get(right >> 1)];
    if (a === undefined || b === undefined) continue;
    const wire = 1 + circuit.garblerBits + circuit.evaluatorBits + i;
    triples.push(a, b, wires.length);
    rowOf.set(wire, wires.length);
    wires.push(wire);
  }
  return { wires, triples: Uint32Array.from(triples) };
}

/** Gates by the number of messages before them: XORs of level k read what k messages brought, then come its sums of ANDs. */
function levelled(circuit: Circuit, inputs: number, local: ReadonlySet<number>): Group[] {
  const wires = 1 + inputs + circuit.gates.length / 3;
  const depth = new Int32Array(wires);
  const uses = useCounts(circuit, wires);
  const sums = new Map<number, Sum>();
  const levels: Group[] = [];
  const at = (level: number): Group => {
    while (levels.length <= level) levels.push({ xors: [], sums: [] });
    return levels[level]!;
  };
  for (let i = 0; 3 * i < circuit.gates.length; i++) {
    const wire = 1 + inputs + i;
    if (local.has(wire)) continue;
    const [left, right] = [circuit.gates[3 * i + 1]!, circuit.gates[3 * i + 2]!];
    if (circuit.gates[3 * i] === AND) {
      const level = Math.max(depth[left >> 1]!, depth[right >> 1]!);
      depth[wire] = level + 1;
      sums.set(wire, { level, products: [[left, right]] });
      continue;
    }
    depth[wire] = Math.max(depth[left]!, depth[right]!);
    const [a, b] = [sums.get(left), sums.get(right)];
    if (a && b && a.level === b.level && uses[left] === 1 && uses[right] === 1) {
      // the two alone have no other reader
      sums.delete(left);
      sums.delete(right);
      sums.set(wire, { level: a.level, products: [...a.products, ...b.products] });
    } else at(depth[wire]!).xors.push({ left, right, wire });
  }
  for (const [wire, { level, products }] of sums) at(level).sums.push({ wire, products });
  if (levels.length === 0) at(0);
  return levels;
}

/** How many gates and outputs read each wire. */
function useCounts(circuit: Circuit, wires: number): Int32Array {
  const uses = new Int32Array(wires);
  for (let i = 0; i < circuit.gates.length; i += 3) {
    const shift = circuit.gates[i] === AND ? 1 : 0;
    uses[circuit.gates[i + 1]! >> shift]!++;
    uses[circuit.gates[i + 2]! >> shift]!++;
  }
  for (const literal of outputLiterals(circuit)) uses[literal >> 1]!++;
  return uses;
}

function outputLiterals({ outputs }: Circuit): Literal[] {
  return outputs.flatMap((output) =>
    output.kind === 'bits' ? [...output.bits] : output.terms.map((term) => term.bit),
  );
}

/** Twice the level that reads each wire last, plus 1 where its ANDs do; beyond all levels for outputs, -1 for wires without a reader. */
function lastUses(circuit: Circuit, levels: readonly Group[]): Int32Array {
  const last = new Int32Array(1 + circuit.garblerBits + circuit.evaluatorBits + circuit.gates.length / 3).fill(-1);
  for (const [level, { xors, sums }] of levels.entries()) {
    for (const { left, right } of xors) for (const wire of [left, right]) last[wire] = 2 * level;
    for (const literal of sums.flatMap((sum) => sum.products.flat())) last[literal >> 1] = 2 * level + 1;
  }
  for (const literal of outputLiterals(circuit)) last[literal >> 1] = 2 * levels.length;
  return last;
}
