import { describe, expect, it } from 'vitest';
import { buildCircuit } from '../../circuits/build.js';
import { evaluateClear, evaluateMany, inputBits } from '../../circuits/evaluate.js';
import { buildThree } from '../../circuits/shared.js';
import type { CircuitSpec } from '../../circuits/spec.js';

const relu = { kind: 'activation', values: 1, width: 8, shift: 0, activation: 'relu', outBits: 8 } as const;
const best = { kind: 'topk', values: 4, width: 8, count: 2, outBits: 8 } as const;

describe('buildCircuit', () => {
  it.each<[Record<string, unknown>, RegExp]>([
    [{ ...relu, kind: 'softmax' }, /kind to be 'activation' or 'topk', got softmax/],
    [{ ...relu, values: 0 }, /values to be an integer from 1 to 65536, got 0/],
    [{ ...relu, values: 1e9 }, /values/],
    [{ ...relu, width: 65 }, /width to be an integer from 1 to 64, got 65/],
    [{ ...relu, width: '8' }, /width/],
    [{ ...relu, outBits: 0 }, /outBits to be an integer from 1 to 64, got 0/],
    [{ ...relu, outBits: 65 }, /outBits/],
    [{ ...relu, shift: 8 }, /shift to be an integer from 0 to 7, got 8/],
    [{ ...relu, shift: -1 }, /shift/],
    [{ ...relu, shift: 0.5 }, /shift/],
    [{ ...relu, shift: undefined }, /shift to be an integer from 0 to 7, got undefined/],
    [
      { ...relu, activation: 'tanh' },
      /activation to be one of none, relu, clip, leakyRelu, threshold, smooth, got tanh/,
    ],
    [
      { ...relu, activation: 'toString' },
      /activation to be one of none, relu, clip, leakyRelu, threshold, smooth, got toString/,
    ],
    [{ ...relu, clipMax: 6 }, /clipMax to be absent with relu, got a value/],
    [{ ...relu, activation: 'clip' }, /clipMax to be an integer from 0 to 2\^53 - 1, got undefined/],
    [{ ...relu, activation: 'clip', clipMax: '6' }, /clipMax/],
    [{ ...relu, activation: 'clip', clipMax: -6 }, /got -6/],
    [{ ...relu, activation: 'clip', clipMax: 2 ** 53 }, /from 0 to 2\^53 - 1/],
    [{ ...best, count: 5 }, /count to be an integer from 1 to 4, got 5/],
    [{ ...best, count: 0 }, /count/],
  ])('refuses %j', (spec, message) => {
    expect(() => buildCircuit(spec as unknown as CircuitSpec)).toThrow(message);
    expect(() => buildCircuit(spec as unknown as CircuitSpec)).toThrow(RangeError);
  });

  it('refuses what would have too many wires, before it builds any', () => {
    for (const spec of [
      { ...best, values: 65_536, width: 32 },
      { ...relu, values: 32_768, width: 33 },
    ]) {
      for (const build of [buildCircuit, buildThree]) {
        expect(() => build(spec)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_LAYER' }));
      }
    }
  });

  it('takes the inputs of both parties value by value', () => {
    const circuit = buildCircuit(best);
    expect([circuit.garblerBits, circuit.evaluatorBits]).toEqual([32, 32]);
    const values = [3n, -5n, 7n, 7n];
    const masks = [200n, 9n, 0n, 255n];
    const masked = values.map((value, j) => value + masks[j]!);
    expect(evaluateClear(circuit, inputBits(masked, 8), inputBits(masks, 8))).toEqual([[2n], [3n]]);
  });
});

describe('evaluation in the clear', () => {
  const circuit = buildCircuit(relu);

  it('gives many instances in their order, past one batch', () => {
    const values = Array.from({ length: 77 }, (_, i) => BigInt(3 * i - 115));
    const inputs = values.map((value, i) => {
      return { garblerBits: inputBits([value + BigInt(i)], 8), evaluatorBits: inputBits([BigInt(i)], 8) };
    });
    const expected = values.map((value) => [[value > 0n ? value : 0n]]);
    expect(evaluateMany(circuit, inputs)).toEqual(expected);
    expect(inputs.map((input) => evaluateClear(circuit, input.garblerBits, input.evaluatorBits))).toEqual(expected);
    expect(evaluateMany(circuit, [])).toEqual([]);
  });

  it('packs values least significant bit first', () => {
    expect(inputBits([1n, -2n], 3)).toEqual(Uint8Array.of(1, 0, 0, 0, 1, 1));
  });

  it('refuses inputs of another length or that are not bits', () => {
    expect(() => evaluateClear(circuit, new Uint8Array(7), new Uint8Array(8))).toThrow(
      /garbler input: expected 8 bits, got 7/,
    );
    expect(() => evaluateClear(circuit, new Uint8Array(8), new Uint8Array(9))).toThrow(/evaluator input/);
    expect(() => evaluateClear(circuit, new Uint8Array(8).fill(2), new Uint8Array(8))).toThrow(/expected bits 0 or 1/);
  });
});
