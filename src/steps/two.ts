/** The steps of a plan, and what they cost. A step's index is the number of the tensor that it produces. @module */
import type { CircuitSpec } from '../../circuits/spec.js';
import type { Pool2d } from '../core/linear-map.js';
import type { Schedule } from '../gc/schedule.js';
import type { Layout } from '../he/packing/layout.js';
import type { HeParameters } from '../he/parameters.js';
import type { LinearNode } from '../model/fixed-model.js';
import type * as step from './step.js';

export const GARBLER = 0;
export const EVALUATOR = 1;
export type Party = typeof GARBLER | typeof EVALUATOR;

/** Whether party 0 knows its share of the output before the input is there. */
interface Knowable {
  readonly knownOffline: boolean;
}

/** A step whose protocol was chosen: what both phases of it should take by each, in milliseconds. */
interface Chosen {
  readonly predictedMs?: Readonly<Record<'gc' | 'bits', number>>;
}

export type InputStep = step.InputStep & Knowable;
export type LocalStep = step.LocalStep & Knowable;

/** Where a linear step's triple comes from. */
export type Triples = { readonly by: 'dealer' } | { readonly by: 'ot' } | HeTriples;

/** By ring LWE: how inputs and weights lie in polynomials. */
export interface HeTriples {
  readonly by: 'he';
  readonly layout: Layout;
  readonly parameters: HeParameters;
}

/** x o W + b with secret weights, by a Beaver triple. */
export interface LinearStep extends step.StepBase, Knowable {
  readonly kind: 'linear';
  readonly node: LinearNode;
  readonly source: number;
  /** Where party 0 knows its share of x offline, that share is its mask and costs no message. */
  readonly sourceKnown: boolean;
  readonly inputElements: number;
  /** The product matters mod 2^width. */
  readonly width: number;
  readonly triples: Triples;
}

/** x * y of two secret tensors, element by element, by a Beaver triple; of a single source its square. */
export interface ProductStep extends step.StepBase, Knowable {
  readonly kind: 'product';
  readonly sources: readonly [number] | readonly [number, number];
  /** By source: where party 0 knows its share offline, that share is its mask and costs no message. */
  readonly sourcesKnown: readonly boolean[];
  /** The product matters mod 2^width. */
  readonly width: number;
}

/** A non-linear function by a garbled circuit, with exact truncation inside. */
export interface GarbledStep extends step.StepBase, Knowable, Chosen {
  readonly kind: 'garbled';
  readonly source: number;
  readonly spec: CircuitSpec;
  readonly schedule: Schedule;
  readonly instances: number;
  readonly outputs: number;
  readonly pool?: Pool2d;
}

/** A non-linear function on masked bits (protocols/two/bits). */
export interface BitsStep extends step.SlicedStep, Knowable, Chosen {
  readonly kind: 'bits';
}

export function otherOf(party: Party): Party {
  return party === GARBLER ? EVALUATOR : GARBLER;
}

/** Whether a party has anything to tell of a factor: party 0's mask may be its share. */
export function opens(party: Party, step: ProductStep, factor: number): boolean {
  return party === EVALUATOR || !step.sourcesKnown[factor];
}

export type Step = InputStep | LocalStep | LinearStep | ProductStep | GarbledStep | BitsStep;

/** Bytes a direction. */
export const DIRECTIONS = ['dealer->0', 'dealer->1', '0->1', '1->0'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export type Traffic = step.Bytes<Direction>;
export type Move = step.Moves<Direction>;
export type StepCost = step.Cost<Direction>;

export function noTraffic(): Traffic {
  return { 'dealer->0': 0, 'dealer->1': 0, '0->1': 0, '1->0': 0 };
}
