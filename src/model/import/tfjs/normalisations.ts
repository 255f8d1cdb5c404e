/** Layers that scale and shift: batch normalisation, and what prepares the input. @module */
import { z } from 'zod';
import { sizeOf } from '../../../core/ring.js';
import { affineAlong, difference, product, scaled, sumLast } from '../../arithmetic.js';
import { axisOf, bad, configOf, type LayerContext, type LayerImporter, shapeOf, unsupported } from './context.js';

const axis = z.union([z.number().int(), z.array(z.number().int()).length(1)]).nullish();

function batchNormalization(context: LayerContext): number {
  const schema = z.object({
    axis,
    epsilon: z.number().nonnegative().default(1e-3),
    center: z.boolean().default(true),
    scale: z.boolean().default(true),
  });
  const { axis: along, epsilon, center, scale } = configOf(context, schema);
  const at = axisOf(context, [along ?? -1].flat()[0]!);
  const { builder, weights, layer, inputs } = context;
  const channels = shapeOf(context)[at]!;
  const take = (kind: string) => weights.take(layer.name, kind, [channels]);
  const mean = take('moving_mean');
  const variance = take('moving_variance');
  const gamma = scale ? take('gamma') : undefined;
  const beta = center ? take('beta') : undefined;
  // y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
  const factor = Float64Array.from(variance, (v, i) => (gamma?.[i] ?? 1) / Math.sqrt(v + epsilon));
  const offset = Float64Array.from(mean, (m, i) => (beta?.[i] ?? 0) - m * factor[i]!);
  return affineAlong(builder, layer.name, inputs[0]!, at, factor, offset);
}

/** (x - mean) / sqrt(variance + epsilon) over the last axes, by the tensor's own statistics. */
function layerNormalization(context: LayerContext): number {
  const schema = z.object({
    axis: z.union([z.number().int(), z.array(z.number().int())]).nullish(),
    epsilon: z.number().positive().default(1e-3),
    center: z.boolean().default(true),
    scale: z.boolean().default(true),
    rms_scaling: z.boolean().nullish(),
  });
  const { axis: along, epsilon, center, scale, rms_scaling: byRoot } = configOf(context, schema);
  if (byRoot === true) throw unsupported(context, 'rms_scaling false', 'true');
  const { builder, weights, layer, inputs } = context;
  const { name } = layer;
  const shape = shapeOf(context);
  const axes = [along ?? -1].flat().map((each) => axisOf(context, each));
  const first = shape.length - axes.length;
  if ([...axes].sort((a, b) => a - b).some((each, i) => each !== first + i)) {
    throw unsupported(context, 'the last axes', `[${axes.join(',')}]`);
  }
  const normalised = shape.slice(first);
  const size = sizeOf(normalised);
  const rows = builder.reshape(name, inputs[0]!, [sizeOf(shape.slice(0, first)), size]);
  const mean = (id: number): number => scaled(builder, name, sumLast(builder, name, id), 1 / size);
  const spread = (id: number): number =>
    builder.expand(name, builder.reshape(name, id, [...builder.shape(id), 1]), builder.shape(rows));
  const centred = difference(builder, name, rows, spread(mean(rows)));
  const variance = mean(product(builder, name, [centred, centred]));
  const shifted = builder.add({ op: 'offset', name, inputs: [variance], offset: epsilon });
  const root = { activation: 'smooth', function: 'rsqrt', least: epsilon } as const;
  const inverse = builder.add({ op: 'nonlinear', name, inputs: [shifted], ...root });
  const normal = product(builder, name, [centred, spread(inverse)]);
  const take = (kind: string, used: boolean, otherwise: number): Float64Array =>
    used ? Float64Array.from(weights.take(name, kind, normalised)) : new Float64Array(size).fill(otherwise);
  const affine = { factor: take('gamma', scale, 1), offset: take('beta', center, 0) };
  return builder.reshape(name, builder.add({ op: 'affine', name, inputs: [normal], ...affine }), shape);
}

const numbers = z.union([z.number(), z.array(z.number())]);

/** x * scale + offset; numbers of the settings are public, as those of any layer. */
function rescaling(context: LayerContext): number {
  const { scale, offset } = configOf(context, z.object({ scale: numbers.default(1), offset: numbers.default(0) }));
  const { builder, layer, inputs } = context;
  if (typeof scale === 'number' && typeof offset === 'number') {
    const x = scaled(builder, layer.name, inputs[0]!, scale);
    return offset === 0 ? x : builder.add({ op: 'offset', name: layer.name, inputs: [x], offset });
  }
  const channels = shapeOf(context).at(-1)!;
  const last = shapeOf(context).length - 1;
  const [factors, offsets] = [scale, offset].map((value) => eachOf(context, value, channels)) as [
    Float64Array,
    Float64Array,
  ];
  return affineAlong(builder, layer.name, inputs[0]!, last, factors, offsets);
}

function eachOf(context: LayerContext, value: number | readonly number[], count: number): Float64Array {
  const list = typeof value === 'number' ? new Array<number>(count).fill(value) : value;
  if (list.length !== count) throw bad(context, `one number for each of ${count} channels`, String(list.length));
  return Float64Array.from(list);
}

/** (x - mean) / sqrt(variance): from the settings, or from the weights that it adapted. */
function normalization(context: LayerContext): number {
  const schema = z.object({
    axis: z.union([z.number().int(), z.array(z.number().int())]).nullish(),
    mean: z.unknown(),
    variance: z.unknown(),
    invert: z.boolean().nullish(),
  });
  const settings = configOf(context, schema);
  if (settings.invert === true) throw unsupported(context, 'invert false', 'true');
  const along = settings.axis === undefined || settings.axis === null ? [] : [settings.axis].flat();
  if (along.length > 1) throw unsupported(context, 'one axis at most', `${along.length}`);
  const { builder, weights, layer, inputs } = context;
  const at = along.length === 0 ? undefined : axisOf(context, along[0]!);
  const count = at === undefined ? 1 : shapeOf(context)[at]!;
  const given = (kind: 'mean' | 'variance'): Float64Array => {
    const value = settings[kind];
    if (value === null || value === undefined) {
      const shape = weights.shape(layer.name, kind);
      if (shape === undefined || sizeOf(shape) !== count) {
        throw bad(context, `${count} weights ${kind}`, shape === undefined ? 'none' : `[${shape.join(',')}]`);
      }
      return Float64Array.from(weights.take(layer.name, kind, shape));
    }
    const list = z.array(z.number()).safeParse([value].flat(3));
    if (!list.success) throw bad(context, `numbers as ${kind}`, 'something else');
    return eachOf(context, list.data, count);
  };
  const [mean, variance] = [given('mean'), given('variance')];
  // Keras keeps the divisor above its fuzz factor
  const factor = variance.map((v) => 1 / Math.max(Math.sqrt(v), KERAS_EPSILON));
  const offset = mean.map((m, i) => -m * factor[i]!);
  if (at !== undefined) return affineAlong(builder, layer.name, inputs[0]!, at, factor, offset);
  const x = scaled(builder, layer.name, inputs[0]!, factor[0]!);
  return builder.add({ op: 'offset', name: layer.name, inputs: [x], offset: offset[0]! });
}

const KERAS_EPSILON = 1e-7;

export const normalisationImporters: Readonly<Record<string, LayerImporter>> = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  Rescaling: rescaling,
  Normalization: normalization,
};
