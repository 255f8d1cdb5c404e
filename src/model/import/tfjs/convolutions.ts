/** Dense layers, convolutions over one to three axes, depthwise, separable and transposed ones. @module */
import { z } from 'zod';
import { dense } from '../../../core/linear-map.js';
import { sizeOf } from '../../../core/ring.js';
import type { Floats } from '../../ops/node.js';
import { convolve, convolveTransposed, type Window } from '../spatial.js';
import { activate, activationName } from './activations.js';
import {
  channelsLast,
  configOf,
  dataFormat,
  type LayerContext,
  type LayerImporter,
  overImages,
  shapeOf,
  unsupported,
} from './context.js';
import { paddingSchema, sizes, windowsOf } from './windows.js';

interface Settings {
  readonly filters?: number | undefined;
  readonly depth_multiplier?: number | undefined;
  readonly groups: number;
  readonly kernel_size: readonly number[];
  readonly strides: readonly number[];
  readonly dilation_rate: readonly number[];
  readonly padding: 'same' | 'valid' | 'causal';
  readonly output_padding?: readonly number[] | null | undefined;
  readonly data_format?: 'channels_last' | 'channels_first' | null | undefined;
  readonly activation?: string | null | undefined;
  readonly use_bias: boolean;
}

function settingsOf(context: LayerContext, rank: number): Settings {
  const ones = new Array<number>(rank).fill(1);
  const schema = z.object({
    filters: z.number().int().positive().optional(),
    depth_multiplier: z.number().int().positive().optional(),
    groups: z.number().int().positive().default(1),
    kernel_size: sizes(rank),
    strides: sizes(rank).default(ones),
    dilation_rate: sizes(rank).default(ones),
    padding: paddingSchema.default('valid'),
    output_padding: z.array(z.number().int().nonnegative()).length(rank).nullish(),
    data_format: dataFormat,
    activation: activationName,
    use_bias: z.boolean().default(true),
  });
  return configOf<Settings>(context, schema as z.ZodType<Settings>);
}

/** A convolution of some rank, in the format of the layer, with its activation. */
function convolution(
  rank: number,
  build: (context: LayerContext, settings: Settings, axes: readonly Window[]) => number,
): LayerImporter {
  return (context) => {
    const settings = settingsOf(context, rank);
    return channelsLast(context, rank, settings.data_format, (inside) => {
      const axes = windowsOf(inside, {
        windows: settings.kernel_size,
        strides: settings.strides,
        dilations: dilationsOf(inside, settings),
        padding: settings.padding,
      });
      return activate(
        inside,
        overImages(inside, rank, (images) => build(images, settings, axes)),
        settings,
      );
    });
  };
}

/** tfjs leaves the dilation of a DepthwiseConv2D out: what was trained by it has none. */
function dilationsOf({ layer, kerasVersion }: LayerContext, settings: Settings): readonly number[] {
  const isLeftOut = layer.kind === 'DepthwiseConv2D' && kerasVersion?.startsWith('tfjs-layers');
  return isLeftOut ? settings.dilation_rate.map(() => 1) : settings.dilation_rate;
}

interface Map {
  readonly name?: string;
  readonly axes: readonly Window[];
  readonly groups: number;
  readonly outChannels: number;
  readonly weights: Floats;
  /** Whether the layer's bias is added. */
  readonly biased: boolean;
}

function add(context: LayerContext, { name = context.layer.name, biased, ...map }: Map): number {
  return convolve(context.builder, { name, ...map, ...biasOf(context, biased, map.outChannels) }, context.inputs[0]!);
}

function biasOf(context: LayerContext, used: boolean, channels: number): { bias?: Float32Array } {
  return used ? { bias: context.weights.take(context.layer.name, 'bias', [channels]) } : {};
}

function plain(context: LayerContext, settings: Settings, axes: readonly Window[]): number {
  const { weights, layer } = context;
  const { groups, filters: outChannels = 0, use_bias: biased } = settings;
  const channels = shapeOf(context).at(-1)!;
  if (channels % groups !== 0 || outChannels % groups !== 0) {
    throw unsupported(context, `groups that divide ${channels} and ${outChannels} channels`, String(groups));
  }
  const perGroup = channels / groups;
  const kernel = weights.take(layer.name, 'kernel', [...settings.kernel_size, perGroup, outChannels]);
  return add(context, { axes, groups, outChannels, weights: kernel, biased });
}

/** Channels out for each channel in; tfjs leaves it out of the settings of SeparableConv2D, the weights show it. */
function multiplierOf({ weights, layer }: LayerContext, settings: Settings): number {
  const shape = weights.shape(layer.name, 'depthwise_kernel');
  return settings.depth_multiplier ?? shape?.at(-1) ?? 1;
}

function depthwise(context: LayerContext, settings: Settings, axes: readonly Window[]): number {
  const { weights, layer } = context;
  const channels = shapeOf(context).at(-1)!;
  const multiplier = multiplierOf(context, settings);
  const kind = weights.shape(layer.name, 'depthwise_kernel') === undefined ? 'kernel' : 'depthwise_kernel';
  // [...window, channels, multiplier] has the order of [...window, 1, channels * multiplier]
  const kernel = weights.take(layer.name, kind, [...settings.kernel_size, channels, multiplier]);
  const outChannels = channels * multiplier;
  return add(context, { axes, groups: channels, outChannels, weights: kernel, biased: settings.use_bias });
}

function separable(context: LayerContext, settings: Settings, axes: readonly Window[]): number {
  const { weights, layer } = context;
  const channels = shapeOf(context).at(-1)!;
  const multiplier = multiplierOf(context, settings);
  const middle = channels * multiplier;
  const apart = add(context, {
    name: `${layer.name}/depthwise`,
    axes,
    groups: channels,
    outChannels: middle,
    weights: weights.take(layer.name, 'depthwise_kernel', [...settings.kernel_size, channels, multiplier]),
    biased: false,
  });
  const outChannels = settings.filters ?? 0;
  const point = axes.map(() => ({ window: 1, stride: 1, dilation: 1, before: 0, after: 0 }));
  const kernel = weights.take(layer.name, 'pointwise_kernel', [...axes.map(() => 1), middle, outChannels]);
  const joined = { axes: point, groups: 1, outChannels, weights: kernel, biased: settings.use_bias };
  return add({ ...context, inputs: [apart] }, joined);
}

/** Weights are [...window, output channels, input channels]; 'same' gives stride times the extent. */
function transposed(context: LayerContext, settings: Settings, axes: readonly Window[]): number {
  const { builder, weights, layer, inputs } = context;
  const channels = shapeOf(context).at(-1)!;
  const outChannels = settings.filters ?? 0;
  const kernel = weights.take(layer.name, 'kernel', [...settings.kernel_size, outChannels, channels]);
  const size = channels * outChannels;
  const turned = Float32Array.from({ length: kernel.length }, (_, i) => {
    const [tap, input, output] = [Math.floor(i / size), Math.floor((i % size) / outChannels), i % outChannels];
    return kernel[tap * size + output * channels + input]!;
  });
  const cuts = axes.map((axis, i) => cutOf(axis, settings.padding, settings.output_padding?.[i]));
  return convolveTransposed(
    builder,
    {
      name: layer.name,
      axes: axes.map((axis, i) => ({ ...axis, before: cuts[i]!.before, after: cuts[i]!.after })),
      added: cuts.map(({ added }) => added),
      groups: 1,
      outChannels,
      weights: turned,
      ...biasOf(context, settings.use_bias, outChannels),
    },
    inputs[0]!,
  );
}

/** What a transposed convolution leaves out of its full result, and adds after it. */
function cutOf({ window, stride, dilation }: Window, padding: string, asked: number | undefined) {
  const reach = dilation * (window - 1) + 1;
  // Keras: 'same' pads reach / 2 without an output padding, which it then leaves open
  if (padding !== 'same') return { before: 0, after: 0, added: asked ?? Math.max(0, stride - reach) };
  if (asked !== undefined) {
    const half = Math.floor(reach / 2);
    return { before: half, after: half, added: asked };
  }
  const total = reach - stride;
  if (total < 0) return { before: 0, after: 0, added: -total };
  return { before: Math.floor(total / 2), after: Math.ceil(total / 2), added: 0 };
}

/** On the last axis, whatever is before it. */
function denseLayer(context: LayerContext): number {
  const { builder, weights, layer, inputs } = context;
  const schema = z.object({
    units: z.number().int().positive(),
    activation: activationName,
    use_bias: z.boolean().default(true),
  });
  const settings = configOf(context, schema as z.ZodType<z.infer<typeof schema>>);
  const shape = shapeOf(context);
  const channels = shape.at(-1)!;
  const output = builder.add({
    op: 'linear',
    name: layer.name,
    inputs,
    map: { ...dense(channels, settings.units), inHeight: sizeOf(shape.slice(0, -1)) },
    weights: weights.take(layer.name, 'kernel', [channels, settings.units]),
    ...biasOf(context, settings.use_bias, settings.units),
  });
  return activate(context, output, settings);
}

export const convolutionImporters: Readonly<Record<string, LayerImporter>> = {
  Dense: denseLayer,
  Conv1D: convolution(1, plain),
  Conv2D: convolution(2, plain),
  Conv3D: convolution(3, plain),
  DepthwiseConv1D: convolution(1, depthwise),
  DepthwiseConv2D: convolution(2, depthwise),
  SeparableConv1D: convolution(1, separable),
  SeparableConv2D: convolution(2, separable),
  Conv1DTranspose: convolution(1, transposed),
  Conv2DTranspose: convolution(2, transposed),
  Conv3DTranspose: convolution(3, transposed),
};
