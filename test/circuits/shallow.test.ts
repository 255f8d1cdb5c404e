import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CircuitBuilder } from '../../circuits/builder.js';
import { evaluateClear, inputBits } from '../../circuits/evaluate.js';
import { compileProgram } from '../../circuits/program.js';
import { addShallow, carries, lessShallow, maxShallow, minConstantShallow } from '../../circuits/shallow.js';
import type { Word } from '../../src/core/gates.js';

const WIDTHS = [1, 2, 3, 8, 16, 32, 37, 64];

/** Two words through `make`, its bits as an unsigned integer. */
function compute(width: number, x: bigint, y: bigint, make: (b: CircuitBuilder, x: Word, y: Word) => Word): bigint {
  const builder = new CircuitBuilder(width, width);
  const bits = make(builder, builder.garblerWord(0, width), builder.evaluatorWord(0, width));
  const circuit = builder.build([{ kind: 'bits', bits }]);
  const [out] = evaluateClear(circuit, inputBits([x], width), inputBits([y], width));
  return out!.reduce((sum, bit, k) => sum + (bit << BigInt(k)), 0n);
}

function pairs(width: number): fc.Arbitrary<[bigint, bigint]> {
  const most = (1n << BigInt(width)) - 1n;
  const edge = fc.constantFrom(0n, 1n, most, most >> 1n, (most >> 1n) + 1n).map((value) => value & most);
  const word = fc.oneof(edge, fc.bigInt({ min: 0n, max: most }));
  return fc.tuple(word, word);
}

describe('shallow arithmetic is integer arithmetic', () => {
  for (const width of WIDTHS) {
    const signed = (value: bigint): bigint => BigInt.asIntN(width, value);
    it(`at width ${width}`, () => {
      fc.assert(
        fc.property(pairs(width), ([x, y]) => {
          expect(compute(width, x, y, addShallow)).toBe(BigInt.asUintN(width, x + y));
          expect(compute(width, x, y, (b, p, q) => [lessShallow(b, p, q)])).toBe(signed(x) < signed(y) ? 1n : 0n);
          expect(signed(compute(width, x, y, maxShallow))).toBe(signed(x) > signed(y) ? signed(x) : signed(y));
          expect(compute(width, x, y, (b, p) => minConstantShallow(b, p, y))).toBe(x < y ? x : y);
          const all = compute(width, x, y, carries);
          for (let k = 0; k < width; k++) {
            const low = (1n << BigInt(k + 1)) - 1n;
            expect((all >> BigInt(k)) & 1n).toBe((x & low) + (y & low) > low ? 1n : 0n);
          }
        }),
        { numRuns: 40 },
      );
    });
  }

  it('adds and compares in logarithmically many levels, with fewer ANDs than Kogge and Stone', () => {
    for (const width of [8, 16, 24, 32, 64]) {
      const depthOf = (make: (b: CircuitBuilder, x: Word, y: Word) => Word): [number, number] => {
        const builder = new CircuitBuilder(width, width);
        const bits = make(builder, builder.garblerWord(0, width), builder.evaluatorWord(0, width));
        const { levels } = compileProgram(builder.build([{ kind: 'bits', bits }]));
        return [
          levels.filter(({ outs }) => outs.length > 0).length,
          levels.reduce((sum, level) => sum + level.outs.length, 0),
        ];
      };
      const [addDepth, addAnds] = depthOf(addShallow);
      expect(addDepth).toBe(1 + Math.ceil(Math.log2(Math.ceil((width - 1) / 4))));
      expect(addAnds).toBeLessThan(2 * (width - 1) * Math.ceil(Math.log2(width)));
      const [lessDepth, lessAnds] = depthOf((b, x, y) => [lessShallow(b, x, y)]);
      expect(lessDepth).toBe(1 + Math.ceil(Math.log2(width)));
      expect(lessAnds).toBeLessThan(3 * width);
    }
  });
});
