/**
 * Networks whose weights are made from a seed when they are loaded: for measurements, not for predictions.
 *
 * A weight is plus or minus scale * u^64, u uniform in [0, 1): few are large, so that signals neither fade nor outgrow what interval
 * arithmetic proves, as with trained weights. Powers by squaring are the same doubles everywhere.
 * @module
 */
import { dense } from '../src/core/linear-map.js';
import { expandWords } from '../src/core/prg.js';
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

  /** A square convolution with same padding, then a ReLU. */
  conv(side: number, outChannels: number): this {
    const [inHeight, inWidth, inChannels] = this.builder.shape(this.#last) as [number, number, number];
    const pad = (side - 1) / 2;
    const pads = { padTop: pad, padBottom: pad, padLeft: pad, padRight: pad };
    const map = {
      ...dense(inChannels, outChannels),
      inHeight,
      inWidth,
      kernelHeight: side,
      kernelWidth: side,
      ...pads,
    };
    const name = `conv${this.#layer + 1}`;
    const weights = randomWeights(side * side * inChannels * outChannels, side * side * inChannels, this.#layer++);
    this.#last = this.builder.add({ op: 'linear', name, inputs: [this.#last], map, weights });
    this.#last = this.builder.add({ op: 'nonlinear', name: `${name}_relu`, inputs: [this.#last], activation: 'relu' });
    return this;
  }

  /** Means over 2x2 windows. */
  halve(): this {
    const [inHeight, inWidth, channels] = this.builder.shape(this.#last) as [number, number, number];
    const window = { windowHeight: 2, windowWidth: 2, strideHeight: 2, strideWidth: 2 };
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
  const stack = new Stack([32, 32, 3]).conv(3, 64).conv(3, 64).halve().conv(3, 64).conv(3, 64).halve();
  return stack.conv(3, 64).conv(1, 64).conv(1, 16).dense('minionn-cifar', 10);
}

const MAKERS: Readonly<Record<GeneratedName, () => Graph>> = { 'minionn-cifar': minionnCifar };

/** The network of that name, or undefined where there is none. */
export function generatedModel(name: string): Graph | undefined {
  return isGenerated(name) ? MAKERS[name]() : undefined;
}

function isGenerated(name: string): name is GeneratedName {
  return Object.hasOwn(MAKERS, name);
}
