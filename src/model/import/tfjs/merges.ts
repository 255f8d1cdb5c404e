/** Layers that read several tensors. @module */
import { z } from 'zod';
import { range } from '../../../core/nd.js';
import { difference, maximum, minimum, product, scaled, sum, sumLast } from '../../arithmetic.js';
import { axisOf, bad, configOf, type LayerContext, type LayerImporter, unsupported } from './context.js';

/** Of an Add or a Concatenate. */
const MOST_INPUTS = 4096;

/** Elementwise; a missing axis of a smaller tensor is one after the batch, as Keras has it. */
function elementwise(merge: (context: LayerContext, ids: readonly number[]) => number): LayerImporter {
  return (context) => {
    const { builder, layer, inputs } = context;
    if (inputs.length < 2) throw bad(context, 'two or more inputs', String(inputs.length));
    if (inputs.length > MOST_INPUTS) throw bad(context, `at most ${MOST_INPUTS} inputs`, String(inputs.length));
    const rank = Math.max(...inputs.map((id) => builder.shape(id).length));
    const aligned = inputs.map((id) => {
      const shape = builder.shape(id);
      return builder.reshape(layer.name, id, [...new Array<number>(rank - shape.length).fill(1), ...shape]);
    });
    return merge(context, aligned);
  };
}

/** Of exactly two. */
function two(context: LayerContext, ids: readonly number[]): readonly [number, number] {
  if (ids.length !== 2) throw unsupported(context, 'two inputs', String(ids.length));
  return [ids[0]!, ids[1]!];
}

function concatenate(context: LayerContext): number {
  const { axis } = configOf(context, z.object({ axis: z.number().int().nullish() }));
  const { builder, layer, inputs } = context;
  if (inputs.length < 2) throw bad(context, 'two or more inputs', String(inputs.length));
  if (inputs.length > MOST_INPUTS) throw bad(context, `at most ${MOST_INPUTS} inputs`, String(inputs.length));
  return builder.concat(layer.name, inputs, axisOf(context, axis ?? -1));
}

/** The sum of products along one axis of each, of two vectors or of rows of two matrices. */
function dot(context: LayerContext): number {
  const axes = z.union([z.number().int(), z.tuple([z.number().int(), z.number().int()])]);
  const settings = configOf(context, z.object({ axes, normalize: z.boolean().nullish() }));
  if (settings.normalize === true) throw unsupported(context, 'normalize false', 'true');
  const { builder, layer } = context;
  const { name } = layer;
  const [x, y] = two(context, context.inputs);
  const [first, second] = typeof settings.axes === 'number' ? [settings.axes, settings.axes] : settings.axes;
  const last = (id: number, axis: number): { readonly id: number; readonly rest: readonly number[] } => {
    const shape = builder.shape(id);
    const at = axisOf(context, axis, shape.length);
    const others = range(0, shape.length).filter((other) => other !== at);
    return { id: builder.transpose(name, id, [...others, at]), rest: others.map((other) => shape[other]!) };
  };
  const [a, b] = [last(x, first), last(y, second)];
  if (a.rest.length > 1 || b.rest.length > 1) throw unsupported(context, 'vectors or matrices', 'tensors of more axes');
  const extent = builder.shape(a.id).at(-1)!;
  if (builder.shape(b.id).at(-1) !== extent) {
    throw bad(context, `axes of ${extent} elements`, String(builder.shape(b.id).at(-1)));
  }
  const rows = builder.reshape(name, a.id, [a.rest[0] ?? 1, 1, extent]);
  const columns = builder.reshape(name, b.id, [1, b.rest[0] ?? 1, extent]);
  const products = product(builder, name, [rows, columns]);
  const [height, width] = builder.shape(products) as [number, number];
  const summed = sumLast(builder, name, products);
  const shape = [...(a.rest.length > 0 ? [height] : []), ...(b.rest.length > 0 ? [width] : [])];
  return builder.reshape(name, summed, shape.length === 0 ? [1] : shape);
}

export const mergeImporters: Readonly<Record<string, LayerImporter>> = {
  Add: elementwise(({ builder, layer }, ids) => sum(builder, layer.name, ids)),
  Average: elementwise(({ builder, layer: { name } }, ids) =>
    scaled(builder, name, sum(builder, name, ids), 1 / ids.length),
  ),
  Subtract: elementwise((context, ids) => difference(context.builder, context.layer.name, ...two(context, ids))),
  Multiply: elementwise(({ builder, layer }, ids) => product(builder, layer.name, ids)),
  Maximum: elementwise(({ builder, layer: { name } }, ids) => ids.reduce((x, y) => maximum(builder, name, x, y))),
  Minimum: elementwise(({ builder, layer: { name } }, ids) => ids.reduce((x, y) => minimum(builder, name, x, y))),
  Concatenate: concatenate,
  Dot: dot,
};

/** Whether a kind reads several tensors. */
export function isMerge(kind: string): boolean {
  return Object.hasOwn(mergeImporters, kind);
}
