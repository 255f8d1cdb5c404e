/** How large factors and sums of a Boolean step are. @module */
import type { ActivationSpec } from '../../../circuits/spec.js';
import { packedBytes } from '../../kernels/boolean.js';
import type { BooleanStep } from '../../steps/three.js';

/** Bits of each row of factors that an output word takes; rows of none do not travel. */
export function rowWidths(step: BooleanStep, output: number): number[] {
  const { bits } = step;
  if (step.finish === 'words') {
    const { terms } = step.program.words[output]!;
    return [bits, ...terms.map(({ shift }) => Math.max(0, bits - shift))];
  }
  const { width, shift } = step.spec as ActivationSpec;
  const wraps = Math.max(0, bits - (width - shift));
  return [bits, bits, bits, wraps, wraps, ...(shift > 0 ? [bits, bits] : [])];
}

/** Bytes of the factors of n instances, from party 0 to party 2. */
export function factorBytes(step: BooleanStep, n: number): number {
  let total = 0;
  for (let output = 0; output < step.outputs; output++) {
    for (const width of rowWidths(step, output)) total += packedBytes(n, width);
  }
  return total;
}

/** Bytes of the helpers' sums of n instances, in both directions between them. */
export function sumBytes(step: BooleanStep, n: number): number {
  return step.outputs * packedBytes(n, step.bits);
}
