/** Dense, Conv2D, DepthwiseConv2D and SeparableConv2D: each a Conv2d map with HWIO weights. @module */
import { z } from 'zod';
import { type Conv2d, dense } from '../../../core/linear-map.js';
import { activate, activationName } from './activations.js';
import {
  configOf,
  dataFormat,
  imageOf,
  type LayerContext,
  type LayerImporter,
  requireChannelsLast,
  unsupported,
} from './context.js';
import { type Padding, paddingOf, paddingSchema, pair } from './windows.js';

const convSettings = z.object({
  filters: z.number().int().positive().optional(),
  depth_multiplier: z.number().int().positive().optional(),
  groups: z.number().int().positive().default(1),
  kernel_size: pair,
  strides: pair.default([1, 1]),
  dilation_rate: pair.default([1, 1]),
  padding: paddingSchema.default('valid'),
  data_format: dataFormat,
  activation: activationName,
  use_bias: z.boolean().default(true),
});
type ConvSettings = z.infer<typeof convSettings>;

function settingsOf(context: LayerContext): ConvSettings {
  const settings = configOf<ConvSettings>(context, convSettings as z.ZodType<ConvSettings>);
  requireChannelsLast(context, settings.data_format);
  return settings;
}

function mapOf(context: LayerContext, settings: ConvSettings, outChannels: number, groups: number): Conv2d {
  const [height, width, channels] = imageOf(context);
  if (channels % groups !== 0 || outChannels % groups !== 0) {
    throw unsupported(context, `groups that divide ${channels} and ${outChannels} channels`, String(groups));
  }
  const [kernelHeight, kernelWidth] = settings.kernel_size;
  const [strideHeight, strideWidth] = settings.strides;
  const [dilationHeight, dilationWidth] = settings.dilation_rate;
  if (Math.max(strideHeight, strideWidth) > 1 && Math.max(dilationHeight, dilationWidth) > 1) {
    throw unsupported(context, 'strides or a dilation rate of 1', `${settings.strides} and ${settings.dilation_rate}`);
  }
  const padding: Padding = paddingOf(settings.padding, [
    { input: height, window: kernelHeight, stride: strideHeight, dilation: dilationHeight },
    { input: width, window: kernelWidth, stride: strideWidth, dilation: dilationWidth },
  ]);
  return {
    inHeight: height,
    inWidth: width,
    inChannels: channels,
    outChannels,
    kernelHeight,
    kernelWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    ...padding,
    groups,
  };
}

function biasOf(context: LayerContext, used: boolean, channels: number): { bias?: Float32Array } {
  return used ? { bias: context.weights.take(context.layer.name, 'bias', [channels]) } : {};
}

/** Channels out for each channel in; tfjs leaves it out of the settings of SeparableConv2D, the weights show it. */
function multiplierOf({ weights, layer }: LayerContext, settings: ConvSettings): number {
  return settings.depth_multiplier ?? weights.shape(layer.name, 'depthwise_kernel')?.[3] ?? 1;
}

function conv2d(context: LayerContext): number {
  const { builder, weights, layer, inputs } = context;
  const settings = settingsOf(context);
  const filters = settings.filters ?? 0;
  const map = mapOf(context, settings, filters, settings.groups);
  const kernel = [map.kernelHeight, map.kernelWidth, map.inChannels / map.groups, filters];
  const output = builder.add({
    op: 'linear',
    name: layer.name,
    inputs,
    map,
    weights: weights.take(layer.name, 'kernel', kernel),
    ...biasOf(context, settings.use_bias, filters),
  });
  return activate(context, output, settings);
}

function depthwiseConv2d(context: LayerContext): number {
  const { builder, weights, layer, inputs } = context;
  const settings = settingsOf(context);
  const [, , channels] = imageOf(context);
  const multiplier = multiplierOf(context, settings);
  const outChannels = channels * multiplier;
  const map = mapOf(context, settings, outChannels, channels);
  // [height, width, channels, multiplier] has the order of HWIO [height, width, 1, channels * multiplier].
  const shape = [map.kernelHeight, map.kernelWidth, channels, multiplier];
  const kind = weights.shape(layer.name, 'depthwise_kernel') === undefined ? 'kernel' : 'depthwise_kernel';
  const output = builder.add({
    op: 'linear',
    name: layer.name,
    inputs,
    map,
    weights: weights.take(layer.name, kind, shape),
    ...biasOf(context, settings.use_bias, outChannels),
  });
  return activate(context, output, settings);
}

function separableConv2d(context: LayerContext): number {
  const { builder, weights, layer, inputs } = context;
  const settings = settingsOf(context);
  const filters = settings.filters ?? 0;
  const [, , channels] = imageOf(context);
  const multiplier = multiplierOf(context, settings);
  const middle = channels * multiplier;
  const map = mapOf(context, settings, middle, channels);
  const depthwise = builder.add({
    op: 'linear',
    name: `${layer.name}/depthwise`,
    inputs,
    map,
    weights: weights.take(layer.name, 'depthwise_kernel', [map.kernelHeight, map.kernelWidth, channels, multiplier]),
  });
  const output = builder.add({
    op: 'linear',
    name: layer.name,
    inputs: [depthwise],
    map: pointwise(builder.shape(depthwise), filters),
    weights: weights.take(layer.name, 'pointwise_kernel', [1, 1, middle, filters]),
    ...biasOf(context, settings.use_bias, filters),
  });
  return activate(context, output, settings);
}

/** On [n], or on the last axis of [height, width, channels], where it is a 1x1 convolution. */
function denseLayer(context: LayerContext): number {
  const { builder, weights, layer, inputs } = context;
  const schema = z.object({
    units: z.number().int().positive(),
    activation: activationName,
    use_bias: z.boolean().default(true),
  });
  const settings = configOf(context, schema as z.ZodType<z.infer<typeof schema>>);
  const shape = builder.shape(inputs[0]!);
  const channels = shape.at(-1)!;
  const output = builder.add({
    op: 'linear',
    name: layer.name,
    inputs,
    map: shape.length === 1 ? dense(channels, settings.units) : pointwise(shape, settings.units),
    weights: weights.take(layer.name, 'kernel', [channels, settings.units]),
    ...biasOf(context, settings.use_bias, settings.units),
  });
  return activate(context, output, settings);
}

function pointwise(shape: readonly number[], filters: number): Conv2d {
  return { ...dense(shape[2]!, filters), inHeight: shape[0]!, inWidth: shape[1]! };
}

export const convolutionImporters: Readonly<Record<string, LayerImporter>> = {
  Dense: denseLayer,
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
};
