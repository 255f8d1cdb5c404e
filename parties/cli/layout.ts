/** Where an image's height, width and channels are in the shape of an input, and arrays of the other order. @module */
import { transpose } from '../../src/core/nd.js';
import { sizeOf } from '../../src/core/ring.js';
import type { Layout } from '../../src/model/card.js';
import type { Size } from './formats/pixels.js';

/** An input that is an image. */
export interface ImageAxes extends Size {
  readonly channels: number;
  readonly layout: Layout;
}

/** Grey, colours, colours with their opacity. */
const CHANNELS: readonly number[] = [1, 3, 4];

/**
 * The axes of an image in `shape`, whose extents of 1 in front count for nothing. Channels are last if the last extent is 1, 3 or 4 and the
 * first is none of these, first if it is the other way round; 'open' where the shape does not tell and `layout` is not given; undefined of what is no image.
 */
export function imageAxesOf(shape: readonly number[], layout?: Layout): ImageAxes | 'open' | undefined {
  const extra = shape.slice(0, -3).findIndex((extent) => extent !== 1);
  const extents = extra < 0 ? shape.slice(-3) : shape;
  const [first, second, third] = extents as [number, number, number];
  if (extents.length === 2)
    return first === 1 ? undefined : { height: first, width: second, channels: 1, layout: 'nhwc' };
  if (extents.length !== 3) return undefined;
  switch (layout ?? layoutOf(first, third)) {
    case 'nhwc':
      return { height: first, width: second, channels: third, layout: 'nhwc' };
    case 'nchw':
      return { height: second, width: third, channels: first, layout: 'nchw' };
    case undefined:
      return CHANNELS.includes(first) ? 'open' : undefined;
  }
}

function layoutOf(first: number, last: number): Layout | undefined {
  const [isFirst, isLast] = [CHANNELS.includes(first), CHANNELS.includes(last)];
  if (isFirst === isLast) return undefined;
  return isLast ? 'nhwc' : 'nchw';
}

/** The shape of one such image in `layout`. */
export function shapeIn({ height, width, channels }: ImageAxes, layout: Layout): readonly number[] {
  return layout === 'nhwc' ? [height, width, channels] : [channels, height, width];
}

/** `count` images of one layout in the other. */
export function relayout<T extends Float32Array | Float64Array>(
  values: T,
  count: number,
  axes: ImageAxes,
  from: Layout,
  to: Layout,
): T {
  if (from === to || axes.channels === 1) return values;
  const order = to === 'nchw' ? [0, 3, 1, 2] : [0, 2, 3, 1];
  return transpose({ shape: [count, ...shapeIn(axes, from)], data: values }, order).data;
}

/** How many arrays of `shape` an array of shape `came` holds, with or without a batch dimension; extents of 1 do not count. Undefined where it holds others. */
export function countOf(came: readonly number[], shape: readonly number[]): number | undefined {
  const extents = came.filter((extent) => extent !== 1);
  const inner = shape.filter((extent) => extent !== 1);
  const leading = extents.slice(0, Math.max(0, extents.length - inner.length));
  const trailing = extents.slice(leading.length);
  const fits = trailing.length === inner.length && trailing.every((extent, i) => extent === inner[i]);
  const count = sizeOf(leading);
  return fits && leading.length <= 1 && count > 0 ? count : undefined;
}
