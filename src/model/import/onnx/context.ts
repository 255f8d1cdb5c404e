/** What the importer of an operator works with: the graph so far, the node's inputs and attributes, and what it refuses. @module */
import type { TacitError } from '../../../core/errors.js';
import type { GraphBuilder } from '../../graph.js';
import type { Attributes } from './attributes.js';
import type { Constant, Value, Variable } from './constant.js';

export interface NodeContext {
  readonly builder: GraphBuilder;
  /** For the nodes of the graph, and for errors. */
  readonly name: string;
  readonly operator: string;
  readonly opset: number;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  /** Outputs that somebody reads; the first always. */
  readonly outputs: number;
  /** Counts the elements of a value before it is made. @throws BAD_MODEL where there are too many */
  readonly room: (shape: readonly number[]) => readonly number[];
  readonly bad: (expected: string, came: string) => TacitError;
  readonly unsupported: (expected: string, came: string) => TacitError;
}

/** Gives the node's outputs, as many as are read. */
export type OperatorImporter = (context: NodeContext) => readonly Value[];

export function shapeOf({ builder }: Pick<NodeContext, 'builder'>, value: Value): readonly number[] {
  return value.kind === 'constant' ? value.shape : builder.shape(value.id);
}

export function inputOf(context: NodeContext, index: number): Value {
  const value = context.inputs[index];
  if (value === undefined) throw context.bad(`an input ${index}`, 'none');
  return value;
}

export function variableInput(context: NodeContext, index: number): Variable {
  const value = inputOf(context, index);
  if (value.kind === 'constant')
    throw context.unsupported(`input ${index} to depend on the network's input`, 'a constant');
  return value;
}

/** An input that has to be known when the model is read. */
export function constantInput(context: NodeContext, index: number, what: string): Constant {
  const value = inputOf(context, index);
  if (value.kind !== 'constant')
    throw context.unsupported(`${what} that are constant`, 'some that depend on the input');
  return value;
}

export function optionalConstant(context: NodeContext, index: number, what: string): Constant | undefined {
  return context.inputs[index] === undefined ? undefined : constantInput(context, index, what);
}

/** The whole numbers of a constant input, or undefined where it is left out. */
export function integersOf(context: NodeContext, index: number, what: string): readonly number[] | undefined {
  const constant = optionalConstant(context, index, what);
  if (constant === undefined) return undefined;
  if (constant.data.length > MOST_SETTINGS)
    throw context.bad(`at most ${MOST_SETTINGS} ${what}`, String(constant.data.length));
  const values = Array.from(constant.data);
  const fraction = values.find((value) => !Number.isInteger(value));
  if (fraction !== undefined) throw context.bad(`${what} that are whole numbers`, String(fraction));
  return values;
}

/** Axes, sizes and the like; what moves data may have one for each element. */
const MOST_SETTINGS = 2 ** 16;

/** An axis counted from the front; `rank` axes there are. */
export function axisOf(context: NodeContext, axis: number, rank: number): number {
  const fromFront = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || fromFront < 0 || fromFront >= rank) {
    throw context.bad(`an axis from ${-rank} to ${rank - 1}`, String(axis));
  }
  return fromFront;
}

/** Distinct axes, counted from the front. */
export function axesOf(context: NodeContext, axes: readonly number[], rank: number): readonly number[] {
  const fromFront = axes.map((axis) => axisOf(context, axis, rank));
  if (new Set(fromFront).size !== axes.length) throw context.bad('distinct axes', `[${axes.join(',')}]`);
  return fromFront;
}

export function variable(like: Variable, id: number): Variable {
  return { ...like, id };
}
