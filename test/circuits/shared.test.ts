import { describe, expect, it } from 'vitest';
import { AND, type Circuit } from '../../circuits/circuit.js';
import { compileProgram } from '../../circuits/program.js';
import { buildThree } from '../../circuits/shared.js';
import type { ActivationSpec } from '../../circuits/spec.js';
import type { FixedActivation } from '../../src/model/ops/activations/activations.js';

/** Input wires that no gate and no output reads. */
function unreadInputs({ garblerBits, evaluatorBits, gates, outputs }: Circuit): number[] {
  const read = new Set<number>();
  for (let i = 0; i < gates.length; i += 3) {
    const shift = gates[i] === AND ? 1 : 0;
    for (const operand of [gates[i + 1]!, gates[i + 2]!]) read.add(operand >> shift);
  }
  for (const output of outputs) {
    const bits = output.kind === 'bits' ? output.bits : output.terms.map(({ bit }) => bit);
    for (const bit of bits) read.add(bit >> 1);
  }
  return Array.from({ length: garblerBits + evaluatorBits }, (_, i) => 1 + i).filter((wire) => !read.has(wire));
}

describe('circuits of three parties', () => {
  it('find the best in few levels: all pairs are compared at once, then it is who loses to none', () => {
    const levelsOf = (values: number): number => {
      const { circuit } = buildThree({ kind: 'topk', values, width: 24, count: 1, outBits: 32 });
      return compileProgram(circuit).levels.filter(({ outs }) => outs.length > 0).length;
    };
    for (const values of [3, 10, 16]) expect(levelsOf(values)).toBe(levelsOf(2) + Math.ceil(Math.log2(values - 1)));
  });

  const activations: readonly FixedActivation[] = [
    { activation: 'relu' },
    { activation: 'none' },
    { activation: 'clip', clipMax: 1 },
  ];
  for (const activation of activations) {
    for (const { values, width, shift } of [
      { values: 1, width: 3, shift: 1 },
      { values: 1, width: 20, shift: 0 },
      { values: 1, width: 32, shift: 12 },
      { values: 4, width: 24, shift: 7 },
    ]) {
      it(`read every bit that is shared for them (${activation.activation} of ${values}, width ${width}, shift ${shift})`, () => {
        const spec: ActivationSpec = {
          kind: 'activation',
          values,
          width,
          shift,
          outBits: 32,
          ...activation,
        };
        expect(unreadInputs(buildThree(spec).circuit)).toEqual([]);
      });
    }
  }
});
