/** Max, average and global pools. @module */
import { z } from 'zod';
import type { Pool2d } from '../../../core/linear-map.js';
import {
  configOf,
  dataFormat,
  imageOf,
  type LayerContext,
  type LayerImporter,
  requireChannelsLast,
} from './context.js';
import { paddingOf, paddingSchema, pair } from './windows.js';

const poolSettings = z.object({
  pool_size: pair.default([2, 2]),
  strides: pair.nullish(),
  padding: paddingSchema.default('valid'),
  data_format: dataFormat,
});

function poolOf(context: LayerContext): Pool2d {
  const settings = configOf(context, poolSettings as z.ZodType<z.infer<typeof poolSettings>>);
  requireChannelsLast(context, settings.data_format);
  const [inHeight, inWidth, channels] = imageOf(context);
  const [windowHeight, windowWidth] = settings.pool_size;
  const [strideHeight, strideWidth] = settings.strides ?? settings.pool_size;
  const padding = paddingOf(settings.padding, [
    { input: inHeight, window: windowHeight, stride: strideHeight, dilation: 1 },
    { input: inWidth, window: windowWidth, stride: strideWidth, dilation: 1 },
  ]);
  return { inHeight, inWidth, channels, windowHeight, windowWidth, strideHeight, strideWidth, ...padding };
}

function globalPool(context: LayerContext, kind: 'max' | 'average'): number {
  const { builder, layer, inputs } = context;
  const schema = z.object({ data_format: dataFormat, keepdims: z.boolean().nullish() });
  const settings = configOf(context, schema);
  requireChannelsLast(context, settings.data_format);
  const [inHeight, inWidth, channels] = imageOf(context);
  const pool: Pool2d = {
    inHeight,
    inWidth,
    channels,
    windowHeight: inHeight,
    windowWidth: inWidth,
    strideHeight: inHeight,
    strideWidth: inWidth,
    padTop: 0,
    padBottom: 0,
    padLeft: 0,
    padRight: 0,
  };
  const base = { name: layer.name, inputs, pool };
  const pooled = builder.add(
    kind === 'max'
      ? { ...base, op: 'nonlinear', activation: 'none' }
      : { ...base, op: 'averagePool', divisor: 'window' },
  );
  return settings.keepdims === true ? pooled : builder.reshape(layer.name, pooled, [channels]);
}

export const poolImporters: Readonly<Record<string, LayerImporter>> = {
  MaxPooling2D: (context) => {
    const { builder, layer, inputs } = context;
    return builder.add({ op: 'nonlinear', name: layer.name, inputs, pool: poolOf(context), activation: 'none' });
  },
  AveragePooling2D: (context) => {
    const { builder, layer, inputs } = context;
    return builder.add({ op: 'averagePool', name: layer.name, inputs, pool: poolOf(context), divisor: 'inside' });
  },
  GlobalMaxPooling2D: (context) => globalPool(context, 'max'),
  GlobalAveragePooling2D: (context) => globalPool(context, 'average'),
};
