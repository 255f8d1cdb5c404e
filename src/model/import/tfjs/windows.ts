/** Windows, strides and TensorFlow's rules for padding. @module */
import { z } from 'zod';
import type { Window } from '../spatial.js';
import { type LayerContext, shapeOf } from './context.js';

const positive = z
  .number()
  .int()
  .positive()
  .max(2 ** 16);

/** A size for all axes, or one for each. */
export function sizes(rank: number): z.ZodType<readonly number[]> {
  return z.union([positive, z.array(positive).length(1), z.array(positive).length(rank)]).transform((value) => {
    const given = [value].flat();
    return given.length === rank ? given : new Array<number>(rank).fill(given[0]!);
  });
}

export type Padding = 'same' | 'valid' | 'causal';

export const paddingSchema: z.ZodType<Padding> = z.enum(['same', 'valid', 'causal']);

export interface WindowSettings {
  readonly windows: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padding: Padding;
}

/** The windows over the space axes of the layer's input. */
export function windowsOf(context: LayerContext, settings: WindowSettings): Window[] {
  const { windows, strides, dilations, padding } = settings;
  const extents = shapeOf(context).slice(-windows.length - 1, -1);
  return windows.map((window, i) => {
    const [stride, dilation] = [strides[i]!, dilations[i]!];
    const [before, after] = paddingOf(padding, extents[i]!, dilation * (window - 1) + 1, stride);
    return { window, stride, dilation, before, after };
  });
}

/** Padding before and after: for 'same' as much as ceil(extent / stride) outputs need, less before than after; for 'causal' all before. */
function paddingOf(kind: Padding, extent: number, reach: number, stride: number): readonly [number, number] {
  switch (kind) {
    case 'valid':
      return [0, 0];
    case 'causal':
      return [reach - 1, 0];
    case 'same': {
      const outputs = Math.ceil(extent / stride);
      const total = Math.max(0, (outputs - 1) * stride + reach - extent);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    }
    default:
      return kind satisfies never;
  }
}
