import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carryCircuit, koggeStone, SUMS } from '../../bench/adders.js';
import { evaluateClear, inputBits } from '../../circuits/evaluate.js';
import { andsOf, compileProgram } from '../../circuits/program.js';
import { type Prefixes, sklansky } from '../../circuits/shallow.js';

describe('the adders that the bench compares', () => {
  for (const prefixes of [sklansky, koggeStone]) {
    it(`carry as integers do: ${prefixes.name}`, () => {
      const circuit = carryCircuit(prefixes);
      const word = fc.bigInt({ min: 0n, max: (1n << BigInt(SUMS.width)) - 1n });
      fc.assert(
        fc.property(word, word, (x, y) => {
          const [carries] = evaluateClear(circuit, inputBits([x], SUMS.width), inputBits([y], SUMS.width));
          for (const [k, carry] of carries!.entries()) {
            const low = (1n << BigInt(k + 1)) - 1n;
            expect(carry).toBe((x & low) + (y & low) > low ? 1n : 0n);
          }
        }),
        { numRuns: 30 },
      );
    });
  }

  it('take as many messages, Sklansky with fewer ANDs', () => {
    const counts = (prefixes: Prefixes): { messages: number; ands: number } => {
      const program = compileProgram(carryCircuit(prefixes));
      return { messages: program.levels.filter(({ outs }) => outs.length > 0).length, ands: andsOf(program) };
    };
    expect(counts(sklansky)).toEqual({ messages: 4, ands: 121 });
    expect(counts(koggeStone)).toEqual({ messages: 4, ands: 161 });
  });
});
