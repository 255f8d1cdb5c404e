import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBigInts, type RingBits, toBigInts } from '../../src/core/ring.js';
import { referenceKernels } from '../../src/kernels/reference.js';
import type { FixedModel, NonlinearNode } from '../../src/model/fixed-model.js';
import type { FixedActivation } from '../../src/model/ops/activations/activations.js';
import { evaluatePlain, topK } from '../../src/model/plain.js';

type Step = Pick<NonlinearNode, 'width' | 'shift' | 'pool' | 'shape'> & FixedActivation;

/** An input of [n] or [height, width, channels] and one nonlinear step. */
function modelOf(ringBits: RingBits, shape: readonly number[], step: Step): FixedModel {
  const node: NonlinearNode = { id: 1, op: 'nonlinear', name: 'step', inputs: [0], fractionBits: 0, ...step };
  return {
    graph: {
      name: 'step',
      ringBits,
      nodes: [{ id: 0, op: 'input', name: 'in', inputs: [], shape, fractionBits: 0, low: 0, high: 0 }, node],
      inputs: [{ name: 'in', shape }],
      outputs: [{ name: 'step', shape: step.shape }],
      output: 1,
      outputWidth: ringBits,
      guaranteed: false,
    },
    parameters: new Map(),
  };
}

/** fixed-model.ts word by word, without windows. */
function definition(step: Step, x: bigint): bigint {
  const { width, shift } = step;
  const c = shift === 0 ? 0n : 1n << BigInt(shift - 1);
  const shifted = BigInt.asIntN(width, x + c) >> BigInt(shift);
  if (step.activation === 'none') return shifted;
  const positive = shifted < 0n ? 0n : shifted;
  return step.activation === 'clip' && positive > BigInt(step.clipMax) ? BigInt(step.clipMax) : positive;
}

describe.each([32, 64] as const)('nonlinear steps at l = %i', (bits) => {
  const ringValue = fc.oneof(
    fc.bigInt({ min: -(1n << BigInt(bits - 1)), max: (1n << BigInt(bits - 1)) - 1n }),
    fc.integer({ min: -5000, max: 5000 }).map(BigInt),
    fc
      .tuple(fc.integer({ min: 0, max: bits - 1 }), fc.integer({ min: -2, max: 2 }))
      .map(([k, d]) => BigInt.asIntN(bits, (1n << BigInt(k)) + BigInt(d))),
  );
  const activation = fc.oneof(
    fc.constantFrom<FixedActivation>({ activation: 'none' }, { activation: 'relu' }),
    fc.integer({ min: 1, max: 1001 }).map((clipMax): FixedActivation => ({ activation: 'clip', clipMax })),
  );
  const step = fc
    .tuple(fc.integer({ min: 2, max: bits }), fc.nat(), activation)
    .map(([width, n, chosen]) => ({ width, shift: n % (width - 1), ...chosen }));

  test('are their definition, and count what wraps', () => {
    fc.assert(
      fc.property(step, fc.array(ringValue, { minLength: 1, maxLength: 20 }), (parts, values) => {
        const shape = [values.length];
        const model = modelOf(bits, shape, { ...parts, shape });
        const { output, wrapped } = evaluatePlain(model, referenceKernels(), 1, fromBigInts(bits, values));
        expect(toBigInts(bits, output)).toEqual(values.map((value) => definition({ ...parts, shape }, value)));
        const c = parts.shift === 0 ? 0n : 1n << BigInt(parts.shift - 1);
        const outside = values.filter((value) => {
          const rounded = BigInt.asIntN(bits, value + c);
          return BigInt.asIntN(parts.width, rounded) !== rounded;
        });
        expect(wrapped).toEqual(outside.length === 0 ? [] : [{ id: 1, name: 'step', count: outside.length }]);
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  test('take the maximum of each window; padding never wins', () => {
    const pool = {
      inHeight: 5,
      inWidth: 4,
      channels: 2,
      windowHeight: 3,
      windowWidth: 2,
      strideHeight: 2,
      strideWidth: 1,
      padTop: 1,
      padBottom: 1,
      padLeft: 1,
      padRight: 0,
    };
    fc.assert(
      fc.property(step, fc.array(ringValue, { minLength: 80, maxLength: 80 }), (parts, values) => {
        const whole = { ...parts, pool, shape: [3, 4, 2] };
        const { output } = evaluatePlain(
          modelOf(bits, [5, 4, 2], whole),
          referenceKernels(),
          2,
          fromBigInts(bits, values),
        );
        const expected: bigint[] = [];
        for (let i = 0; i < 48; i++) {
          const [n, row, column, c] = [Math.floor(i / 24), Math.floor(i / 8) % 3, Math.floor(i / 2) % 4, i % 2];
          const window: bigint[] = [];
          for (let y = 2 * row - 1; y < 2 * row + 2; y++) {
            for (let x = column - 1; x < column + 1; x++) {
              if (y < 0 || y > 4 || x < 0 || x > 3) continue;
              window.push(definition(whole, values[((n * 5 + y) * 4 + x) * 2 + c]!));
            }
          }
          expected.push(window.toSorted((a, b) => (a < b ? 1 : -1))[0]!);
        }
        expect(toBigInts(bits, output)).toEqual(expected);
      }),
      { numRuns: 50, seed: 5 },
    );
  });
});

describe.each([32, 64] as const)('top k at l = %i', (bits) => {
  const logits = fromBigInts(bits, [3n, -1n, 7n, 7n, -9n, 0n, -5n, -5n, -(1n << 31n), -5n]);

  test('is in order, and ties go to the lowest index', () => {
    expect([...topK(bits, logits, 5, 3)]).toEqual([2, 3, 0, 0, 1, 2]);
    expect([...topK(bits, logits, 5, 1)]).toEqual([2, 0]);
    expect([...topK(bits, logits, 10, 10)]).toEqual([2, 3, 0, 5, 1, 6, 7, 9, 4, 8]);
  });

  test('compares only the width that the circuit has', () => {
    expect([...topK(bits, fromBigInts(bits, [8n, 7n]), 2, 1, 4)]).toEqual([1]);
  });

  test.each([0, 6, 1.5])('refuses k = %d of 5', (k) => {
    expect(() => topK(bits, logits, 5, k)).toThrow(/expected k from 1 to 5/);
  });
});

test('a batch in parts gives what the whole batch gives', () => {
  const shape = [2 ** 13];
  const model = modelOf(32, shape, { width: 20, shift: 3, activation: 'relu', shape });
  const input = Uint32Array.from({ length: 1100 * shape[0]! }, (_, i) => Math.imul(i, 2654435761));
  const parts = evaluatePlain(model, referenceKernels(), 1100, input);
  const whole = evaluatePlain(model, referenceKernels(), 1100, input, { onTensor: () => {} });
  expect(Buffer.compare(Buffer.from(parts.output.buffer), Buffer.from(whole.output.buffer))).toBe(0);
  expect(parts.wrapped).toEqual(whole.wrapped);
});

test('an input of the wrong length is refused', () => {
  const model = modelOf(32, [4], { width: 20, shift: 3, activation: 'relu', shape: [4] });
  expect(() => evaluatePlain(model, referenceKernels(), 2, new Uint32Array(7))).toThrow(
    /expected 2 inputs of 4 elements/,
  );
});
