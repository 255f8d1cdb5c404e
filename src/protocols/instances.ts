/** Which elements each instance of a circuit on shared bits reads, whatever the sharing scheme. @module */
import { roundingOf } from '../../circuits/spec.js';
import { wordsPerElement } from '../core/ring.js';
import { windowIndices } from '../core/windows.js';
import { wordKernels } from '../kernels/boolean.js';
import type { RingModule } from '../sliced/packing.js';
import type { SlicedStep } from '../steps/step.js';

/** Words are made into planes sixteen at a time: they are read past their end. */
const SLACK = 16 * 8;

/** [value][instance] -> element of the source, -1 for padding; undefined where instance i reads element i. */
export function windowsOf(step: SlicedStep, batch: number): Int32Array | undefined {
  const { values } = step.spec;
  if (step.pool === undefined) {
    if (values === 1) return undefined;
    return Int32Array.from({ length: values * step.instances }, (_, at) => {
      const value = Math.floor(at / step.instances);
      return (at - value * step.instances) * values + value;
    });
  }
  const byInstance = windowIndices(step.pool, batch);
  const indices = new Int32Array(byInstance.length);
  for (let i = 0; i < step.instances; i++) {
    for (let value = 0; value < values; value++) indices[value * step.instances + i] = byInstance[i * values + value]!;
  }
  return indices;
}

/** Some instances of a step. */
export interface Range {
  readonly start: number;
  readonly n: number;
}

/** What one party adds: half a unit of what is shifted away; and a ReLU by carries works on x + 2^(m-1). */
export function constantOf({ spec, finish }: SlicedStep): bigint {
  const rounding = roundingOf(spec);
  return finish === 'carries' ? rounding + (1n << BigInt(spec.width - 1)) : rounding;
}

/** What that party's share of the padding of a pool is before the constant: the least value, so that it never wins. */
export function paddingOf(step: SlicedStep): bigint {
  return -(1n << BigInt(step.spec.width - 1)) - constantOf(step);
}

/** One share's words of one value of some instances: a pointer to scratch, for inside a `withScratch`. @param windows from `windowsOf` */
export function gathered(
  { bits, module }: RingModule,
  step: SlicedStep,
  windows: Int32Array | undefined,
  words: Uint32Array,
  { start, n }: Range,
  value: number,
  padding: bigint,
): number {
  const { memory, exports } = module;
  const perElement = wordsPerElement(bits);
  const pointer = memory.scratch(n * perElement * 4 + SLACK);
  if (windows === undefined) {
    memory.words.set(words.subarray(start * perElement, (start + n) * perElement), pointer >>> 2);
    return pointer;
  }
  const first = value * step.instances + start;
  memory.withScratch(() => {
    const indices = memory.scratch(n * 4);
    memory.bytes.set(new Uint8Array(windows.buffer, windows.byteOffset + first * 4, n * 4), indices);
    const range = memory.scratch(8);
    exports.indexRange(indices, n, range);
    const [least, greatest] = [memory.words[range >>> 2]! | 0, memory.words[(range >>> 2) + 1]! | 0];
    const read = words.subarray(least * perElement, (greatest + 1) * perElement);
    const from = memory.scratch(read.byteLength);
    memory.words.set(read, from >>> 2);
    wordKernels(exports, bits).gather(from, least, indices, n, padding, pointer);
  });
  return pointer;
}

/** [output][instance] to [instance][output]. */
export function interleaved(bits: RingModule['bits'], step: SlicedStep, words: Uint32Array): Uint32Array {
  const { outputs, instances } = step;
  if (outputs === 1) return words;
  const perElement = wordsPerElement(bits);
  const out = new Uint32Array(words.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < instances; i++) {
      for (let word = 0; word < perElement; word++) {
        out[(i * outputs + o) * perElement + word] = words[(o * instances + i) * perElement + word]!;
      }
    }
  }
  return out;
}
