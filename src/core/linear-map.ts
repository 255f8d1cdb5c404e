/**
 * The bilinear maps (activation, weights) -> activation that a network is made of, and the local pools and paddings.
 *
 * Activations are NHWC, row major, the batch first. Weights are HWIO: [kernelHeight, kernelWidth, inChannels/groups,
 * outChannels]; the output channels of group g are g*outChannels/groups up to (g+1)*outChannels/groups. A dense layer is
 * a 1x1 convolution on a 1x1 image; a depthwise convolution has groups = inChannels.
 * @module
 */

export interface Conv2d {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
  readonly groups: number;
}

/** The windows of a pool over [height, width, channels]; a position outside the image is padding. */
export interface Pool2d {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly channels: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padBottom: number;
  readonly padLeft: number;
  readonly padRight: number;
}

/** Values that one circuit takes: the window of a max pool, or the outputs of which the best are told. */
export const MOST_CIRCUIT_VALUES = 65_536;
/** Values times width: the best of so many bits is found within the wires that a circuit may have. */
export const MOST_CIRCUIT_BITS: number = 2 ** 20;

/** inputs -> outputs as the 1x1 convolution it is. */
export function dense(inputs: number, outputs: number): Conv2d {
  return {
    inHeight: 1,
    inWidth: 1,
    inChannels: inputs,
    outChannels: outputs,
    kernelHeight: 1,
    kernelWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: 0,
    padBottom: 0,
    padLeft: 0,
    padRight: 0,
    groups: 1,
  };
}

/** The product of two vectors of `size` elements, element by element, as the depthwise 1x1 convolution it is. */
export function elementwise(size: number): Conv2d {
  return { ...dense(size, size), groups: size };
}

function extent(input: number, padding: number, window: number, dilation: number, stride: number): number {
  return Math.floor((input + padding - dilation * (window - 1) - 1) / stride) + 1;
}

/** [height, width, channels] of what a convolution gives. */
export function convOutput(map: Conv2d): readonly [number, number, number] {
  return [
    extent(map.inHeight, map.padTop + map.padBottom, map.kernelHeight, map.dilationHeight, map.strideHeight),
    extent(map.inWidth, map.padLeft + map.padRight, map.kernelWidth, map.dilationWidth, map.strideWidth),
    map.outChannels,
  ];
}

/** [height, width, channels] of what a pool gives. */
export function poolOutput(pool: Pool2d): readonly [number, number, number] {
  return [
    extent(pool.inHeight, pool.padTop + pool.padBottom, pool.windowHeight, 1, pool.strideHeight),
    extent(pool.inWidth, pool.padLeft + pool.padRight, pool.windowWidth, 1, pool.strideWidth),
    pool.channels,
  ];
}

/** Elements of one activation that goes in. */
export function inputSize(map: Conv2d): number {
  return map.inHeight * map.inWidth * map.inChannels;
}

/** Elements of one activation that comes out. */
export function outputSize(map: Conv2d): number {
  const [height, width, channels] = convOutput(map);
  return height * width * channels;
}

/** Elements of the weights. */
export function weightSize(map: Conv2d): number {
  return map.kernelHeight * map.kernelWidth * (map.inChannels / map.groups) * map.outChannels;
}

/** Multiply-accumulates for one activation, padding counted. */
export function macsOf(map: Conv2d): number {
  return outputSize(map) * map.kernelHeight * map.kernelWidth * (map.inChannels / map.groups);
}
