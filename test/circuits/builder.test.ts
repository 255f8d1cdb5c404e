import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildAes128 } from '../../circuits/aes128.js';
import { buildCircuit } from '../../circuits/build.js';
import { CircuitBuilder } from '../../circuits/builder.js';
import { AND, andCount, type Circuit, type Output, XOR } from '../../circuits/circuit.js';
import { type ClearInput, evaluateMany } from '../../circuits/evaluate.js';
import { FALSE, type Literal, TRUE } from '../../src/core/gates.js';
import { peakLiveGates } from './cases.js';

/** A builder with two garbler bits a, b and one evaluator bit c. */
function threeInputs(): [CircuitBuilder, Literal, Literal, Literal] {
  const builder = new CircuitBuilder(2, 1);
  return [builder, ...builder.garblerWord(0, 2), ...builder.evaluatorWord(0, 1)] as never;
}

const bits = (...literals: Literal[]): Output => ({ kind: 'bits', bits: literals });

describe('folding', () => {
  it('needs no gate for constants, equal and inverse operands', () => {
    const [builder, a, b] = threeInputs();
    for (const x of [a, builder.not(a), TRUE, FALSE]) {
      expect(builder.and(x, x)).toBe(x);
      expect(builder.and(x, builder.not(x))).toBe(FALSE);
      expect(builder.and(x, TRUE)).toBe(x);
      expect(builder.and(FALSE, x)).toBe(FALSE);
      expect(builder.or(x, TRUE)).toBe(TRUE);
      expect(builder.or(x, x)).toBe(x);
      expect(builder.xor(x, x)).toBe(FALSE);
      expect(builder.xor(x, builder.not(x))).toBe(TRUE);
      expect(builder.xor(x, FALSE)).toBe(x);
      expect(builder.xor(TRUE, x)).toBe(builder.not(x));
      expect(builder.mux(b, x, x)).toBe(x);
      expect(builder.mux(TRUE, x, b)).toBe(x);
      expect(builder.mux(b, TRUE, FALSE)).toBe(b);
    }
    expect(builder.build([bits(a, b)]).gates).toHaveLength(0);
  });

  it('makes the same gate once and an XOR of plain wires only', () => {
    const [builder, a, b, c] = threeInputs();
    expect(builder.xor(builder.not(a), b)).toBe(builder.not(builder.xor(b, a)));
    expect(builder.and(a, b)).toBe(builder.and(b, a));
    expect(builder.xor(builder.xor(a, b), a)).toBe(b);
    expect(builder.xor(b, builder.xor(b, builder.not(c)))).toBe(builder.not(c));
    expect(builder.build([bits(builder.xor(builder.not(a), builder.not(b)))]).gates).toEqual(
      Int32Array.of(XOR, a >> 1, b >> 1),
    );
  });

  it('spends one AND on all sign patterns of a pair', () => {
    const [builder, a, b] = threeInputs();
    const products = [0, 1].flatMap((p) => [0, 1].map((q) => builder.and(a ^ p, b ^ q)));
    const circuit = builder.build([bits(...products, builder.or(a, b))]);
    expect(andCount(circuit)).toBe(1);
    for (const [x, y] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      const [output] = evaluateMany(circuit, [{ garblerBits: Uint8Array.of(x, y), evaluatorBits: Uint8Array.of(0) }]);
      const expected = [x & y, x & (y ^ 1), (x ^ 1) & y, (x ^ 1) & (y ^ 1), x | y];
      expect(output![0]).toEqual(expected.map(BigInt));
    }
  });

  it('leaves the function of random gate lists as it is', () => {
    const gateList = fc.array(fc.tuple(fc.constantFrom('and', 'or', 'xor', 'mux'), fc.nat(), fc.nat(), fc.nat()), {
      maxLength: 60,
    });
    const inputs = Array.from({ length: 8 }, (_, i): ClearInput => {
      return { garblerBits: Uint8Array.of(i & 1, (i >> 1) & 1), evaluatorBits: Uint8Array.of(i >> 2) };
    });
    fc.assert(
      fc.property(gateList, (gates) => {
        const [builder, a, b, c] = threeInputs();
        const literals = [FALSE, a, b, c];
        const truths = [0x00, 0xaa, 0xcc, 0xf0]; // bit i of a truth is the value under input i
        for (const [operation, ...picks] of gates) {
          const operands = picks.map((pick) => pick % (2 * literals.length));
          const [x, y, z] = operands.map((operand) => literals[operand >> 1]! ^ (operand & 1)) as [
            number,
            number,
            number,
          ];
          const [p, q, r] = operands.map((operand) => truths[operand >> 1]! ^ (operand & 1 ? 0xff : 0)) as [
            number,
            number,
            number,
          ];
          literals.push(operation === 'mux' ? builder.mux(x, y, z) : builder[operation as 'and'](x, y));
          truths.push({ and: p & q, or: p | q, xor: p ^ q, mux: (p & q) | (~p & 0xff & r) }[operation]!);
        }
        const circuit = builder.build([bits(...literals.slice(-8))]);
        expectWellFormed(circuit);
        const got = evaluateMany(circuit, inputs).map((output) => output[0]!.map(Number));
        expect(got).toEqual(inputs.map((_, i) => truths.slice(-8).map((truth) => (truth >> i) & 1)));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('build', () => {
  it('leaves out what no output needs', () => {
    const [builder, a, b, c] = threeInputs();
    builder.and(a, c);
    const kept = builder.xor(builder.and(a, b), c);
    builder.and(kept, a);
    const circuit = builder.build([bits(kept)]);
    expect(circuit.gates).toEqual(Int32Array.of(AND, a, b, XOR, c >> 1, 4));
    expect(circuit.outputs).toEqual([bits(10)]);
  });

  it('drops terms and gates that vanish', () => {
    const [builder, a, b] = threeInputs();
    const unused = builder.and(a, b);
    const word = (gate: Literal): Output => ({
      kind: 'word',
      width: 4,
      terms: [
        { bit: a, shift: 0 },
        { bit: FALSE, shift: 1 },
        { bit: unused, shift: 4 },
        { bit: b, shift: 3, negative: true },
      ],
      gate,
    });
    const terms = [
      { bit: a, shift: 0 },
      { bit: b, shift: 3, negative: true },
    ];
    const circuit = builder.build([word(TRUE), word(FALSE), word(b)]);
    expect(circuit.gates).toHaveLength(0);
    expect(circuit.outputs).toEqual([
      { kind: 'word', width: 4, terms },
      { kind: 'word', width: 4, terms: [] },
      { kind: 'word', width: 4, terms, gate: b },
    ]);
  });

  it('refuses literals and sizes that are not its own', () => {
    const [builder, a] = threeInputs();
    expect(() => builder.and(a, 99)).toThrow(/expected literals below 8/);
    expect(() => builder.xor(a, 99)).toThrow(RangeError);
    expect(() => builder.build([bits(8)])).toThrow(/expected a literal below 8, got 8/);
    expect(() => builder.garblerWord(1, 2)).toThrow(/inside 0..2, got 1..3/);
    expect(() => new CircuitBuilder(-1, 0)).toThrow(/garblerBits: expected an integer/);
    expect(() => new CircuitBuilder(0, 1.5)).toThrow(/evaluatorBits: expected an integer/);
    expect(() => new CircuitBuilder(2 ** 30, 0)).toThrow(RangeError);
  });
});

describe('circuits that are used', () => {
  const pooled = { kind: 'activation', values: 9, width: 32, shift: 12, activation: 'relu', outBits: 32 } as const;
  const best = { kind: 'topk', values: 10, width: 32, count: 3, outBits: 32 } as const;

  it('are well-formed', () => {
    for (const circuit of [buildAes128(), buildCircuit(pooled), buildCircuit(best)]) expectWellFormed(circuit);
  });

  it('keep few gates alive', () => {
    // two shifted values of 20 bits and their comparison; the three best on each level of the selection
    expect(peakLiveGates(buildCircuit(pooled))).toBeLessThan(50);
    expect(peakLiveGates(buildCircuit(best))).toBeLessThan(300);
    // the round key, the state before and the state after
    expect(peakLiveGates(buildAes128())).toBeLessThan(350);
  });
});

/** No gate reads wire 0 or a wire that comes later, none is there twice or unread. */
function expectWellFormed({ garblerBits, evaluatorBits, gates, outputs }: Circuit): void {
  const firstGate = 1 + garblerBits + evaluatorBits;
  const faults: string[] = [];
  const read = new Set(
    outputs.flatMap((o) => (o.kind === 'bits' ? o.bits : o.terms.map((t) => t.bit))).map((l) => l >> 1),
  );
  for (const output of outputs) if (output.kind === 'word' && output.gate !== undefined) read.add(output.gate >> 1);
  const seen = new Set<string>();
  for (let i = 0; i < gates.length; i += 3) {
    const wires = [gates[i + 1]!, gates[i + 2]!].map((operand) => (gates[i] === AND ? operand >> 1 : operand));
    if (wires.some((wire) => wire < 1 || wire >= firstGate + i / 3)) faults.push(`gate ${i / 3} reads ${wires}`);
    if (wires[0] === wires[1]) faults.push(`gate ${i / 3} reads one wire twice`);
    const key = [gates[i], ...wires.toSorted((x, y) => x - y)].join();
    if (seen.has(key)) faults.push(`gate ${i / 3} repeats ${key}`);
    seen.add(key);
    for (const wire of wires) read.add(wire);
  }
  for (let i = 0; i < gates.length / 3; i++) if (!read.has(firstGate + i)) faults.push(`gate ${i} is not read`);
  expect(faults).toEqual([]);
}
