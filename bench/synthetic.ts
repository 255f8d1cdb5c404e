/** Networks of one layer with sizes to choose, on inputs drawn at random: for scaling and rates. @module */
import { convOutput, dense } from '../src/core/linear-map.js';
import { expandWords } from '../src/core/prg.js';
import type { RingBits } from '../src/core/ring.js';
import type { FixedModel } from '../src/model/fixed-model.js';
import { randomSeed } from '../src/platform/random.js';

/** Fraction bits of the inputs, and those that a ReLU drops. */
export const SHIFT = 12;
const LIMIT = 4;

/** Uniform reals that the networks here take. */
export function uniformReals(count: number, limit: number = LIMIT): Float32Array {
  return Float32Array.from(
    expandWords(count, randomSeed('bench/seed'), 'bench'),
    (word) => (word / 2 ** 32 - 0.5) * 2 * limit,
  );
}

function inputNode(shape: readonly number[]): FixedModel['graph']['nodes'][0] {
  return { id: 0, name: 'input', op: 'input', inputs: [], shape, fractionBits: SHIFT, low: -LIMIT, high: LIMIT };
}

/** A layer of ReLUs as wide as the ring. */
export function reluModel(relus: number, ringBits: RingBits): FixedModel {
  const step = { op: 'nonlinear', activation: 'relu', width: ringBits, shift: SHIFT, fractionBits: 0 } as const;
  return {
    graph: {
      name: 'relu',
      ringBits,
      nodes: [inputNode([relus]), { ...step, id: 1, name: 'relu', inputs: [0], shape: [relus] }],
      inputs: [{ name: 'input', shape: [relus] }],
      outputs: [{ name: 'relu', shape: [relus] }],
      output: 1,
      outputWidth: ringBits - SHIFT,
      guaranteed: true,
    },
    parameters: new Map(),
  };
}

/** A convolution with random weights mod 2^32, `side` x `side` positions of kernel x kernel windows. */
export function convModel(side: number, kernel: number, channels: number): FixedModel {
  const extent = side + kernel - 1;
  const map = {
    ...dense(channels, channels),
    inHeight: extent,
    inWidth: extent,
    kernelHeight: kernel,
    kernelWidth: kernel,
  };
  const step = { op: 'linear', name: 'conv', inputs: [0], fractionBits: SHIFT, weightFractionBits: 0 } as const;
  return {
    graph: {
      name: 'conv',
      ringBits: 32,
      nodes: [
        inputNode([extent, extent, channels]),
        { ...step, id: 1, shape: [...convOutput(map)], map, hasBias: false },
      ],
      inputs: [{ name: 'input', shape: [extent, extent, channels] }],
      outputs: [{ name: 'conv', shape: convOutput(map) }],
      output: 1,
      outputWidth: 32,
      guaranteed: true,
    },
    parameters: new Map([
      [
        1,
        {
          weights: expandWords(kernel * kernel * channels * channels, randomSeed('bench/seed'), 'bench'),
          bias: new Uint32Array(channels),
        },
      ],
    ]),
  };
}
