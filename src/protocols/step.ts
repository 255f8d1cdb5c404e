/** The steps of a plan, and what they cost. A step's index is the number of the tensor that it produces. @module */
import type { CircuitSpec } from '../../circuits/spec.js';
import type { Pool2d } from '../core/linear-map.js';
import type { Schedule } from '../gc/schedule.js';
import type { InputNode, LinearNode, LocalNode } from '../model/fixed-model.js';

export const GARBLER = 0;
export const EVALUATOR = 1;
export type Party = typeof GARBLER | typeof EVALUATOR;

interface StepBase {
  readonly index: number;
  readonly name: string;
  /** Ring elements of the output, batch included. */
  readonly elements: number;
  /** Whether party 0 knows its share of the output before the input is there. */
  readonly knownOffline: boolean;
}

/** The client's input arrives as shares. */
export interface InputStep extends StepBase {
  readonly kind: 'input';
  readonly node: InputNode;
}

/** Each party computes on its own share; nothing is sent. */
export interface LocalStep extends StepBase {
  readonly kind: 'local';
  readonly node: LocalNode;
  readonly sources: readonly number[];
  /** Shapes of the sources, without the batch. */
  readonly sourceShapes: readonly (readonly number[])[];
}

/** x o W + b with secret weights, by a Beaver triple. */
export interface LinearStep extends StepBase {
  readonly kind: 'linear';
  readonly node: LinearNode;
  readonly source: number;
  /** Where party 0 knows its share of x offline, that share is its mask and costs no message. */
  readonly sourceKnown: boolean;
  readonly inputElements: number;
  /** The product matters mod 2^width. */
  readonly width: number;
}

/** x * y of two secret tensors, element by element, by a Beaver triple; of a single source its square. */
export interface ProductStep extends StepBase {
  readonly kind: 'product';
  readonly sources: readonly [number] | readonly [number, number];
  /** By source: where party 0 knows its share offline, that share is its mask and costs no message. */
  readonly sourcesKnown: readonly boolean[];
  /** The product matters mod 2^width. */
  readonly width: number;
}

/** A non-linear function by a garbled circuit, with exact truncation inside. */
export interface GarbledStep extends StepBase {
  readonly kind: 'garbled';
  readonly source: number;
  readonly spec: CircuitSpec;
  readonly schedule: Schedule;
  readonly instances: number;
  readonly outputs: number;
  readonly pool?: Pool2d;
}

export type Step = InputStep | LocalStep | LinearStep | ProductStep | GarbledStep;

/** Bytes a direction. */
export type Direction = 'dealer->0' | 'dealer->1' | '0->1' | '1->0';
export type Traffic = Record<Direction, number>;

export function noTraffic(): Traffic {
  return { 'dealer->0': 0, 'dealer->1': 0, '0->1': 0, '1->0': 0 };
}

export function addTraffic(a: Traffic, b: Traffic): Traffic {
  return {
    'dealer->0': a['dealer->0'] + b['dealer->0'],
    'dealer->1': a['dealer->1'] + b['dealer->1'],
    '0->1': a['0->1'] + b['0->1'],
    '1->0': a['1->0'] + b['1->0'],
  };
}

/** One move of the online phase: bytes that go in one direction, or in both at once. */
export type Move = Partial<Record<'0->1' | '1->0', number>>;

export interface StepCost {
  readonly offline: Traffic;
  readonly online: readonly Move[];
}
