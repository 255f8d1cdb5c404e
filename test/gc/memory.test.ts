/** Kernel memory of garbling: its bounds, and that it is given back cleared. */
import { describe, expect, it } from 'vitest';
import { buildCircuit } from '../../circuits/build.js';
import { Evaluator } from '../../src/gc/evaluate.js';
import { Garbler, toDelta } from '../../src/gc/garble.js';
import { CHUNK_INSTANCES, schedule } from '../../src/gc/schedule.js';
import { LabelSelector } from '../../src/gc/select.js';
import { loadKernelModule } from '../../src/kernels/module.js';

const module = loadKernelModule();
const plan = schedule(
  buildCircuit({ kind: 'activation', activation: 'relu', values: 1, width: 8, shift: 2, outBits: 32 }),
);
const delta = toDelta(new Uint8Array(16));

/** Whether a view's bytes are zero when what it is of has been given back. */
function isCleared(view: Uint8Array, dispose: () => void): boolean {
  const { byteOffset, length } = view.fill(0xaa);
  dispose();
  return module.memory.bytes.subarray(byteOffset, byteOffset + length).every((byte) => byte === 0);
}

it('Delta has its colour bit, whatever the bytes that it is made of', () => {
  expect([...delta]).toEqual([1, ...new Array<number>(15).fill(0)]);
});

it('a chunk has two hashes an instance, at most 2^12 under one key', () => {
  expect(2 * CHUNK_INSTANCES).toBe(2 ** 12);
});

describe.each([
  ['garbler', () => new Garbler(module, plan, 4)],
  ['evaluator', () => new Evaluator(module, plan, 4)],
] as const)("a %s's memory", (_, open) => {
  it('has room for as many instances as were said, and no more', () => {
    const space = open();
    expect(space.garblerLabels(4).length).toBe(4 * 8 * 16);
    expect(() => space.garblerLabels(5)).toThrow(/at most 4 instances/);
    space.dispose();
  });

  it('is cleared', () => {
    const space = open();
    expect(isCleared(space.evaluatorLabels(4), () => space.dispose())).toBe(true);
  });
});

it("a selector's memory is cleared", () => {
  const selector = new LabelSelector(module, 64, delta);
  expect(isCleared(selector.labels(64), () => selector.dispose())).toBe(true);
});

it('tables that are too short or too long are refused', () => {
  const evaluator = new Evaluator(module, plan, 4);
  for (const off of [-1, 1]) {
    const evaluation = evaluator.evaluate(4);
    const { value } = evaluation.next(new Uint8Array());
    expect(() => evaluation.next(new Uint8Array((value as number) + off))).toThrow(
      expect.objectContaining({ code: 'BAD_FRAME' }),
    );
  }
  evaluator.dispose();
});
