/** Windows, strides and TensorFlow's rule for 'same' padding. @module */
import { z } from 'zod';

const positive = z
  .number()
  .int()
  .positive()
  .max(2 ** 16);

/** A size for both axes, or one for each. */
export const pair: z.ZodType<readonly [number, number]> = z
  .union([positive, z.array(positive).length(1), z.tuple([positive, positive])])
  .transform((value) => {
    const [height, width] = [value].flat();
    return [height!, width ?? height!] as const;
  });

export const paddingSchema: z.ZodType<'same' | 'valid'> = z.enum(['same', 'valid']);

export interface Axis {
  readonly input: number;
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
}

export interface Padding {
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
}

/** Padding for [height, width]: none for 'valid'; for 'same' as much as ceil(input / stride) outputs need, less before than after. */
export function paddingOf(kind: 'same' | 'valid', [rows, columns]: readonly [Axis, Axis]): Padding {
  const [padTop, padBottom] = split(kind, rows);
  const [padLeft, padRight] = split(kind, columns);
  return { padTop, padBottom, padLeft, padRight };
}

function split(kind: 'same' | 'valid', axis: Axis): readonly [number, number] {
  if (kind === 'valid') return [0, 0];
  const outputs = Math.ceil(axis.input / axis.stride);
  const reach = axis.dilation * (axis.window - 1) + 1;
  const total = Math.max(0, (outputs - 1) * axis.stride + reach - axis.input);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}
