/**
 * A circuit made ready for garbling: wires get slots (registers that are reused after their last reader), and the tables a
 * layout that both sides compute alike, so that no length is ever taken from the wire.
 * @module
 */
import { AND, type Circuit, literalsOf } from '../../circuits/circuit.js';
import type { Literal } from '../core/gates.js';

/** Bytes of a label, of an AES block, of a start point. */
export const LABEL_BYTES = 16;

/** Tables leave in segments of at most this many bytes, cut between gates. */
const SEGMENT_BYTES = 512 * 1024;

/** Instances garbled at once: two hashes an instance and half-gate stay within 2^12 hashes under one key. */
export const CHUNK_INSTANCES = 2048;

/** A literal whose wire has become a slot. */
export interface SlotBit {
  readonly slot: number;
  readonly inverted: 0 | 1;
}

export interface SlotTerm {
  readonly bit: SlotBit;
  /** ±2^shift taken mod 2^wordBits. */
  readonly coefficient: bigint;
}

export type SlotOutput =
  | { readonly kind: 'bits'; readonly bits: readonly SlotBit[] }
  | {
      readonly kind: 'word';
      readonly wordBits: 32 | 64;
      readonly terms: readonly SlotTerm[];
      readonly gate?: SlotBit;
    };

/**
 * Operations of OP_WIDTH numbers each, laid out as OP says. An XOR whose only reader is an AND, and one whose other operand is an AND without
 * another reader, are part of that AND: every pass over labels that is saved counts.
 */
export interface Schedule {
  readonly garblerBits: number;
  readonly evaluatorBits: number;
  readonly slots: number;
  readonly ops: Int32Array;
  readonly outputs: readonly SlotOutput[];
}

/**
 * Where an operation has what: out = a xor b, or out = (a xor a2 xor invertA) and (b xor b2 xor invertB), xor post. Slots, NONE where there is
 * no second operand.
 */
export const OP = { isAnd: 0, a: 1, a2: 2, invertA: 3, b: 4, b2: 5, invertB: 6, post: 7, out: 8 } as const;
export const OP_WIDTH = 9;
export const NONE = -1;

/** An operation on wires, before they have slots. The first operand of each pair is there, the second perhaps. */
interface WireOp {
  readonly isAnd: boolean;
  readonly left: readonly number[];
  readonly invertLeft: 0 | 1;
  readonly right: readonly number[];
  readonly invertRight: 0 | 1;
  readonly post: readonly number[];
  readonly out: number;
}

/** The circuit's gates, XORs made part of ANDs where what lies between has no other reader. */
function fuse(circuit: Circuit): WireOp[] {
  const { gates } = circuit;
  const first = 1 + circuit.garblerBits + circuit.evaluatorBits;
  const count = gates.length / 3;
  const isAnd = (gate: number): boolean => gates[3 * gate] === AND;
  const wireOf = (gate: number, side: 1 | 2): number => gates[3 * gate + side]! >> (isAnd(gate) ? 1 : 0);
  const readers = new Int32Array(first + count);
  for (let gate = 0; gate < count; gate++) for (const side of [1, 2] as const) readers[wireOf(gate, side)]!++;
  for (const output of circuit.outputs) for (const literal of literalsOf(output)) readers[literal >> 1]!++;
  /** The gate that makes a wire, where it is of the kind and read but once. */
  const lone = (wire: number, and: boolean): number | undefined => {
    const gate = wire - first;
    return gate >= 0 && isAnd(gate) === and && readers[wire] === 1 && !absorbed.has(gate) ? gate : undefined;
  };
  const absorbed = new Set<number>();
  /** XOR gate -> the AND gate that it completes. */
  const completes = new Map<number, number>();
  for (let gate = 0; gate < count; gate++) {
    if (isAnd(gate)) continue;
    const and = lone(wireOf(gate, 2), true) ?? lone(wireOf(gate, 1), true);
    if (and === undefined) continue;
    completes.set(gate, and);
    absorbed.add(and);
  }
  /** The wires whose xor an AND's operand is. */
  const operand = (wire: number): readonly number[] => {
    const gate = lone(wire, false);
    if (gate === undefined || completes.has(gate)) return [wire];
    absorbed.add(gate);
    return [wireOf(gate, 1), wireOf(gate, 2)];
  };
  const operandsOf = new Map<number, readonly [readonly number[], readonly number[]]>();
  for (let gate = 0; gate < count; gate++) {
    if (isAnd(gate)) operandsOf.set(gate, [operand(wireOf(gate, 1)), operand(wireOf(gate, 2))]);
  }
  const invert = (gate: number, side: 1 | 2): 0 | 1 => (gates[3 * gate + side]! & 1) as 0 | 1;
  const andOp = (gate: number, post: readonly number[], out: number): WireOp => {
    const [left, right] = operandsOf.get(gate)!;
    return { isAnd: true, left, invertLeft: invert(gate, 1), right, invertRight: invert(gate, 2), post, out };
  };
  const ops: WireOp[] = [];
  for (let gate = 0; gate < count; gate++) {
    if (absorbed.has(gate)) continue;
    const out = first + gate;
    const [left, right] = [wireOf(gate, 1), wireOf(gate, 2)];
    const and = completes.get(gate);
    if (and !== undefined) ops.push(andOp(and, [left === first + and ? right : left], out));
    else if (isAnd(gate)) ops.push(andOp(gate, [], out));
    else ops.push({ isAnd: false, left: [left], invertLeft: 0, right: [right], invertRight: 0, post: [], out });
  }
  return ops;
}

/**
 * Fuses gates and assigns slots by last use. Input wires keep their order: input i starts in slot i.
 * @throws RangeError where an output is a constant, which no label can carry
 */
export function schedule(circuit: Circuit): Schedule {
  const inputs = circuit.garblerBits + circuit.evaluatorBits;
  const fused = fuse(circuit);
  const lastUse = new Int32Array(1 + inputs + circuit.gates.length / 3).fill(-1);
  for (const [at, op] of fused.entries()) for (const wire of readsOf(op)) lastUse[wire] = at;
  for (const output of circuit.outputs) {
    for (const literal of literalsOf(output)) {
      if (literal >> 1 === 0) throw new RangeError('circuit output: expected a wire, got a constant');
      lastUse[literal >> 1] = fused.length;
    }
  }
  const slotOf = new Int32Array(lastUse.length).fill(NONE);
  const free: number[] = [];
  let slots = 0;
  for (let wire = 1; wire <= inputs; wire++) slotOf[wire] = slots++;
  for (let wire = 1; wire <= inputs; wire++) if (lastUse[wire] === -1) free.push(slotOf[wire]!);
  const ops = new Int32Array(fused.length * OP_WIDTH);
  const slot = (wires: readonly number[], index: number): number =>
    wires[index] === undefined ? NONE : slotOf[wires[index]]!;
  for (const [at, op] of fused.entries()) {
    const { left, right, post } = op;
    const operands = [
      slot(left, 0),
      slot(left, 1),
      op.invertLeft,
      slot(right, 0),
      slot(right, 1),
      op.invertRight,
      slot(post, 0),
    ];
    for (const wire of new Set(readsOf(op))) if (lastUse[wire] === at) free.push(slotOf[wire]!);
    const out = free.pop() ?? slots++;
    slotOf[op.out] = out;
    ops.set([op.isAnd ? 1 : 0, ...operands, out], at * OP_WIDTH);
  }
  const bitOf = (literal: Literal): SlotBit => ({ slot: slotOf[literal >> 1]!, inverted: (literal & 1) as 0 | 1 });
  const outputs = circuit.outputs.map((output): SlotOutput => {
    if (output.kind === 'bits') return { kind: 'bits', bits: output.bits.map(bitOf) };
    const wordBits = output.width <= 32 ? 32 : 64;
    const terms = output.terms.map((term) => ({
      bit: bitOf(term.bit),
      coefficient: BigInt.asUintN(wordBits, (term.negative ? -1n : 1n) << BigInt(term.shift)),
    }));
    return { kind: 'word', wordBits, terms, ...(output.gate === undefined ? {} : { gate: bitOf(output.gate) }) };
  });
  return { garblerBits: circuit.garblerBits, evaluatorBits: circuit.evaluatorBits, slots, ops, outputs };
}

function readsOf({ left, right, post }: WireOp): number[] {
  return [...left, ...right, ...post];
}

/** Words out of one hash block. */
export function wordsPerBlock(wordBits: 32 | 64): number {
  return 128 / wordBits;
}

/** Hash blocks that a gated word output draws from its gate: a word a term, and one for the sum of ones. */
export function gateBlocks(output: SlotOutput): number {
  if (output.kind !== 'word' || output.gate === undefined) return 0;
  return Math.ceil((output.terms.length + 1) / wordsPerBlock(output.wordBits));
}

/** Hashes to evaluate one instance: two an AND, one a term of a word and one for each block that its gate fills. Garbling takes twice as many. */
export function hashesPerInstance(plan: Schedule): number {
  let hashes = 0;
  for (let at = 0; at < plan.ops.length; at += OP_WIDTH) if (plan.ops[at] === 1) hashes += 2;
  for (const output of plan.outputs) if (output.kind === 'word') hashes += output.terms.length + gateBlocks(output);
  return hashes;
}

/** Bytes of each item of a chunk's tables, in order, for n instances. */
function* itemBytes(plan: Schedule, n: number): Generator<number> {
  yield LABEL_BYTES; // the start point of the chunk's hash keys
  for (let at = 0; at < plan.ops.length; at += OP_WIDTH) if (plan.ops[at] === 1) yield 2 * LABEL_BYTES * n;
  for (const output of plan.outputs) {
    if (output.kind === 'bits') {
      for (let i = 0; i < output.bits.length; i++) yield n;
      continue;
    }
    const wordBytes = output.wordBits / 8;
    const gated = output.gate !== undefined;
    for (let i = 0; i < output.terms.length; i++) yield wordBytes * n * (gated ? 2 : 1);
    if (gated) yield wordBytes * n;
  }
}

/** The sizes of the segments that carry a chunk's tables, in order. */
export function segmentSizes(plan: Schedule, n: number): number[] {
  const sizes: number[] = [];
  let current = 0;
  for (const bytes of itemBytes(plan, n)) {
    if (current > 0 && current + bytes > SEGMENT_BYTES) {
      sizes.push(current);
      current = 0;
    }
    current += bytes;
  }
  sizes.push(current);
  return sizes;
}

/** Room for any segment of a chunk of at most `capacity` instances. Fewer instances may fill a segment better than more. */
export function segmentCapacity(plan: Schedule, capacity: number): number {
  let largest = SEGMENT_BYTES;
  for (const bytes of itemBytes(plan, capacity)) largest = Math.max(largest, bytes);
  return largest;
}

/** Label memory that a chunk may take: wide circuits (an argmax of many values) go in smaller chunks. */
const CHUNK_LABEL_BYTES = 64 * 1024 * 1024;

/** Splits `instances` of a circuit in chunks of nearly one size, none above CHUNK_INSTANCES or the label memory. */
export function chunkSizes(plan: Pick<Schedule, 'slots'>, instances: number): number[] {
  const chunks = chunkCount(plan, instances);
  return Array.from(
    { length: chunks },
    (_, i) => Math.floor((instances * (i + 1)) / chunks) - Math.floor((instances * i) / chunks),
  );
}

/** The largest of chunkSizes. */
export function largestChunk(plan: Pick<Schedule, 'slots'>, instances: number): number {
  return Math.ceil(instances / chunkCount(plan, instances));
}

function chunkCount({ slots }: Pick<Schedule, 'slots'>, instances: number): number {
  const fitting = Math.max(1, Math.floor(CHUNK_LABEL_BYTES / (LABEL_BYTES * slots)));
  return Math.max(1, Math.ceil(instances / Math.min(CHUNK_INSTANCES, fitting)));
}
