/**
 * What the steps of every plan have in common. A step's index is the number of the tensor that it produces.
 * @module
 */
import type { Program } from '../../circuits/program.js';
import type { Finish } from '../../circuits/shared.js';
import type { CircuitSpec } from '../../circuits/spec.js';
import type { Pool2d } from '../core/linear-map.js';
import type { InputNode, LocalNode } from '../model/fixed-model.js';

export interface StepBase {
  readonly index: number;
  readonly name: string;
  /** Ring elements of the output, batch included. */
  readonly elements: number;
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

/** A non-linear function by a circuit on shared bits, bit-sliced, with exact truncation inside. */
export interface SlicedStep extends StepBase {
  readonly source: number;
  readonly spec: CircuitSpec;
  readonly program: Program;
  readonly finish: Finish;
  readonly instances: number;
  /** Sizes of the chunks that go side by side, group after group. */
  readonly groups: readonly (readonly number[])[];
  readonly outputs: number;
  readonly pool?: Pool2d;
  /** The output is needed mod 2^bits alone. */
  readonly bits: number;
}

/** The tensors that a step reads. */
export function sourcesOf(step: StepBase & ({ readonly kind: 'input' } | Reading)): readonly number[] {
  if ('sources' in step) return step.sources;
  return 'source' in step ? [step.source] : [];
}

type Reading = { readonly source: number } | { readonly sources: readonly number[] };

/** Bytes a direction, from one role to another: `0->1`. */
export type Bytes<D extends string> = Record<D, number>;

/** Messages that do not wait for each other. */
export type Moves<D extends string> = Partial<Bytes<D>>;

/** What a step costs: bytes of the offline phase, and the moves of the online phase, one after the other. */
export interface Cost<D extends string> {
  readonly offline: Bytes<D>;
  readonly online: readonly Moves<D>[];
}

/** The sum, direction by direction. */
export function addBytes<D extends string>(a: Bytes<D>, b: Moves<D>): Bytes<D> {
  const sum = { ...a };
  for (const direction of Object.keys(b) as D[]) sum[direction] += b[direction] ?? 0;
  return sum;
}
