/** What a Boolean step reads: x_0 + x_1 + constants party 0, x_2 both helpers. @module */
import { operationsOf } from '../../kernels/ring-operations.js';
import { type BooleanStep, FIRST_HELPER, SECOND_HELPER } from '../../steps/three.js';
import { constantOf, gathered, paddingOf, type Range } from '../instances.js';
import type { Components, RunContext } from './context.js';

/** This party's words of input `value` of some instances as the circuit reads them: a pointer to scratch, for inside a `withScratch`. */
export function inputWords(context: RunContext, step: BooleanStep, x: Components, range: Range, value: number): number {
  const { bits, module, party, model } = context;
  const windows = model.windows.get(step.index);
  const gather = (words: Uint32Array, padding: bigint): number =>
    gathered(context, step, windows, words, range, value, padding);
  if (party === FIRST_HELPER) return gather(x.second, 0n);
  if (party === SECOND_HELPER) return gather(x.first, 0n);
  const { add, addConstant } = operationsOf(module.exports)[bits];
  const constant = constantOf(step);
  const sum = gather(x.first, paddingOf(step));
  add(sum, gather(x.second, 0n), sum, range.n);
  if (constant !== 0n) addConstant(sum, constant, sum, range.n);
  return sum;
}
