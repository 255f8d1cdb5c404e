/** Networks with squares that are small enough for homomorphic encryption in seconds, and images for them. */
import { type Dense, outSide, type SquareNetwork, type Windows } from '../../bench/he/network.js';
import type { MnistImages } from '../../models/mnist.js';

/** mulberry32: the same network in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const windows: Windows = { side: 5, kernel: 3, stride: 2, pad: 1 };

/** Weights of both signs, most of them small. */
export function networkOf(windows: Windows, channels: number, units: number, classes: number): SquareNetwork {
  const next = random(1);
  const layer = (inputs: number, outputs: number): Dense => ({
    inputs,
    outputs,
    weights: Float64Array.from({ length: inputs * outputs }, () => (2 * next() - 1) ** 3),
    bias: Float64Array.from({ length: outputs }, () => next() - 0.5),
  });
  const conv = layer(windows.kernel ** 2, channels);
  return { windows, conv, hidden: layer(outSide(windows) ** 2 * channels, units), logits: layer(units, classes) };
}

export const tiny: SquareNetwork = networkOf(windows, 2, 5, 3);

/** Images for windows of any side, as bytes. */
export function imagesFor({ side }: Windows, count: number): MnistImages {
  const next = random(7);
  const bytes = (length: number, below: number): Uint8Array =>
    Uint8Array.from({ length }, () => Math.floor(below * next()));
  return { count, images: bytes(count * side ** 2, 256), labels: bytes(count, 3) };
}
