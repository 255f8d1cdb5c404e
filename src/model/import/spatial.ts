/**
 * Convolutions and pools over one to three axes, of several images at once, made of what a graph has: maps and pools over [height, width,
 * channels], and movements. Tensors are [images, ...spatial axes, channels].
 * @module
 */
import type { TacitError } from '../../core/errors.js';
import { type Conv2d, convOutput, type Pool2d } from '../../core/linear-map.js';
import { FILL, padded, range } from '../../core/nd.js';
import { sizeOf } from '../../core/ring.js';
import type { GraphBuilder } from '../graph.js';
import { bad } from '../ops/checks.js';
import type { Floats } from '../ops/node.js';

/** What happens along one spatial axis. */
export interface Window {
  readonly window: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

export interface Convolution {
  readonly name: string;
  readonly axes: readonly Window[];
  readonly groups: number;
  readonly outChannels: number;
  /** [...windows, input channels a group, output channels] */
  readonly weights: Floats;
  readonly bias?: Floats;
}

/** Adds x o W + b; throws BAD_MODEL where a window does not fit. */
export function convolve(builder: GraphBuilder, convolution: Convolution, input: number): number {
  const { name, axes } = convolution;
  for (const [i, axis] of axes.entries()) checkWindow(name, axis, builder.shape(input)[i + 1]!);
  if (axes.length === 1) return convolveRow(builder, convolution, input);
  return axes.length === 3 ? convolveVolume(builder, convolution, input) : convolveImages(builder, convolution, input);
}

/** Outputs along an axis. */
export function outputsOf({ window, stride, dilation, before, after }: Window, extent: number): number {
  return Math.floor((extent + before + after - dilation * (window - 1) - 1) / stride) + 1;
}

const STILL: Window = { window: 1, stride: 1, dilation: 1, before: 0, after: 0 };

/** A row is an image of one row. */
function convolveRow(builder: GraphBuilder, convolution: Convolution, input: number): number {
  const { name, axes } = convolution;
  const [images, width, channels] = builder.shape(input) as [number, number, number];
  const rows = builder.reshape(name, input, [images, 1, width, channels]);
  const y = convolveImages(builder, { ...convolution, axes: [STILL, axes[0]!] }, rows);
  const [, , outWidth, outChannels] = builder.shape(y) as [number, number, number, number];
  return builder.reshape(name, y, [images, outWidth, outChannels]);
}

/** Slices in the depth of the window become channels. */
function convolveVolume(builder: GraphBuilder, convolution: Convolution, input: number): number {
  const { name, axes, groups, outChannels, weights } = convolution;
  const [deep, ...flat] = axes as [Window, Window, Window];
  const [images, depth, height, width, channels] = builder.shape(input) as [number, number, number, number, number];
  const outDepth = outputsOf(deep, depth);
  const slices = builder.gather(name, input, 1, windowIndices(deep, depth));
  const perGroup = channels / groups;
  const apart = builder.reshape(name, slices, [images * outDepth, deep.window, height, width, groups, perGroup]);
  const joined = builder.transpose(name, apart, [0, 2, 3, 4, 1, 5]);
  const flattened = builder.reshape(name, joined, [images * outDepth, height, width, deep.window * channels]);
  // [depth, rows, columns, ...] -> [rows, columns, depth, ...]
  const taps = flat[0]!.window * flat[1]!.window;
  const row = perGroup * outChannels;
  const turned = Float64Array.from({ length: weights.length }, (_, i) => {
    const [tap, slice, rest] = [Math.floor(i / (deep.window * row)), Math.floor(i / row) % deep.window, i % row];
    return weights[(slice * taps + tap) * row + rest]!;
  });
  const y = convolveImages(builder, { ...convolution, axes: flat, weights: turned }, flattened);
  const [, outHeight, outWidth] = builder.shape(y) as [number, number, number, number];
  return builder.reshape(name, y, [images, outDepth, outHeight, outWidth, outChannels]);
}

/** Several images are one tall image, each with zeros around it; rows between them are left out of the result. */
function convolveImages(builder: GraphBuilder, convolution: Convolution, input: number): number {
  const { name, axes, groups, outChannels } = convolution;
  const [rows, columns] = axes as [Window, Window];
  const [images, height, width, channels] = builder.shape(input) as [number, number, number, number];
  const outHeight = outputsOf(rows, height);
  const alone = images === 1;
  const needed = rows.before + height + rows.after;
  const tall = Math.ceil(needed / rows.stride) * rows.stride;
  const apart = alone ? input : builder.pad(name, input, 1, rows.before, tall - needed + rows.after);
  const image = [alone ? height : images * tall, width, channels];
  const map: Conv2d = {
    inHeight: image[0]!,
    inWidth: width,
    inChannels: channels,
    outChannels,
    kernelHeight: rows.window,
    kernelWidth: columns.window,
    strideHeight: rows.stride,
    strideWidth: columns.stride,
    dilationHeight: rows.dilation,
    dilationWidth: columns.dilation,
    padTop: alone ? rows.before : 0,
    padBottom: alone ? rows.after : 0,
    padLeft: columns.before,
    padRight: columns.after,
    groups,
  };
  const { weights, bias } = convolution;
  const y = builder.add({
    op: 'linear',
    name,
    inputs: [builder.reshape(name, apart, image)],
    map,
    weights,
    ...(bias === undefined ? {} : { bias }),
  });
  const wanted = range(0, images).flatMap((n) => range(0, outHeight).map((row) => (n * tall) / rows.stride + row));
  const kept = alone ? y : builder.gather(name, y, 0, wanted);
  return builder.reshape(name, kept, [images, outHeight, convOutput(map)[1], outChannels]);
}

export interface TransposedConvolution extends Omit<Convolution, 'axes'> {
  /** `before` and `after` are taken from the result. */
  readonly axes: readonly Window[];
  /** Rows of zeros after the result's end, by axis. */
  readonly added: readonly number[];
}

/** Adds the transpose of a convolution: a convolution by the turned windows of x with zeros between. */
export function convolveTransposed(builder: GraphBuilder, convolution: TransposedConvolution, input: number): number {
  const { name, axes, added, weights } = convolution;
  let x = input;
  for (const [i, { window, stride, dilation, before, after }] of axes.entries()) {
    const axis = i + 1;
    const extent = builder.shape(x)[axis]!;
    const reach = dilation * (window - 1);
    const length = (extent - 1) * stride + 1;
    const spread = Array.from({ length }, (_, k) => (k % stride === 0 ? k / stride : FILL));
    const around = padded(length, Math.max(0, reach - before), Math.max(0, reach - after + added[i]!));
    const cut = around.slice(Math.max(0, before - reach), around.length - Math.max(0, after - added[i]! - reach));
    if (cut.length < reach + 1)
      throw bad(name, `an output of 1 or more along axis ${axis}`, String(cut.length - reach));
    x = builder.gather(
      name,
      x,
      axis,
      cut.map((k) => (k === FILL ? FILL : spread[k]!)),
    );
  }
  const taps = sizeOf(axes.map(({ window }) => window));
  const row = weights.length / taps;
  const turned = Float64Array.from({ length: weights.length }, (_, i) => {
    return weights[(taps - 1 - Math.floor(i / row)) * row + (i % row)]!;
  });
  const still = axes.map((axis) => ({ ...axis, stride: 1, before: 0, after: 0 }));
  return convolve(builder, { ...convolution, axes: still, weights: turned }, x);
}

export type PoolKind = 'max' | 'average of the window' | 'average of what is inside';

/** Adds a pool over all spatial axes; images count as channels. */
export function pool(
  builder: GraphBuilder,
  name: string,
  kind: PoolKind,
  axes: readonly Window[],
  input: number,
): number {
  for (const [i, axis] of axes.entries()) {
    const extent = builder.shape(input)[i + 1]!;
    checkWindow(name, axis, extent);
    if (kind !== 'average of the window' && !meetsImage(axis, extent)) throw paddingAlone(name);
  }
  const dilated = axes.findIndex(({ dilation }) => dilation > 1);
  if (dilated !== -1) return poolDilated(builder, name, kind, axes, dilated, input);
  const [images, ...rest] = builder.shape(input) as [number, ...number[]];
  const channels = rest.at(-1)!;
  const spatial = rest.slice(0, -1);
  const order = [...range(1, rest.length), 0, rest.length];
  const last = builder.transpose(name, input, order);
  const all = images * channels;
  const outputs = axes.map((axis, i) => outputsOf(axis, spatial[i]!));
  // a window over three axes is one over the last two and then one over the first
  const [depth, height, width] = [...new Array<number>(3 - axes.length).fill(1), ...spatial] as [
    number,
    number,
    number,
  ];
  const [deep, rows, columns] = [...new Array<Window>(3 - axes.length).fill(STILL), ...axes] as [
    Window,
    Window,
    Window,
  ];
  const [outHeight, outWidth] = [outputsOf(rows, height), outputsOf(columns, width)];
  const slices = builder.reshape(name, last, [depth, height, width, all]);
  const images2d = builder.reshape(name, builder.transpose(name, slices, [1, 2, 0, 3]), [height, width, depth * all]);
  const flat = pool2d(builder, name, kind, rows, columns, images2d);
  const apart = builder.reshape(name, flat, [outHeight, outWidth, depth, all]);
  const upright = builder.transpose(name, apart, [2, 0, 1, 3]);
  const column = builder.reshape(name, upright, [depth, 1, outHeight * outWidth * all]);
  const pooled = isStill(deep) ? column : pool2d(builder, name, kind, deep, STILL, column);
  const outer = builder.reshape(name, pooled, [...outputs, images, channels]);
  return builder.transpose(name, outer, [outputs.length, ...range(0, outputs.length), outputs.length + 1]);
}

/** Each window's elements side by side: one after the other, without dilation and padding. */
function poolDilated(
  builder: GraphBuilder,
  name: string,
  kind: PoolKind,
  axes: readonly Window[],
  dilated: number,
  input: number,
): number {
  const axis = axes[dilated]!;
  const { window } = axis;
  const indices = windowIndices(axis, builder.shape(input)[dilated + 1]!);
  const filled = indices.includes(FILL);
  if (filled && kind === 'average of what is inside') throw bad(name, 'an average pool without dilation', 'one with');
  // an element twice does not change a maximum
  const taken = indices.map((index, i) => {
    if (index !== FILL || kind !== 'max') return index;
    const first = i - (i % window);
    const inside = indices.slice(first, first + window).find((other) => other !== FILL);
    if (inside === undefined) throw paddingAlone(name);
    return inside;
  });
  const apart = builder.gather(name, input, dilated + 1, taken);
  const plain = { window, stride: window, dilation: 1, before: 0, after: 0 };
  return pool(builder, name, kind, axes.with(dilated, plain), apart);
}

function pool2d(
  builder: GraphBuilder,
  name: string,
  kind: PoolKind,
  rows: Window,
  columns: Window,
  input: number,
): number {
  const [inHeight, inWidth, channels] = builder.shape(input) as [number, number, number];
  const windows: Pool2d = {
    inHeight,
    inWidth,
    channels,
    windowHeight: rows.window,
    windowWidth: columns.window,
    strideHeight: rows.stride,
    strideWidth: columns.stride,
    padTop: rows.before,
    padBottom: rows.after,
    padLeft: columns.before,
    padRight: columns.after,
  };
  if (kind === 'max') {
    return builder.add({ op: 'nonlinear', name, inputs: [input], pool: windows, activation: 'none' });
  }
  const divisor = kind === 'average of the window' ? 'window' : 'inside';
  return builder.add({ op: 'averagePool', name, inputs: [input], pool: windows, divisor });
}

function isStill({ window, stride, before, after }: Window): boolean {
  return window === 1 && stride === 1 && before === 0 && after === 0;
}

/** The indices of each output's window along an axis, window after window. */
function windowIndices(axis: Window, extent: number): number[] {
  const { window, stride, dilation, before, after } = axis;
  const around = padded(extent, before, after);
  return range(0, outputsOf(axis, extent)).flatMap((output) =>
    range(0, window).map((tap) => around[output * stride + tap * dilation]!),
  );
}

/** Whether the first and the last window reach into the image. */
function meetsImage(axis: Window, extent: number): boolean {
  const { window, stride, dilation, before } = axis;
  return before <= dilation * (window - 1) && (outputsOf(axis, extent) - 1) * stride < before + extent;
}

function paddingAlone(name: string): TacitError {
  return bad(name, 'windows that meet the image', 'one of padding alone');
}

const MOST_WINDOW = 2 ** 16;

function checkWindow(name: string, axis: Window, extent: number): void {
  const { window, stride, dilation, before, after } = axis;
  for (const value of [window, stride, dilation]) {
    if (!Number.isInteger(value) || value < 1 || value > MOST_WINDOW) {
      throw bad(name, `windows, strides and dilations from 1 to ${MOST_WINDOW}`, String(value));
    }
  }
  for (const value of [before, after]) {
    if (!Number.isInteger(value) || value < 0 || value > MOST_WINDOW) {
      throw bad(name, `paddings from 0 to ${MOST_WINDOW}`, String(value));
    }
  }
  if (outputsOf(axis, extent) < 1)
    throw bad(name, `a window within ${extent + before + after} elements`, String(dilation * (window - 1) + 1));
}
