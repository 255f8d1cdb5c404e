/**
 * Networks whose weights are made from a seed when they are loaded: for measurements, not for predictions.
 *
 * A weight is plus or minus scale * u^64, u uniform in [0, 1): few are large, so that signals neither fade nor outgrow what interval
 * arithmetic proves, as with trained weights. Powers by squaring are the same doubles everywhere.
 * @module
 */
import { dense } from '../src/core/linear-map.js';
import { range } from '../src/core/nd.js';
import { expandWords } from '../src/core/prg.js';
import { sizeOf } from '../src/core/ring.js';
import { type Graph, GraphBuilder } from '../src/model/graph.js';
import type { GeneratedName } from './zoo.js';

/** A public constant: there is nothing to hide in these weights. */
const SEED = new Uint8Array(32).fill(7);
const SQUARINGS = 6;
/** Root mean square of the sum over a window, for inputs of root mean square 1. */
const GAIN = 1.4;
const TWO_32 = 2 ** 32;

/** E[(u^64)^2] */
const POWER_VARIANCE = 1 / (2 * 2 ** SQUARINGS + 1);

function randomWeights(count: number, fanIn: number, layer: number): Float32Array {
  const words = expandWords(2 * count, SEED, 'models/generated', layer);
  const scale = GAIN / Math.sqrt(fanIn * POWER_VARIANCE);
  return Float32Array.from({ length: count }, (_, i) => {
    let magnitude = words[2 * i]! / TWO_32;
    for (let k = 0; k < SQUARINGS; k++) magnitude *= magnitude;
    return words[2 * i + 1]! & 1 ? -scale * magnitude : scale * magnitude;
  });
}

class Stack {
  readonly builder: GraphBuilder = new GraphBuilder();
  #last: number;
  #layer = 0;

  constructor(shape: readonly number[]) {
    this.#last = this.builder.input('input', shape);
  }

  /** A square convolution, with same padding where nothing else is said, then a ReLU. */
  conv(side: number, outChannels: number, stride = 1, pad?: number): this {
    return this.#linear(side, outChannels, stride, pad).#relu();
  }

  /** Two convolutions, added to what they read: every other row and column of it, with channels of zeros, where these differ. */
  residual(outChannels: number, stride: number): this {
    const { builder } = this;
    const before = this.#last;
    this.conv(3, outChannels, stride).#linear(3, outChannels, 1);
    const name = `add${this.#layer}`;
    const [height, width, channels] = builder.shape(before) as [number, number, number];
    const kept = (extent: number): number[] => range(0, extent / stride).map((i) => i * stride);
    const rows = builder.gather(name, before, 0, kept(height));
    const around = (outChannels - channels) / 2;
    const same = builder.pad(name, builder.gather(name, rows, 1, kept(width)), 2, around, around);
    this.#last = builder.add({ op: 'add', name, inputs: [this.#last, same] });
    return this.#relu();
  }

  /** A convolution of 1x1 that makes few channels, and two of 1x1 and 3x3 side by side that make `expanded` each. */
  fire(squeezed: number, expanded: number): this {
    const few = this.conv(1, squeezed).#last;
    const one = this.conv(1, expanded).#last;
    this.#last = few;
    const three = this.conv(3, expanded).#last;
    this.#last = this.builder.concat(`fire${this.#layer}`, [one, three], 2);
    return this;
  }

  /** Maxima over windows of 3x3, two apart; the last window may reach over the edge. */
  max(): this {
    const [inHeight, inWidth, channels] = this.builder.shape(this.#last) as [number, number, number];
    const over = (extent: number): number => (extent - 3) % 2;
    const window = { windowHeight: 3, windowWidth: 3, strideHeight: 2, strideWidth: 2 };
    const pads = { padTop: 0, padBottom: over(inHeight), padLeft: 0, padRight: over(inWidth) };
    const pool = { inHeight, inWidth, channels, ...window, ...pads };
    const name = `max${this.#layer}`;
    this.#last = this.builder.add({ op: 'nonlinear', name, inputs: [this.#last], activation: 'none', pool });
    return this;
  }

  /** What there is, as the end. */
  end(name: string): Graph {
    const flat = this.builder.reshape('flatten', this.#last, [sizeOf(this.builder.shape(this.#last))]);
    return this.builder.finish(name, flat);
  }

  #linear(side: number, outChannels: number, stride: number, pad: number = (side - 1) / 2): this {
    const [inHeight, inWidth, inChannels] = this.builder.shape(this.#last) as [number, number, number];
    const pads = { padTop: pad, padBottom: pad, padLeft: pad, padRight: pad };
    const map = {
      ...dense(inChannels, outChannels),
      inHeight,
      inWidth,
      kernelHeight: side,
      kernelWidth: side,
      strideHeight: stride,
      strideWidth: stride,
      ...pads,
    };
    const name = `conv${this.#layer + 1}`;
    const weights = randomWeights(side * side * inChannels * outChannels, side * side * inChannels, this.#layer++);
    this.#last = this.builder.add({ op: 'linear', name, inputs: [this.#last], map, weights });
    return this;
  }

  #relu(): this {
    const name = `${this.builder.nodes[this.#last]!.name}_relu`;
    this.#last = this.builder.add({ op: 'nonlinear', name, inputs: [this.#last], activation: 'relu' });
    return this;
  }

  /** Means over square windows. */
  mean(side: number): this {
    const [inHeight, inWidth, channels] = this.builder.shape(this.#last) as [number, number, number];
    const window = { windowHeight: side, windowWidth: side, strideHeight: side, strideWidth: side };
    const pool = { inHeight, inWidth, channels, ...window, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 };
    const name = `mean${this.#layer}`;
    this.#last = this.builder.add({ op: 'averagePool', name, inputs: [this.#last], pool, divisor: 'window' });
    return this;
  }

  /** All elements to `outputs`, and the end. */
  dense(name: string, outputs: number): Graph {
    const inputs = this.builder.shape(this.#last).reduce((product, extent) => product * extent, 1);
    const flat = this.builder.reshape('flatten', this.#last, [inputs]);
    const weights = randomWeights(inputs * outputs, inputs, this.#layer);
    const map = dense(inputs, outputs);
    return this.builder.finish(name, this.builder.add({ op: 'linear', name: 'logits', inputs: [flat], map, weights }));
  }
}

function minionnCifar(): Graph {
  const stack = new Stack([32, 32, 3]).conv(3, 64).conv(3, 64).mean(2).conv(3, 64).conv(3, 64).mean(2);
  return stack.conv(3, 64).conv(1, 64).conv(1, 16).dense('minionn-cifar', 10);
}

/** He et al., Deep residual learning for image recognition (2016), section 4.2, with shortcuts without parameters; batch normalisation is in the weights. */
function resnet20(): Graph {
  const stack = new Stack([32, 32, 3]).conv(3, 16);
  for (const channels of [16, 32, 64]) {
    for (let block = 0; block < 3; block++) stack.residual(channels, channels > 16 && block === 0 ? 2 : 1);
  }
  return stack.mean(8).dense('resnet-20', 10);
}

/** Version 1.1 of Iandola et al., SqueezeNet (arXiv 1602.07360), as its authors published it: 224x224 images, 1,000 classes. */
function squeezenet(): Graph {
  const stack = new Stack([224, 224, 3]).conv(3, 64, 2, 0).max().fire(16, 64).fire(16, 64);
  stack.max().fire(32, 128).fire(32, 128).max().fire(48, 192).fire(48, 192).fire(64, 256).fire(64, 256);
  return stack.conv(1, 1000).mean(13).end('squeezenet');
}

const MAKERS: Readonly<Record<GeneratedName, () => Graph>> = {
  'minionn-cifar': minionnCifar,
  'resnet-20': resnet20,
  squeezenet,
};

/** The network of that name, or undefined where there is none. */
export function generatedModel(name: string): Graph | undefined {
  return isGenerated(name) ? { ...MAKERS[name](), card: { anyInput: true } } : undefined;
}

function isGenerated(name: string): name is GeneratedName {
  return Object.hasOwn(MAKERS, name);
}
