/** What a Boolean step reads: x_0 + x_1 + constants party 0, x_2 both helpers. @module */
import { roundingOf } from '../../../circuits/spec.js';
import { wordsPerElement } from '../../core/ring.js';
import { operationsOf } from '../../kernels/ring-operations.js';
import { type BooleanStep, FIRST_HELPER, SECOND_HELPER } from '../../steps/three.js';
import { windowIndices } from '../two/window.js';
import type { Components, RunContext } from './context.js';

/** Words are made into planes sixteen at a time: they are read past their end. */
const SLACK = 16 * 8;

/** [value][instance] -> element of the source, -1 for padding; undefined where instance i reads element i. */
export function windowsOf(step: BooleanStep, batch: number): Int32Array | undefined {
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

/** This party's words of input `value` of some instances as the circuit reads them: a pointer to scratch, for inside a `withScratch`. */
export function inputWords(context: RunContext, step: BooleanStep, x: Components, range: Range, value: number): number {
  const { bits, module, party } = context;
  const gather = (words: Uint32Array, padding: bigint): number => gathered(context, step, words, range, value, padding);
  if (party === FIRST_HELPER) return gather(x.second, 0n);
  if (party === SECOND_HELPER) return gather(x.first, 0n);
  const { add, addConstant } = operationsOf(module.exports)[bits];
  const constant = constantOf(step);
  // padding of a pool is the least value, so that it never wins
  const sum = gather(x.first, -(1n << BigInt(step.spec.width - 1)) - constant);
  add(sum, gather(x.second, 0n), sum, range.n);
  if (constant !== 0n) addConstant(sum, constant, sum, range.n);
  return sum;
}

/** What party 0 adds: half a unit of what is shifted away; and a ReLU by carries works on x + 2^(m-1). */
function constantOf({ spec, finish }: BooleanStep): bigint {
  const rounding = roundingOf(spec);
  return finish === 'carries' ? rounding + (1n << BigInt(spec.width - 1)) : rounding;
}

/** One component's words of one value of some instances, in scratch. */
function gathered(
  { bits, module, model }: RunContext,
  step: BooleanStep,
  words: Uint32Array,
  { start, n }: Range,
  value: number,
  padding: bigint,
): number {
  const { memory } = module;
  const perElement = wordsPerElement(bits);
  const pointer = memory.scratch(n * perElement * 4 + SLACK);
  const to = pointer >>> 2;
  const windows = model.windows.get(step.index);
  if (windows === undefined) {
    memory.words.set(words.subarray(start * perElement, (start + n) * perElement), to);
    return pointer;
  }
  const pad = Array.from({ length: perElement }, (_, word) => Number((padding >> BigInt(32 * word)) & 0xffffffffn));
  const first = value * step.instances + start;
  for (let i = 0; i < n; i++) {
    const index = windows[first + i]!;
    for (let word = 0; word < perElement; word++) {
      memory.words[to + i * perElement + word] = index < 0 ? pad[word]! : words[index * perElement + word]!;
    }
  }
  return pointer;
}
