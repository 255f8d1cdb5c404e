/**
 * Where values that three parties share are opened: what the helpers tell each other in a conversion, and, for the client, the output.
 * Every opening of the scheme is a call of this file, so that a check of what was opened (MACs, or what two parties hold alike) has one
 * place. Reshared products are no openings: a component goes to the party that is to hold it.
 * @module
 */
import { addElements } from '../../core/elementwise.js';
import type { RingBits } from '../../core/ring.js';
import type { Arithmetic } from '../../correlations/context.js';

/** Both helpers learn y_2, the component of the result that they hold in common: each has a part of it, masked to the other. */
export function openToHelpers({ bits, kernels }: Arithmetic, own: Uint32Array, others: Uint32Array): Uint32Array {
  return kernels.add(bits, own, others);
}

/** The client learns the output: from each party a component of it plus a share of zero. */
export function openOutput(bits: RingBits, parts: readonly Uint32Array[]): Uint32Array {
  return parts.reduce((sum, part) => addElements(bits, sum, part));
}
