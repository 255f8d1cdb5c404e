/** Masked inputs for circuits and integer arithmetic to hold them against. */
import { AND, type Circuit } from '../../circuits/circuit.js';
import { type ClearInput, evaluateMany, inputBits } from '../../circuits/evaluate.js';

/** A small generator of its own (mulberry32), so that a failing case comes back with its seed. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return (z ^ (z >>> 14)) >>> 0;
  };
}

/** Rows of signed values: edges and their neighbours, ties, small and full-range values. */
export function signedRows(rows: number, values: number, width: number, next: () => number): bigint[][] {
  const top = 1n << BigInt(width - 1);
  const edges = [0n, -1n, 1n, top - 1n, -top, top - 2n, 1n - top].map((x) => BigInt.asIntN(width, x));
  const pick = [
    () => edges[next() % edges.length]!,
    () => BigInt.asIntN(width, BigInt((next() % 5) - 2)),
    () => BigInt.asIntN(width, word(next)),
    () => BigInt.asIntN(width, word(next)) >> BigInt(next() % width),
  ];
  return Array.from({ length: rows }, (_, row) => {
    // the first rows are all edges: one value alone takes each of them
    if (row < edges.length) return Array.from({ length: values }, (_, j) => edges[(row + j) % edges.length]!);
    return Array.from({ length: values }, pick[row % pick.length]!);
  });
}

/** Evaluates v_j = t_j - r_j for rows of values under random masks, the masks 0 and -1 among them. */
export function evaluateMasked(
  circuit: Circuit,
  rows: readonly bigint[][],
  width: number,
  next: () => number,
): bigint[][][] {
  const inputs = rows.map((row, i): ClearInput => {
    const masks = row.map(() => (i % 8 === 0 ? 0n : i % 8 === 1 ? -1n : word(next)));
    const masked = row.map((value, j) => value + masks[j]!);
    return { garblerBits: inputBits(masked, width), evaluatorBits: inputBits(masks, width) };
  });
  return evaluateMany(circuit, inputs);
}

/** The largest of signed values. */
export function largestOf(values: readonly bigint[]): bigint {
  let largest = values[0]!;
  for (const value of values) if (value > largest) largest = value;
  return largest;
}

/** The most gates whose value is still needed at any time. */
export function peakLiveGates(circuit: Circuit): number {
  const firstGate = 1 + circuit.garblerBits + circuit.evaluatorBits;
  const { gates } = circuit;
  const lastRead = new Map<number, number>();
  for (let i = 0; i < gates.length; i += 3) {
    for (const operand of [gates[i + 1]!, gates[i + 2]!]) lastRead.set(gates[i] === AND ? operand >> 1 : operand, i);
  }
  for (const output of circuit.outputs) {
    const bits = output.kind === 'bits' ? output.bits : output.terms.map((term) => term.bit);
    for (const bit of bits) lastRead.set(bit >> 1, gates.length);
    if (output.kind === 'word' && output.gate !== undefined) lastRead.set(output.gate >> 1, gates.length);
  }
  const lastReads = new Map<number, number>();
  for (const [wire, at] of lastRead) if (wire >= firstGate) lastReads.set(at, (lastReads.get(at) ?? 0) + 1);
  let [live, peak] = [0, 0];
  for (let i = 0; i < gates.length; i += 3) {
    peak = Math.max(peak, ++live);
    live -= lastReads.get(i) ?? 0;
  }
  return peak;
}

function word(next: () => number): bigint {
  return (BigInt(next()) << 32n) | BigInt(next());
}
