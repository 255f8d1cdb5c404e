/**
 * Builds a circuit gate by gate: inversions and constants cost nothing, the same gate is made once, and what no output
 * needs is left out. XOR is free in the garbling (Kolesnikov and Schneider 2008), so only ANDs are counted anywhere.
 *
 * Gates keep their order of creation: who builds value by value gets a circuit with few wires alive at any time.
 * @module
 */

import { TacitError } from '../src/core/errors.js';
import { FALSE, type Literal, type Term, TRUE } from '../src/core/gates.js';
import { AND, type Circuit, literalsOf, type Output, XOR } from './circuit.js';

/** More wires than this are refused: literals stay small integers and two wires fit in one exact map key. */
export const MAX_WIRES: number = 2 ** 24;

/** Collects gates over the inputs of both parties; every method that returns a literal says what it costs in ANDs. */
export class CircuitBuilder {
  readonly garblerBits: number;
  readonly evaluatorBits: number;
  readonly #firstGate: number;
  readonly #operation: number[] = [];
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  /** From a pair of wires to the gate that joins them, one map for each operation. */
  readonly #gateOf: readonly [Map<number, number>, Map<number, number>] = [new Map(), new Map()];

  constructor(garblerBits: number, evaluatorBits: number) {
    for (const [name, bits] of Object.entries({ garblerBits, evaluatorBits })) {
      if (!Number.isInteger(bits) || bits < 0 || bits > MAX_WIRES / 4) {
        throw new RangeError(`${name}: expected an integer from 0 to ${MAX_WIRES / 4}, got ${bits}`);
      }
    }
    this.garblerBits = garblerBits;
    this.evaluatorBits = evaluatorBits;
    this.#firstGate = 1 + garblerBits + evaluatorBits;
  }

  /** The garbler's input bits [from, from + width), least significant first. */
  garblerWord(from: number, width: number): Literal[] {
    return inputWord(1, this.garblerBits, from, width);
  }

  /** The evaluator's input bits [from, from + width), least significant first. */
  evaluatorWord(from: number, width: number): Literal[] {
    return inputWord(1 + this.garblerBits, this.evaluatorBits, from, width);
  }

  /** NOT a: no gate. */
  not(a: Literal): Literal {
    return a ^ 1;
  }

  /** a XOR b: no AND. Inversions move to the result, x ^ (x ^ y) is y. */
  xor(a: Literal, b: Literal): Literal {
    const inverted = (a ^ b) & 1;
    const x = Math.min(a, b) & ~1;
    const y = Math.max(a, b) & ~1;
    if (x === y) return inverted;
    if (x === FALSE) return y ^ inverted;
    return this.#cancelled(x, y) ^ inverted;
  }

  /** a AND b: one AND, or none where the same two wires were joined before with any inversions. */
  and(a: Literal, b: Literal): Literal {
    if (a === FALSE || b === FALSE || a === (b ^ 1)) return FALSE;
    if (a === TRUE || a === b) return b;
    if (b === TRUE) return a;
    const x = Math.min(a, b);
    const y = Math.max(a, b);
    const gate = this.#gateOf[AND].get(pairKey(x >> 1, y >> 1));
    if (gate === undefined) return this.#add(AND, x, y);
    // (A ^ p)(B ^ q) = AB ^ qA ^ pB ^ pq
    const [knownX, knownY] = [this.#left[gate]!, this.#right[gate]!];
    const [p, q] = [x ^ knownX, y ^ knownY];
    let result = 2 * (this.#firstGate + gate);
    if (q) result = this.xor(result, knownX);
    if (p) result = this.xor(result, knownY);
    return result ^ (p & q);
  }

  /** a OR b: one AND. */
  or(a: Literal, b: Literal): Literal {
    return this.and(a ^ 1, b ^ 1) ^ 1;
  }

  /** a where select holds, else b: one AND, none where a and b are equal, inverse or both constant. */
  mux(select: Literal, a: Literal, b: Literal): Literal {
    return this.xor(b, this.and(select, this.xor(a, b)));
  }

  /**
   * The circuit with these outputs, without dead gates. Terms that are zero mod 2^width are dropped, so is a gate that
   * always holds or that has nothing left to gate. Throws RangeError on a literal that this builder did not make.
   */
  build(outputs: readonly Output[]): Circuit {
    const kept = outputs.map(withoutZeroTerms);
    const gateCount = this.#operation.length;
    const live = new Uint8Array(this.#firstGate + gateCount);
    for (const literal of kept.flatMap(literalsOf)) {
      if (!Number.isInteger(literal) || literal < 0 || literal >> 1 >= live.length) {
        throw new RangeError(`output: expected a literal below ${2 * live.length}, got ${literal}`);
      }
      live[literal >> 1] = 1;
    }
    let liveGates = 0;
    for (let i = gateCount - 1; i >= 0; i--) {
      if (!live[this.#firstGate + i]) continue;
      liveGates++;
      const toWire = this.#operation[i] === AND ? 1 : 0;
      live[this.#left[i]! >> toWire] = 1;
      live[this.#right[i]! >> toWire] = 1;
    }

    const wireOf = new Int32Array(live.length);
    for (let wire = 0; wire < this.#firstGate; wire++) wireOf[wire] = wire;
    const renamed = (literal: Literal): Literal => 2 * wireOf[literal >> 1]! + (literal & 1);
    const gates = new Int32Array(3 * liveGates);
    let next = 0;
    for (let i = 0; i < gateCount; i++) {
      if (!live[this.#firstGate + i]) continue;
      const isAnd = this.#operation[i] === AND;
      gates[3 * next] = this.#operation[i]!;
      gates[3 * next + 1] = isAnd ? renamed(this.#left[i]!) : wireOf[this.#left[i]!]!;
      gates[3 * next + 2] = isAnd ? renamed(this.#right[i]!) : wireOf[this.#right[i]!]!;
      wireOf[this.#firstGate + i] = this.#firstGate + next++;
    }
    const { garblerBits, evaluatorBits } = this;
    return { garblerBits, evaluatorBits, gates, outputs: kept.map((output) => renameOutput(output, renamed)) };
  }

  /** XOR of two different plain wires (even literals): a known gate, or the rest of one that holds the other operand. */
  #cancelled(x: Literal, y: Literal): Literal {
    for (const [outer, other] of [
      [x, y],
      [y, x],
    ] as const) {
      const gate = (outer >> 1) - this.#firstGate;
      if (gate < 0 || this.#operation[gate] !== XOR) continue;
      if (2 * this.#left[gate]! === other) return 2 * this.#right[gate]!;
      if (2 * this.#right[gate]! === other) return 2 * this.#left[gate]!;
    }
    const gate = this.#gateOf[XOR].get(pairKey(x >> 1, y >> 1));
    return gate === undefined ? this.#add(XOR, x >> 1, y >> 1) : 2 * (this.#firstGate + gate);
  }

  #add(operation: typeof XOR | typeof AND, left: number, right: number): Literal {
    const gate = this.#operation.length;
    const wire = this.#firstGate + gate;
    const toWire = operation === AND ? 1 : 0;
    if (wire >= MAX_WIRES) {
      throw new TacitError(
        'UNSUPPORTED_LAYER',
        `expected a circuit of at most ${MAX_WIRES} wires, got more. Use smaller windows, or reveal fewer labels or logits`,
      );
    }
    if (!(left >= 0 && right >> toWire < wire)) {
      throw new RangeError(`gate: expected literals below ${2 * wire}, got one of another circuit`);
    }
    this.#gateOf[operation].set(pairKey(left >> toWire, right >> toWire), gate);
    this.#operation.push(operation);
    this.#left.push(left);
    this.#right.push(right);
    return 2 * wire;
  }
}

function pairKey(leftWire: number, rightWire: number): number {
  return leftWire * MAX_WIRES + rightWire;
}

function inputWord(firstWire: number, bits: number, from: number, width: number): Literal[] {
  if (!(from >= 0 && width >= 0 && from + width <= bits)) {
    throw new RangeError(`input bits: expected a range inside 0..${bits}, got ${from}..${from + width}`);
  }
  return Array.from({ length: width }, (_, i) => 2 * (firstWire + from + i));
}

function withoutZeroTerms(output: Output): Output {
  if (output.kind === 'bits') return output;
  const { width, gate } = output;
  const terms = output.terms.filter((term) => gate !== FALSE && term.bit !== FALSE && term.shift < width);
  const gated = gate !== undefined && gate !== TRUE && terms.length > 0;
  return gated ? { kind: 'word', width, terms, gate } : { kind: 'word', width, terms };
}

function renameOutput(output: Output, renamed: (literal: Literal) => Literal): Output {
  if (output.kind === 'bits') return { kind: 'bits', bits: output.bits.map(renamed) };
  const terms = output.terms.map((term): Term => ({ ...term, bit: renamed(term.bit) }));
  const word = { kind: 'word', width: output.width, terms } as const;
  return output.gate === undefined ? word : { ...word, gate: renamed(output.gate) };
}
