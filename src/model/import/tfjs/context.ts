/** What the importer of a layer kind works with: the graph so far, the weights, the layer's settings. @module */
import { z } from 'zod';
import { TacitError } from '../../../core/errors.js';
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

/** [height, width, channels] of the layer's input. */
export function imageOf(context: LayerContext): readonly [number, number, number] {
  const shape = context.builder.shape(context.inputs[0]!);
  if (shape.length !== 3) throw bad(context, 'an input of shape [height, width, channels]', `[${shape.join(',')}]`);
  return [shape[0]!, shape[1]!, shape[2]!];
}

/** Refuses channels_first. */
export const dataFormat: z.ZodType<'channels_last' | 'channels_first' | null | undefined> = z
  .enum(['channels_last', 'channels_first'])
  .nullish();

export function requireChannelsLast(context: LayerContext, format: string | null | undefined): void {
  if (format === 'channels_first') throw unsupported(context, 'channels_last images', format);
}

export function requireLastAxis(context: LayerContext, axis: number): void {
  const rank = context.builder.shape(context.inputs[0]!).length + 1;
  if (axis !== -1 && axis !== rank - 1) throw unsupported(context, 'the last axis', String(axis));
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
