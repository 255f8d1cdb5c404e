import { describe, expect, it } from 'vitest';
import { buildCircuit } from '../../circuits/build.js';
import type { CircuitSpec } from '../../circuits/spec.js';
import { expandInto, expandWords } from '../../src/core/prg.js';
import { Evaluator } from '../../src/gc/evaluate.js';
import { Garbler, toDelta } from '../../src/gc/garble.js';
import { LABEL_BYTES, schedule, segmentSizes } from '../../src/gc/schedule.js';
import { loadKernelModule } from '../../src/kernels/module.js';

const seed = new Uint8Array(32).fill(7);
const module = loadKernelModule(256 * 1024 * 1024);

function bytes(length: number, label: string): Uint8Array {
  const out = new Uint8Array(length);
  expandInto(out, seed, label);
  return out;
}

function mask(value: bigint, bits: number): bigint {
  return BigInt.asUintN(bits, value);
}

/** Garbles and evaluates `spec` on the given inputs; returns share sums mod 2^outBits, [output][instance]. */
function run(spec: CircuitSpec, inputs: bigint[][], flip?: (segment: Uint8Array) => void): bigint[][] {
  const n = inputs.length;
  const plan = schedule(buildCircuit(spec));
  const perValue = spec.width <= 32 ? 1 : 2;
  const r = expandWords(n * spec.values * perValue, seed, 'r');
  const rOf = (i: number, v: number): bigint => {
    const at = (i * spec.values + v) * perValue;
    const value = perValue === 1 ? BigInt(r[at]!) : (BigInt(r[at + 1]!) << 32n) | BigInt(r[at]!);
    return mask(value, spec.width);
  };
  const delta = toDelta(bytes(16, 'delta'));
  const falseT = bytes(plan.garblerBits * n * LABEL_BYTES, 't');
  const activeR = bytes(plan.evaluatorBits * n * LABEL_BYTES, 'labels');
  const garbler = new Garbler(module, plan, n);
  garbler.setDelta(delta);
  garbler.garblerLabels(n).set(falseT);
  garbler.evaluatorLabels(n).set(activeR);
  garbler.unmask(r, spec.width, perValue, n);
  const segments: Uint8Array[] = [];
  const garbling = garbler.garble(n);
  let step = garbling.next();
  for (; !step.done; step = garbling.next()) segments.push(step.value.slice());
  const garblerShares = step.value;
  garbler.dispose();
  expect(segments.map((segment) => segment.length)).toEqual(segmentSizes(plan, n));
  if (flip) flip(segments[0]!);

  const activeT = falseT.slice();
  for (let v = 0; v < spec.values; v++) {
    for (let b = 0; b < spec.width; b++) {
      for (let i = 0; i < n; i++) {
        const t = mask(inputs[i]![v]! + rOf(i, v), spec.width);
        const at = ((v * spec.width + b) * n + i) * LABEL_BYTES;
        if ((t >> BigInt(b)) & 1n) for (let k = 0; k < LABEL_BYTES; k++) activeT[at + k]! ^= delta[k]!;
      }
    }
  }
  const evaluated = (tables: readonly Uint8Array[]): Uint32Array[] => {
    const evaluator = new Evaluator(module, plan, n);
    evaluator.garblerLabels(n).set(activeT);
    evaluator.evaluatorLabels(n).set(activeR);
    const evaluation = evaluator.evaluate(n);
    let asked = evaluation.next(new Uint8Array());
    for (let s = 0; !asked.done; s++) asked = evaluation.next(tables[s]!);
    evaluator.dispose();
    return asked.value.words;
  };
  const result = evaluated(segments);
  // tables in kernel memory are read where they lie, and are left as they are
  const blocks = segments.map((segment) => module.memory.allocate(segment.length));
  const placed = blocks.map((block, i) => module.memory.view(block).subarray(0, segments[i]!.length));
  for (const [i, view] of placed.entries()) view.set(segments[i]!);
  expect(evaluated(placed)).toEqual(result);
  expect(placed.every((view, i) => Buffer.compare(view, segments[i]!) === 0)).toBe(true);
  for (const block of blocks) module.memory.free(block);
  return result.map((words, output) => {
    const per = words.length / n;
    const at = (w: Uint32Array, i: number): bigint =>
      per === 1 ? BigInt(w[i]!) : (BigInt(w[2 * i + 1]!) << 32n) | BigInt(w[2 * i]!);
    return Array.from({ length: n }, (_, i) => mask(at(words, i) + at(garblerShares[output]!, i), spec.outBits));
  });
}

function sample(n: number, values: number, width: number): bigint[][] {
  const w = BigInt(width);
  const edges = [0n, -1n, -(1n << (w - 1n)), (1n << (w - 1n)) - 1n, 1n];
  const random = expandWords(n * values * 2, seed, 'x');
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: values }, (_, v) => {
      if (i < edges.length) return edges[(i + v) % edges.length]!;
      const at = 2 * (i * values + v);
      return BigInt.asIntN(width, (BigInt(random[at + 1]!) << 32n) | BigInt(random[at]!));
    }),
  );
}

const max = (values: readonly bigint[]): bigint => [...values].sort((a, b) => (a < b ? 1 : -1))[0]!;

describe('garbled circuits', () => {
  const cases = [
    { width: 32, shift: 12, values: 1, outBits: 32 },
    { width: 16, shift: 5, values: 2, outBits: 32 },
    { width: 24, shift: 0, values: 1, outBits: 32 },
    { width: 24, shift: 9, values: 4, outBits: 32 },
    { width: 37, shift: 13, values: 2, outBits: 64 },
    { width: 64, shift: 20, values: 1, outBits: 64 },
    { width: 8, shift: 7, values: 3, outBits: 32 },
  ];
  for (const { width, shift, values, outBits } of cases) {
    for (const activation of ['none', 'relu', 'clip'] as const) {
      it(`${activation} of ${values} values of ${width} bits shifted by ${shift}`, () => {
        const clipMax = width - shift > 4 ? 5n : 0n;
        const inputs = sample(61, values, width);
        const chosen = activation === 'clip' ? { activation, clipMax: Number(clipMax) } : { activation };
        const spec: CircuitSpec = { kind: 'activation', values, width, shift, outBits, ...chosen };
        const expected = inputs.map((row) => {
          const m = max(row.map((v) => v >> BigInt(shift)));
          const a = activation === 'none' || m > 0n ? m : 0n;
          return mask(activation === 'clip' && a > clipMax ? clipMax : a, outBits);
        });
        expect(run(spec, inputs)).toEqual([expected]);
      });
    }
  }

  it('top 3 of 10, in order', () => {
    const inputs = sample(40, 10, 26);
    const expected = inputs.map((row) =>
      row
        .map((value, index) => ({ value, index }))
        .sort((a, b) => (a.value === b.value ? a.index - b.index : a.value > b.value ? -1 : 1))
        .slice(0, 3)
        .map(({ index }) => BigInt(index)),
    );
    const got = run({ kind: 'topk', values: 10, width: 26, count: 3, outBits: 32 }, inputs);
    expect(got).toEqual([0, 1, 2].map((k) => expected.map((row) => row[k]!)));
  });

  it('a flipped table bit changes what comes out, a short segment is refused', () => {
    const spec: CircuitSpec = { kind: 'activation', values: 1, width: 24, shift: 4, activation: 'relu', outBits: 32 };
    const inputs = sample(64, 1, 24);
    const good = run(spec, inputs);
    const bad = run(spec, inputs, (segment) => {
      for (let i = LABEL_BYTES; i < segment.length; i++) segment[i]! ^= 1;
    });
    expect(bad).not.toEqual(good);
    const plan = schedule(buildCircuit(spec));
    const evaluator = new Evaluator(module, plan, 4);
    const evaluation = evaluator.evaluate(4);
    evaluation.next(new Uint8Array());
    expect(() => evaluation.next(new Uint8Array(10))).toThrow(/expected \d+ bytes, got 10/);
  });
});
