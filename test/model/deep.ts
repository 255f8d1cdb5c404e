/** Deep networks of random weights whose batch normalisation is set from images, and folded into the convolutions. @module */
import { type Conv2d, dense } from '../../src/core/linear-map.js';
import { sizeOf } from '../../src/core/ring.js';
import { evaluateFloat } from '../../src/model/float.js';
import { type Graph, GraphBuilder } from '../../src/model/graph.js';
import type { RealActivation } from '../../src/model/ops/activations/activations.js';
import { random } from './support.js';

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Ranges that networks want of their inputs, by name. */
export const RANGES: readonly (readonly [string, Range])[] = [
  ['0 to 1', { low: 0, high: 1 }],
  ['-1 to 1', { low: -1, high: 1 }],
  ['mean and deviation', { low: -2.125, high: 2.625 }],
  ['0 to 255', { low: 0, high: 255 }],
];

/** Smooth images of side x side x 3 in a range: sums of a few waves, as neighbouring pixels of photographs are alike. */
export function images(seed: number, { low, high }: Range, count: number, side: number): Float32Array {
  const next = random(seed);
  const size = side * side * 3;
  const values = new Float32Array(count * size);
  for (let n = 0; n < count; n++) {
    const waves = Array.from({ length: 5 }, () => [next() * 0.6, next() * 0.6, next() * 6.3, next()] as const);
    for (let at = 0; at < size; at++) {
      const [x, y, c] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side), at % 3];
      const sum = waves.reduce((total, [u, v, phase, wave]) => total + wave * Math.sin(u * x + v * y + phase + c), 0);
      values[n * size + at] = low + (high - low) / (1 + Math.exp(-1.5 * sum));
    }
  }
  return values;
}

/** Builds a network layer by layer on the images that it is normalised on. */
class Deep {
  readonly builder: GraphBuilder = new GraphBuilder();
  readonly #next = random(3);
  readonly #calibration: Float32Array;
  readonly input: number;

  constructor(calibration: Float32Array, side: number) {
    this.#calibration = calibration;
    this.input = this.builder.input('image', [side, side, 3]);
  }

  normal(): number {
    return this.#next() + this.#next() + this.#next() + this.#next() - 2;
  }

  /** A convolution with same padding whose outputs have mean 0 and deviation 1 on the images, channel by channel. */
  async conv(
    name: string,
    input: number,
    outChannels: number,
    kernel: number,
    stride = 1,
    groups = 1,
  ): Promise<number> {
    const { builder } = this;
    const [height, width, inChannels] = builder.shape(input) as [number, number, number];
    const count = (kernel * kernel * inChannels * outChannels) / groups;
    const weights = Float32Array.from({ length: count }, () => this.normal());
    const pad = (kernel - 1) / 2;
    const map: Conv2d = {
      ...dense(inChannels, outChannels),
      ...{ inHeight: height, inWidth: width, kernelHeight: kernel, kernelWidth: kernel, groups },
      ...{ strideHeight: stride, strideWidth: stride, padTop: pad, padBottom: pad, padLeft: pad, padRight: pad },
    };
    const plain = builder.add({ op: 'linear', name, inputs: [input], map, weights });
    const batch = this.#calibration.length / sizeOf(builder.shape(this.input));
    const { logits } = await evaluateFloat(builder.finish('part', plain), batch, this.#calibration);
    builder.nodes.pop();
    const bias = new Float32Array(outChannels);
    for (let c = 0; c < outChannels; c++) {
      let [sum, squares] = [0, 0];
      for (let i = c; i < logits.length; i += outChannels) {
        sum += logits[i]!;
        squares += logits[i]! ** 2;
      }
      const mean = (sum * outChannels) / logits.length;
      const deviation = Math.sqrt((squares * outChannels) / logits.length - mean ** 2);
      for (let i = c; i < weights.length; i += outChannels) weights[i]! /= deviation;
      bias[c] = -mean / deviation;
    }
    return builder.add({ op: 'linear', name, inputs: [input], map, weights, bias });
  }

  activate(name: string, input: number, activation: RealActivation): number {
    return this.builder.add({ op: 'nonlinear', name, inputs: [input], ...activation });
  }

  add(name: string, inputs: readonly number[]): number {
    return this.builder.add({ op: 'add', name, inputs });
  }

  /** All elements to ten classes. */
  finish(name: string, at: number): Graph {
    const { builder } = this;
    const flat = builder.reshape('flat', at, [sizeOf(builder.shape(at))]);
    const classes = 10;
    const inputs = sizeOf(builder.shape(flat));
    const weights = Float32Array.from({ length: inputs * classes }, () => this.normal() / 16);
    return builder.finish(
      name,
      builder.add({ op: 'linear', name: 'logits', inputs: [flat], map: dense(inputs, classes), weights }),
    );
  }
}

/** ResNet-20 (He et al. 2016) with `width` channels in its first stage, on side x side images. */
export async function resnet20(
  calibration: Float32Array,
  side: number,
  width: number,
  activation: RealActivation,
): Promise<Graph> {
  const deep = new Deep(calibration, side);
  let at = deep.activate('act', await deep.conv('conv', deep.input, width, 3), activation);
  for (const [stage, channels] of [width, 2 * width, 4 * width].entries()) {
    for (let block = 0; block < 3; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const name = `s${stage}b${block}`;
      const inner = deep.activate(
        `${name}/act1`,
        await deep.conv(`${name}/conv1`, at, channels, 3, stride),
        activation,
      );
      const outer = await deep.conv(`${name}/conv2`, inner, channels, 3);
      const short = stride === 1 ? at : await deep.conv(`${name}/short`, at, channels, 1, stride);
      at = deep.activate(`${name}/act2`, deep.add(`${name}/add`, [outer, short]), activation);
    }
  }
  return deep.finish('resnet20', at);
}

/** Factor of channels in the middle, channels, blocks, stride of the first (Sandler et al. 2018, table 2). */
const BOTTLENECKS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** MobileNetV2 with `width` times its channels, on side x side images. */
export async function mobilenetV2(calibration: Float32Array, side: number, width: number): Promise<Graph> {
  const deep = new Deep(calibration, side);
  const clip: RealActivation = { activation: 'clip', clipMax: 6 };
  const scaled = (channels: number): number => Math.max(8, Math.round((channels * width) / 8) * 8);
  let at = deep.activate('act', await deep.conv('conv', deep.input, scaled(32), 3, 2), clip);
  for (const [stage, [factor, channels, blocks, first]] of BOTTLENECKS.entries()) {
    for (let block = 0; block < blocks; block++) {
      const name = `s${stage}b${block}`;
      const before = deep.builder.shape(at).at(-1)!;
      const middle = before * factor;
      const stride = block === 0 ? first : 1;
      const wide =
        factor === 1 ? at : deep.activate(`${name}/act1`, await deep.conv(`${name}/wide`, at, middle, 1), clip);
      const depthwise = await deep.conv(`${name}/depthwise`, wide, middle, 3, stride, middle);
      const narrow = await deep.conv(
        `${name}/narrow`,
        deep.activate(`${name}/act2`, depthwise, clip),
        scaled(channels),
        1,
      );
      at = stride === 1 && before === scaled(channels) ? deep.add(`${name}/add`, [at, narrow]) : narrow;
    }
  }
  const last = deep.activate('last/act', await deep.conv('last', at, scaled(1280), 1), clip);
  const [inHeight, inWidth, channels] = deep.builder.shape(last) as [number, number, number];
  const pool = {
    ...{ inHeight, inWidth, channels, windowHeight: inHeight, windowWidth: inWidth },
    ...{ strideHeight: inHeight, strideWidth: inWidth, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 },
  };
  const mean = deep.builder.add({ op: 'averagePool', name: 'mean', inputs: [last], pool, divisor: 'window' });
  return deep.finish('mobilenetV2', mean);
}
