/** Max, average and global pools over one to three axes. @module */
import { z } from 'zod';
import { type PoolKind, pool } from '../spatial.js';
import { channelsLast, configOf, dataFormat, type LayerImporter, overImages, shapeOf } from './context.js';
import { paddingSchema, sizes, windowsOf } from './windows.js';

function windowPool(rank: number, kind: PoolKind): LayerImporter {
  const twos = new Array<number>(rank).fill(2);
  const schema = z.object({
    pool_size: sizes(rank).default(twos),
    strides: sizes(rank).nullish(),
    padding: paddingSchema.default('valid'),
    data_format: dataFormat,
  });
  return (context) => {
    const settings = configOf(context, schema as z.ZodType<z.infer<typeof schema>>);
    const dilations = new Array<number>(rank).fill(1);
    const { pool_size: windows, padding } = settings;
    return channelsLast(context, rank, settings.data_format, (inside) => {
      const axes = windowsOf(inside, { windows, strides: settings.strides ?? windows, dilations, padding });
      return overImages(inside, rank, ({ builder, layer, inputs }) =>
        pool(builder, layer.name, kind, axes, inputs[0]!),
      );
    });
  };
}

function globalPool(rank: number, kind: PoolKind): LayerImporter {
  const schema = z.object({ data_format: dataFormat, keepdims: z.boolean().nullish() });
  return (context) => {
    const settings = configOf(context, schema);
    return channelsLast(context, rank, settings.data_format, (inside) => {
      const shape = shapeOf(inside);
      const space = shape.slice(-rank - 1, -1);
      const axes = space.map((window) => ({ window, stride: window, dilation: 1, before: 0, after: 0 }));
      const { builder, layer } = inside;
      const pooled = overImages(inside, rank, ({ inputs }) => pool(builder, layer.name, kind, axes, inputs[0]!));
      if (settings.keepdims === true) return pooled;
      return builder.reshape(layer.name, pooled, [...shape.slice(0, -rank - 1), shape.at(-1)!]);
    });
  };
}

const AVERAGE: PoolKind = 'average of what is inside';

export const poolImporters: Readonly<Record<string, LayerImporter>> = {
  MaxPooling1D: windowPool(1, 'max'),
  MaxPooling2D: windowPool(2, 'max'),
  MaxPooling3D: windowPool(3, 'max'),
  AveragePooling1D: windowPool(1, AVERAGE),
  AveragePooling2D: windowPool(2, AVERAGE),
  AveragePooling3D: windowPool(3, AVERAGE),
  GlobalMaxPooling1D: globalPool(1, 'max'),
  GlobalMaxPooling2D: globalPool(2, 'max'),
  GlobalMaxPooling3D: globalPool(3, 'max'),
  GlobalAveragePooling1D: globalPool(1, 'average of the window'),
  GlobalAveragePooling2D: globalPool(2, 'average of the window'),
  GlobalAveragePooling3D: globalPool(3, 'average of the window'),
};
