/** What the importer of a layer kind works with: the graph so far, the weights, the layer's settings. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
import { range } from '../../../core/nd.js';
import { sizeOf } from '../../../core/ring.js';
import type { GraphBuilder } from '../../graph.js';
import { quote } from '../quote.js';
import { expectedBy } from './expected.js';
import type { Layer } from './topology.js';
import type { WeightTable } from './weights.js';

/** What an importer works with. */
export interface LayerContext {
  readonly builder: GraphBuilder;
  readonly weights: WeightTable;
  readonly layer: Layer;
  /** Ids of the tensors that the layer reads. */
  readonly inputs: readonly number[];
  /** Of the program that wrote the file, where it says so. */
  readonly kerasVersion: string | undefined;
}

/** Adds a layer to the graph and gives the id of its output. */
export type LayerImporter = (context: LayerContext) => number;

/** The layer's settings, checked; throws BAD_MODEL naming the field. */
export function configOf<T>(context: LayerContext, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(context.layer.config);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const came = issue!.path.reduce<unknown>((value, part) => Object(value)[part], context.layer.config);
  throw bad(context, expectedBy(issue!), quote(came));
}

/** The shape of the layer's first input. */
export function shapeOf(context: LayerContext): readonly number[] {
  return context.builder.shape(context.inputs[0]!);
}

const AXES = ['', '[steps, channels]', '[height, width, channels]', '[depth, height, width, channels]'];

/** Throws BAD_MODEL unless the layer's input has `rank` axes of space and channels, perhaps with others in front. */
export function requireSpace(context: LayerContext, rank: number): void {
  const shape = shapeOf(context);
  if (shape.length < rank + 1) throw bad(context, `an input of shape ${AXES[rank]}`, `[${shape.join(',')}]`);
}

export const dataFormat: z.ZodType<'channels_last' | 'channels_first' | null | undefined> = z
  .enum(['channels_last', 'channels_first'])
  .nullish();

/**
 * Applies `layer` to an input of [...others, ...space, channels], and gives the output in the format that the layer has.
 *
 * @param rank axes of space
 */
export function channelsLast(
  context: LayerContext,
  rank: number,
  format: string | null | undefined,
  layer: (context: LayerContext) => number,
): number {
  requireSpace(context, rank);
  if (format !== 'channels_first') return layer(context);
  const { builder, inputs } = context;
  const { name } = context.layer;
  const others = builder.shape(inputs[0]!).length - rank - 1;
  const front = range(0, others);
  const last = builder.transpose(name, inputs[0]!, [...front, ...range(others + 1, others + 1 + rank), others]);
  const y = layer({ ...context, inputs: [last] });
  const left = builder.shape(y).length - others;
  if (left === 1) return y;
  return builder.transpose(name, y, [...front, others + left - 1, ...range(others, others + left - 1)]);
}

/** Applies `layer` to [images, ...space, channels]: the axes before the space are images, one after the other. */
export function overImages(context: LayerContext, rank: number, layer: (context: LayerContext) => number): number {
  const { builder, inputs } = context;
  const { name } = context.layer;
  const shape = shapeOf(context);
  const others = shape.slice(0, shape.length - rank - 1);
  const images = builder.reshape(name, inputs[0]!, [sizeOf(others), ...shape.slice(others.length)]);
  const y = layer({ ...context, inputs: [images] });
  return builder.reshape(name, y, [...others, ...builder.shape(y).slice(1)]);
}

/** An axis as Keras counts it, the batch first, as an axis of the layer's input. */
export function axisOf(context: LayerContext, axis: number, rank: number = shapeOf(context).length): number {
  const found = axis < 0 ? axis + rank : axis - 1;
  if (!Number.isInteger(found) || found < 0 || found >= rank) {
    throw unsupported(context, `an axis from 1 to ${rank}, or from -${rank} to -1`, String(axis));
  }
  return found;
}

export function bad(context: LayerContext, expected: string, came: string): TacitError {
  return new TacitError(
    'BAD_MODEL',
    `layer ${context.layer.name}: expected ${expected}, got ${came}. Export the model again`,
  );
}

export function unsupported(context: LayerContext, expected: string, came: string): TacitError {
  return new TacitError(
    'UNSUPPORTED_LAYER',
    `layer ${context.layer.name} (${context.layer.kind}): expected ${expected}, got ${came}. Replace the layer`,
  );
}
