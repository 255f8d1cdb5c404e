/**
 * How a bilinear map is laid out in polynomials of N coefficients, so that what has to be sent is least (Huang, Lu, Hong, Ding, "Cheetah: lean and fast
 * secure two-party deep neural network inference", USENIX Security 2022, sections 3 and 4).
 *
 * A polynomial of inputs holds `channels` channels of a block, one of weights the kernels between these and `outChannels` channels. With more of the one
 * there is room for fewer of the other: channels * outChannels * (coefficients of a block) <= N.
 * @module
 */
import { type Conv2d, convOutput } from '../../core/linear-map.js';
import { axisOf, type Blocks, blockSizes, blocksOf, plainAxis } from './axis.js';

export interface Layout {
  /** N. */
  readonly degree: number;
  /** Blocks of a batch, of rows and of columns. */
  readonly batch: Blocks;
  readonly height: Blocks;
  readonly width: Blocks;
  /** Channels of the input times phases of a strided convolution. */
  readonly inputChannels: number;
  /** How many of these a polynomial holds. */
  readonly channels: number;
  /** How many channels of the output a polynomial holds. */
  readonly outChannels: number;
}

/** What a polynomial costs, up as a ciphertext and down as an answer. */
export interface PolynomialCost {
  readonly degree: number;
  readonly up: number;
  readonly down: number;
}

export function blockCount({ batch, height, width }: Pick<Layout, 'batch' | 'height' | 'width'>): number {
  return batch.ranges.length * height.ranges.length * width.ranges.length;
}

/** The layout that costs least; undefined where not even one channel of the smallest block fits. */
export function layoutOf(map: Conv2d, batch: number, cost: PolynomialCost): Layout | undefined {
  const { degree } = cost;
  const [outHeight, outWidth] = convOutput(map);
  const rows = axisOf(map.inHeight, outHeight, map.kernelHeight, map.strideHeight, map.dilationHeight, map.padTop);
  const columns = axisOf(map.inWidth, outWidth, map.kernelWidth, map.strideWidth, map.dilationWidth, map.padLeft);
  const inputChannels = map.inChannels * rows.phases.length * columns.phases.length;
  const images = blockSizes(batch).map((size) => blocksOf(plainAxis(batch), size));
  const heights = blockSizes(outHeight).map((size) => blocksOf(rows, size));
  const widths = blockSizes(outWidth).map((size) => blocksOf(columns, size));
  const held = blockSizes(inputChannels);
  let best: Layout | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const height of heights) {
    for (const width of widths) {
      const whole = height.ranges.length * width.ranges.length === 1;
      // images that are cut share no polynomial
      for (const image of whole ? images : images.slice(-1)) {
        const room = Math.floor(degree / (image.extent * height.extent * width.extent));
        const blocks = blockCount({ batch: image, height, width });
        for (const channels of held) {
          const fitting = Math.min(map.outChannels, Math.floor(room / channels));
          if (fitting < 1) continue;
          const inputs = Math.ceil(inputChannels / channels);
          const answers = Math.ceil(map.outChannels / fitting);
          const bytes = blocks * (inputs * cost.up + answers * cost.down);
          if (bytes >= least) continue;
          least = bytes;
          const outChannels = Math.ceil(map.outChannels / answers);
          best = { degree, batch: image, height, width, inputChannels, channels, outChannels };
        }
      }
    }
  }
  return best;
}
