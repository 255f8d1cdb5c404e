/**
 * The fixed-point network on exact integers held in doubles, without a ring and without widths: what the values would be if
 * nothing ever wrapped. The quantiser observes ranges with it. Exact below 2^53.
 * @module
 */
import { type Conv2d, convOutput, type Pool2d, poolOutput } from '../core/linear-map.js';
import { concatenate, sizeOf } from '../core/ring.js';
import type { FixedNode, NonlinearNode } from './fixed-model.js';

/** Integer weights of a linear node; one bias an output channel. */
export interface IntegerWeights {
  readonly weights: Float64Array;
  readonly bias: Float64Array | undefined;
}

/** One tensor of `batch` activations. */
export interface IntegerTensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** The value of `node`, whose inputs are given; `parameters` belong to a linear node. */
export function evaluateIntegers(
  node: FixedNode,
  batch: number,
  inputs: readonly IntegerTensor[],
  parameters: IntegerWeights | undefined,
): IntegerTensor {
  const x = inputs[0]!;
  return { shape: node.shape, values: valuesOf(node, batch, x, inputs, parameters) };
}

function valuesOf(
  node: FixedNode,
  batch: number,
  x: IntegerTensor,
  inputs: readonly IntegerTensor[],
  parameters: IntegerWeights | undefined,
): Float64Array {
  switch (node.op) {
    case 'input':
    case 'reshape':
      return x.values;
    case 'linear':
      return convolve(node.map, batch, x.values, parameters!);
    case 'sumPool':
      return poolWindows(node.pool, batch, x.values, 0, (sum, value) => sum + value);
    case 'shiftLeft':
      return x.values.map((value) => value * 2 ** node.bits);
    case 'scale': {
      const channels = node.shape.at(-1)!;
      return x.values.map((value, i) => value * node.factors[Math.floor(i / channels) % node.factors.length]!);
    }
    case 'add':
      return x.values.map((_, i) => inputs.reduce((sum, input) => sum + input.values[i]!, 0));
    case 'product':
      // + 0: an integer has no negative zero
      return x.values.map((value, i) => value * inputs[1]!.values[i]! + 0);
    case 'concat': {
      const widths = inputs.map(({ shape }) => shape.at(-1)!);
      const values = inputs.map((input) => input.values);
      return concatenate(values, widths, new Float64Array(batch * sizeOf(node.shape)));
    }
    case 'pad':
      return pad(node, batch, x);
    case 'nonlinear':
      return nonlinear(node, batch, x.values);
  }
}

/** x o W + b, directly; `weights` need not be integers. */
export function convolve(map: Conv2d, batch: number, x: Float64Array, { weights, bias }: IntegerWeights): Float64Array {
  const [height, width, outputs] = convOutput(map);
  const perGroup = map.inChannels / map.groups;
  const outputsPerGroup = outputs / map.groups;
  const y = new Float64Array(batch * height * width * outputs);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const to = ((n * height + row) * width + column) * outputs;
        if (bias !== undefined) y.set(bias, to);
        for (let ky = 0; ky < map.kernelHeight; ky++) {
          const iy = row * map.strideHeight - map.padTop + ky * map.dilationHeight;
          if (iy < 0 || iy >= map.inHeight) continue;
          for (let kx = 0; kx < map.kernelWidth; kx++) {
            const ix = column * map.strideWidth - map.padLeft + kx * map.dilationWidth;
            if (ix < 0 || ix >= map.inWidth) continue;
            const from = ((n * map.inHeight + iy) * map.inWidth + ix) * map.inChannels;
            const tap = (ky * map.kernelWidth + kx) * perGroup;
            for (let channel = 0; channel < map.inChannels; channel++) {
              const value = x[from + channel]!;
              if (value === 0) continue;
              const group = Math.floor(channel / perGroup);
              const first = group * outputsPerGroup;
              const at = (tap + (channel - group * perGroup)) * outputs + first;
              for (let o = 0; o < outputsPerGroup; o++) y[to + first + o]! += value * weights[at + o]!;
            }
          }
        }
      }
    }
  }
  return y;
}

function poolWindows(
  pool: Pool2d,
  batch: number,
  x: Float64Array,
  start: number,
  combine: (a: number, b: number) => number,
): Float64Array {
  const [height, width, channels] = poolOutput(pool);
  const y = new Float64Array(batch * height * width * channels).fill(start);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const to = ((n * height + row) * width + column) * channels;
        for (let ky = 0; ky < pool.windowHeight; ky++) {
          const iy = row * pool.strideHeight - pool.padTop + ky;
          if (iy < 0 || iy >= pool.inHeight) continue;
          for (let kx = 0; kx < pool.windowWidth; kx++) {
            const ix = column * pool.strideWidth - pool.padLeft + kx;
            if (ix < 0 || ix >= pool.inWidth) continue;
            const from = ((n * pool.inHeight + iy) * pool.inWidth + ix) * channels;
            for (let c = 0; c < channels; c++) y[to + c] = combine(y[to + c]!, x[from + c]!);
          }
        }
      }
    }
  }
  return y;
}

function nonlinear(node: NonlinearNode, batch: number, x: Float64Array): Float64Array {
  const rounding = node.shift === 0 ? 0 : 2 ** (node.shift - 1);
  const shifted = x.map((value) => Math.floor((value + rounding) / 2 ** node.shift));
  const lowest = Math.floor(-(2 ** (node.width - 1)) / 2 ** node.shift);
  const pooled = node.pool === undefined ? shifted : poolWindows(node.pool, batch, shifted, lowest, Math.max);
  if (node.activation === 'none') return pooled;
  const max = node.activation === 'clip' ? node.clipMax! : Number.POSITIVE_INFINITY;
  return pooled.map((value) => Math.min(Math.max(value, 0), max));
}

function pad(node: FixedNode & { op: 'pad' }, batch: number, x: IntegerTensor): Float64Array {
  const [height, width, channels] = x.shape as [number, number, number];
  const [, outWidth] = node.shape as [number, number, number];
  const size = sizeOf(node.shape);
  const y = new Float64Array(batch * size);
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < height; row++) {
      const from = (n * height + row) * width * channels;
      const to = n * size + ((row + node.top) * outWidth + node.left) * channels;
      y.set(x.values.subarray(from, from + width * channels), to);
    }
  }
  return y;
}
