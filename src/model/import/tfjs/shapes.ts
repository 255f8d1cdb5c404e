/** Layers that only move data: to other shapes, with zeros around, without edges, repeated. @module */
import { z } from 'zod';
import { range } from '../../../core/nd.js';
import { sizeOf } from '../../../core/ring.js';
import {
  bad,
  channelsLast,
  configOf,
  dataFormat,
  type LayerContext,
  type LayerImporter,
  overImages,
  shapeOf,
  unsupported,
} from './context.js';
import { sizes } from './windows.js';

const amount = z
  .number()
  .int()
  .nonnegative()
  .max(2 ** 16);
const both = z.tuple([amount, amount]);

/** What is added to or taken from both ends of each axis: one number for all, one an axis, or two an axis. */
function amounts(rank: number): z.ZodType<readonly (readonly [number, number])[]> {
  const each = z.array(z.union([amount, both])).length(rank);
  // one axis has its two numbers without a list around
  const one = rank === 1 ? z.union([amount, both.transform((pair) => [pair]), each]) : z.union([amount, each]);
  return one.transform((value) => {
    const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : value;
    return list.map((ends) => (typeof ends === 'number' ? ([ends, ends] as const) : ends));
  }) as z.ZodType<readonly (readonly [number, number])[]>;
}

/** A movement along each axis of space: the indices that it reads. */
function alongSpace(
  context: LayerContext,
  rank: number,
  format: string | null | undefined,
  change: (context: LayerContext, input: number, axis: number, spaceAxis: number) => number,
): number {
  return channelsLast(context, rank, format, (last) =>
    overImages(last, rank, (images) =>
      range(0, rank).reduce((input, i) => change(images, input, i + 1, i), images.inputs[0]!),
    ),
  );
}

function zeroPadding(rank: number): LayerImporter {
  const schema = z.object({ padding: amounts(rank).default(new Array(rank).fill([1, 1])), data_format: dataFormat });
  return (context) => {
    const { padding, data_format: format } = configOf(context, schema);
    return alongSpace(context, rank, format, ({ builder, layer }, input, axis, i) =>
      builder.pad(layer.name, input, axis, padding[i]![0], padding[i]![1]),
    );
  };
}

function cropping(rank: number): LayerImporter {
  const schema = z.object({ cropping: amounts(rank).default(new Array(rank).fill([0, 0])), data_format: dataFormat });
  return (context) => {
    const { cropping: cut, data_format: format } = configOf(context, schema);
    return alongSpace(context, rank, format, ({ builder, layer }, input, axis, i) => {
      const [start, end] = [cut[i]![0], builder.shape(input)[axis]! - cut[i]![1]];
      if (end <= start) throw bad(context, 'cropping that leaves something', `[${cut.join('],[')}]`);
      return builder.gather(layer.name, input, axis, range(start, end));
    });
  };
}

function upSampling(rank: number): LayerImporter {
  const twos = new Array<number>(rank).fill(2);
  const schema = z.object({
    size: sizes(rank).default(twos),
    data_format: dataFormat,
    interpolation: z.string().nullish(),
  });
  return (context) => {
    const settings = configOf(context, schema as z.ZodType<z.infer<typeof schema>>);
    const { interpolation, size } = settings;
    if (interpolation != null && interpolation !== 'nearest') {
      throw unsupported(context, 'the interpolation nearest', interpolation);
    }
    return alongSpace(context, rank, settings.data_format, ({ builder, layer }, input, axis, i) => {
      const factor = size[i]!;
      const extent = builder.shape(input)[axis]! * factor;
      if (extent > 2 ** 24) throw bad(context, 'at most 2^24 elements along an axis', String(extent));
      return builder.gather(
        layer.name,
        input,
        axis,
        range(0, extent).map((k) => Math.floor(k / factor)),
      );
    });
  };
}

function flatten(context: LayerContext): number {
  const { builder, layer, inputs } = context;
  const { data_format: format } = configOf(context, z.object({ data_format: dataFormat }));
  const shape = shapeOf(context);
  // Keras flattens as if channels were last whatever the format
  const last = [...range(1, shape.length), 0];
  const x =
    format === 'channels_first' && shape.length > 1 ? builder.transpose(layer.name, inputs[0]!, last) : inputs[0]!;
  return builder.reshape(layer.name, x, [sizeOf(shape)]);
}

function reshape(context: LayerContext): number {
  const schema = z.object({ target_shape: z.array(z.number().int().min(-1).nullable()).max(8) });
  const { builder, layer, inputs } = context;
  const size = sizeOf(shapeOf(context));
  // The extent that follows from the others is -1, or null as tfjs writes it.
  const target = configOf(context, schema).target_shape.map((extent) => extent ?? -1);
  const known = sizeOf(target.filter((extent) => extent !== -1));
  return builder.reshape(
    layer.name,
    inputs[0]!,
    target.map((extent) => (extent === -1 ? size / known : extent)),
  );
}

/** Axes are counted from 1, as the batch is axis 0. */
function permute(context: LayerContext): number {
  const { builder, layer, inputs } = context;
  const { dims } = configOf(context, z.object({ dims: z.array(z.number().int().positive()).max(8) }));
  const rank = shapeOf(context).length;
  if ([...dims].sort((a, b) => a - b).join() !== range(1, rank + 1).join()) {
    throw bad(context, `the axes 1 to ${rank} in some order`, `[${dims.join(',')}]`);
  }
  return builder.transpose(
    layer.name,
    inputs[0]!,
    dims.map((axis) => axis - 1),
  );
}

function repeatVector(context: LayerContext): number {
  const { builder, layer, inputs } = context;
  const { n } = configOf(context, z.object({ n: z.number().int().positive() }));
  const shape = shapeOf(context);
  if (shape.length !== 1) throw bad(context, 'an input of shape [n]', `[${shape.join(',')}]`);
  return builder.expand(layer.name, inputs[0]!, [n, ...shape]);
}

export const shapeImporters: Readonly<Record<string, LayerImporter>> = {
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  RepeatVector: repeatVector,
  ZeroPadding1D: zeroPadding(1),
  ZeroPadding2D: zeroPadding(2),
  ZeroPadding3D: zeroPadding(3),
  Cropping1D: cropping(1),
  Cropping2D: cropping(2),
  Cropping3D: cropping(3),
  UpSampling1D: upSampling(1),
  UpSampling2D: upSampling(2),
  UpSampling3D: upSampling(3),
};
