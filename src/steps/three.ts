/**
 * The steps of a plan for three parties, and what they cost. A step's index is the number of the tensor that it produces.
 *
 * x = x_0 + x_1 + x_2, party i holds (x_i, x_{i+1}): what party i computes alone it sends to party i - 1.
 * @module
 */

import type { LinearNode } from '../model/fixed-model.js';
import type * as step from './step.js';

/** Knows x_0 + x_1 by itself. */
export const OWNER = 0;
/** Both know x_2. */
export const FIRST_HELPER = 1;
export const SECOND_HELPER = 2;
export type Party = typeof OWNER | typeof FIRST_HELPER | typeof SECOND_HELPER;
export const PARTIES: readonly Party[] = [OWNER, FIRST_HELPER, SECOND_HELPER];

export function nextOf(party: Party): Party {
  return ((party + 1) % 3) as Party;
}

/** The component of a shared tensor that is no seed. */
export const REST = 2;

/** The components that a party holds. */
export function componentsOf(party: Party): readonly [Party, Party] {
  return [party, nextOf(party)];
}

export function previousOf(party: Party): Party {
  return ((party + 2) % 3) as Party;
}

interface Narrow {
  /** The output is needed mod 2^bits alone: that many bits of an element travel. */
  readonly bits: number;
}

export type InputStep = step.InputStep & Narrow;
/** Each party computes on its own components. */
export type LocalStep = step.LocalStep & Narrow;

/**
 * What of a tensor is read: each party its own part, of what is opened to the client next; x_0 and x_1 party 0 and x_2 the others,
 * of what only Boolean steps take in; or all components.
 */
export type Reads = 'own' | 'boolean' | 'all';

/** x o W + b with secret weights. */
export interface LinearStep extends step.StepBase, Narrow {
  readonly kind: 'linear';
  readonly node: LinearNode;
  readonly source: number;
  /** What is read of the product: the rest is not sent. */
  readonly reads: Reads;
}

/** x * y of two secret tensors, element by element; of a single source its square. */
export interface ProductStep extends step.StepBase, Narrow {
  readonly kind: 'product';
  readonly sources: readonly [number] | readonly [number, number];
  /** As of a linear step. */
  readonly reads: Reads;
}

/** A non-linear function by a Boolean circuit on replicated bits. */
export interface BooleanStep extends step.SlicedStep {
  readonly kind: 'boolean';
}

export type Step = InputStep | LocalStep | LinearStep | ProductStep | BooleanStep;

/** Bytes a direction. */
export const DIRECTIONS = ['0->1', '0->2', '1->0', '1->2', '2->0', '2->1'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export type Traffic = step.Bytes<Direction>;
export type StepCost = step.Cost<Direction>;

export function noTraffic(): Traffic {
  return { '0->1': 0, '0->2': 0, '1->0': 0, '1->2': 0, '2->0': 0, '2->1': 0 };
}

export function directionOf(from: Party, to: Party): Direction {
  return `${from}->${to}` as Direction;
}

/** Messages that do not wait for each other. */
export type Move = step.Moves<Direction>;

/** Every party sends as much to the one before it. */
export function toPrevious(bytes: number): Move {
  return { '0->2': bytes, '1->0': bytes, '2->1': bytes };
}
