/** What the protocols of three parties send. @module */
import { packedBytes } from '../../kernels/boolean.js';
import { levelBytes } from '../../sliced/planes.js';
import {
  type BooleanStep,
  directionOf,
  FIRST_HELPER,
  type LinearStep,
  type Move,
  PARTIES,
  type Party,
  type ProductStep,
  previousOf,
  type Reads,
  SECOND_HELPER,
} from '../../steps/three.js';
import { framedBytes } from '../../transport/frame.js';
import { factorBytes, sumBytes } from './sizes.js';

/** Whose part is read: those send it to the party before them. */
export const SENDERS: Readonly<Record<Reads, readonly Party[]>> = {
  own: [],
  boolean: [FIRST_HELPER, SECOND_HELPER],
  all: PARTIES,
};

/** Of a linear step and of a product: what a party computed alone, to the party before it. */
export function resharedMoves(step: LinearStep | ProductStep): readonly Move[] {
  const bytes = framedBytes(packedBytes(step.elements, step.bits));
  const senders = SENDERS[step.reads];
  if (senders.length === 0) return [];
  return [Object.fromEntries(senders.map((party) => [directionOf(party, previousOf(party)), bytes]))];
}

/** Party 0's bits, the levels of ANDs, party 0's factors, the helpers' sums. */
export function booleanMoves(step: BooleanStep): readonly Move[] {
  const online: Move[] = [];
  const total = (group: readonly number[], bytes: (n: number) => number): number =>
    group.reduce((sum, n) => sum + framedBytes(bytes(n)), 0);
  for (const group of step.groups) {
    online.push({ '0->2': total(group, (n) => levelBytes(step.program.ownerRows, n)) });
    for (const { outs } of step.program.levels) {
      if (outs.length === 0) continue;
      const bytes = total(group, (n) => levelBytes(outs.length, n));
      online.push({ '0->2': bytes, '1->0': bytes, '2->1': bytes });
    }
    const sums = total(group, (n) => sumBytes(step, n));
    online.push({ '0->2': total(group, (n) => factorBytes(step, n)) }, { '1->2': sums, '2->1': sums });
  }
  return online;
}
