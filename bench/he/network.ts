/**
 * The network of CryptoNets in integers: convolution - square - dense - square - dense, no truncation anywhere.
 *
 * A homomorphic scheme over Z_t adds and multiplies; it cannot round. Pixels become 0..LEVELS, weights become integers, scales
 * multiply up to the logits, and t (or the product of several) must hold the largest logit that any image can give. Values in between
 * may wrap modulo t: that is a ring homomorphism.
 * https://proceedings.mlr.press/v48/gilad-bachrach16.html
 * @module
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { modelsPath } from '../../models/mnist.js';
import { SQUARE_NETWORK } from '../../models/zoo.js';
import { TacitError } from '../../src/core/errors.js';
import { modelFile } from '../../src/model/import/tfjs/schema.js';
import { readWeights, WeightTable } from '../../src/model/import/tfjs/weights.js';

/** y = x W + b; W is [inputs, outputs], row major. */
export interface Dense {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** Windows of kernel x kernel, `stride` apart, on a side x side image with `pad` zeros above and to the left. */
export interface Windows {
  readonly side: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
}

/** conv is the product of one window with [kernel * kernel, channels]; outputs are position major, channels last. */
export interface SquareNetwork {
  readonly windows: Windows;
  readonly conv: Dense;
  readonly hidden: Dense;
  readonly logits: Dense;
}

export interface IntegerNetwork extends SquareNetwork {
  /** Integer logits are real ones times this. */
  readonly scale: number;
  /** No image gives a logit of a larger magnitude: interval arithmetic. */
  readonly bound: number;
}

/** Grey levels of a pixel but for paper: 3 bits. */
export const LEVELS = 7;
const BYTE = 255;
/** Greatest magnitude of the weights of conv, hidden and logits. */
const LARGEST_WEIGHT = [7, 15, 15] as const;

/** Positions of a side of the convolution's output. */
export function outSide({ side, kernel, stride, pad }: Windows): number {
  return Math.floor((side + pad - kernel) / stride) + 1;
}

/** The pixel under tap (ky, kx) of the window at (row, column), or -1 where that is padding. */
export function pixelAt(windows: Windows, row: number, column: number, tap: number): number {
  const { side, kernel, stride, pad } = windows;
  const y = row * stride - pad + Math.floor(tap / kernel);
  const x = column * stride - pad + (tap % kernel);
  return y < 0 || x < 0 || y >= side || x >= side ? -1 : y * side + x;
}

/** The trained network that ships with the project. @throws BAD_MODEL */
export async function loadCryptonets(): Promise<SquareNetwork> {
  const path = modelsPath(`zoo/${SQUARE_NETWORK}/model.json`);
  const { weightsManifest } = modelFile.parse(JSON.parse(await readFile(path, 'utf8')));
  const weights = await readWeights(weightsManifest, (shards) =>
    Promise.all(shards.map((shard) => readFile(join(dirname(path), shard)))),
  );
  const table = new WeightTable(weights);
  const windows = { side: 28, kernel: 5, stride: 2, pad: 1 };
  const [taps, channels, units, classes] = [windows.kernel ** 2, 5, 100, 10];
  const layer = (name: string, inputs: number, outputs: number, shape: readonly number[]): Dense => ({
    inputs,
    outputs,
    weights: Float64Array.from(table.take(name, 'kernel', shape)),
    bias: Float64Array.from(table.take(name, 'bias', [outputs])),
  });
  const features = outSide(windows) ** 2 * channels;
  return {
    windows,
    conv: layer('conv1', taps, channels, [windows.kernel, windows.kernel, 1, channels]),
    hidden: layer('fc1', features, units, [features, units]),
    logits: layer('logits', units, classes, [units, classes]),
  };
}

/** Bytes of a grey image as pixels of the integer network. */
export function levelsOf(bytes: Uint8Array): Float64Array {
  return Float64Array.from(bytes, (byte) => Math.round((byte * LEVELS) / BYTE));
}

/**
 * Rounds the weights, each layer to its own scale: an output of a layer is its real value times the scale of its input times its own.
 * @throws RANGE_OVERFLOW where a logit could leave the integers that doubles hold exactly
 */
export function toIntegers(network: SquareNetwork): IntegerNetwork {
  const conv = rounded(network.conv, LEVELS, LARGEST_WEIGHT[0]);
  const hidden = rounded(network.hidden, conv.scale ** 2, LARGEST_WEIGHT[1]);
  const logits = rounded(network.logits, hidden.scale ** 2, LARGEST_WEIGHT[2]);
  const integers = {
    windows: network.windows,
    conv: conv.dense,
    hidden: hidden.dense,
    logits: logits.dense,
    scale: logits.scale,
  };
  const bound = boundOf(integers);
  if (bound >= Number.MAX_SAFE_INTEGER) {
    throw new TacitError(
      'RANGE_OVERFLOW',
      `integer network: expected logits below 2^53, got up to 2^${Math.log2(bound).toFixed(1)}. Use smaller weights`,
    );
  }
  return { ...integers, bound };
}

function rounded(layer: Dense, inputScale: number, largest: number): { dense: Dense; scale: number } {
  const factor = largest / layer.weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const scale = inputScale * factor;
  const dense = {
    ...layer,
    weights: layer.weights.map((weight) => Math.round(weight * factor)),
    bias: layer.bias.map((bias) => Math.round(bias * scale)),
  };
  return { dense, scale };
}

/** Intervals per unit: y in [P lo - N hi + b, P hi - N lo + b], its square in [0, max(...)^2]. */
function boundOf({ windows, conv, hidden, logits }: SquareNetwork): number {
  const positions = outSide(windows) ** 2;
  const windowBound = squaredBounds(conv, new Float64Array(conv.inputs).fill(LEVELS));
  const features = Float64Array.from({ length: positions * conv.outputs }, (_, i) => windowBound[i % conv.outputs]!);
  const units = squaredBounds(hidden, features);
  return Math.max(...intervals(logits, units).map(([low, high]) => Math.max(-low, high)));
}

function squaredBounds(layer: Dense, highs: Float64Array): Float64Array {
  return Float64Array.from(intervals(layer, highs), ([low, high]) => Math.max(low ** 2, high ** 2));
}

/** Of every output for inputs in [0, high]. */
function intervals({ inputs, outputs, weights, bias }: Dense, highs: Float64Array): [number, number][] {
  return Array.from({ length: outputs }, (_, o) => {
    let [low, high] = [bias[o]!, bias[o]!];
    for (let i = 0; i < inputs; i++) {
      const reach = weights[i * outputs + o]! * highs[i]!;
      if (reach < 0) low += reach;
      else high += reach;
    }
    return [low, high];
  });
}

/** The logits of one image: what decryption must give, integer for integer; real weights give the real network. */
export function evaluate(network: SquareNetwork, pixels: Float64Array): Float64Array {
  const { windows, conv, hidden, logits } = network;
  const size = outSide(windows);
  const features = new Float64Array(size * size * conv.outputs);
  const window = new Float64Array(conv.inputs);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      for (let tap = 0; tap < conv.inputs; tap++) {
        const pixel = pixelAt(windows, row, column, tap);
        window[tap] = pixel < 0 ? 0 : pixels[pixel]!;
      }
      features.set(squared(apply(conv, window)), (row * size + column) * conv.outputs);
    }
  }
  return apply(logits, squared(apply(hidden, features)));
}

function squared(values: Float64Array): Float64Array {
  return values.map((value) => value * value);
}

function apply({ inputs, outputs, weights, bias }: Dense, x: Float64Array): Float64Array {
  const y = bias.slice();
  for (let i = 0; i < inputs; i++) {
    const value = x[i]!;
    if (value === 0) continue;
    for (let o = 0; o < outputs; o++) y[o]! += value * weights[i * outputs + o]!;
  }
  return y;
}
