/**
 * A bilinear map as products of polynomials mod X^N + 1, no rotation: inputs and weights are put at coefficients where the products of what belongs together
 * meet, and nothing else (Cheetah, USENIX Security 2022, section 4; here with phases for strides, blocks, batches and groups).
 *
 *     x[c][n][i][j]     at  c S + n R + i V + j                  S = images * R, R = rows * V: coefficients of a channel, of an image
 *     w[m][c][a][b]     at  m C S + O - c S - a V - b            C channels in a polynomial, a and b the offsets of a tap
 *     y[m][n][i][j]     at  m C S + O + n R + i V + j            O = (C - 1) S + (largest a) V + (largest b)
 *
 * As all of (m, c, n, i, j) are digits of a number below N, two terms meet at an output's coefficient, mod X^N + 1 too, only if they belong to it. A weight
 * whose index would be N or more meets no input: its window lies in the padding.
 * @module
 */
import { type Conv2d, inputSize, outputSize } from '../../core/linear-map.js';
import { type RingBits, wordsPerElement } from '../../core/ring.js';
import type { Phase, Range } from './axis.js';
import { blockCount, type Layout } from './layout.js';

/** Where the outputs of an answer are: coefficient by coefficient, the element of the output. */
export interface AnswerMap {
  readonly coefficients: Uint32Array;
  readonly elements: Uint32Array;
}

/** Consecutive polynomials of inputs, counted within a block, and of weights, counted over all answers. */
export interface Run {
  readonly input: number;
  readonly weights: number;
  readonly count: number;
}

/** The channels of one polynomial. */
interface Channels {
  readonly first: number;
  readonly end: number;
}

interface Block {
  readonly batch: Range;
  readonly height: Range;
  readonly width: Range;
}

export class Packing {
  readonly layout: Layout;
  readonly blocks: number;
  /** Polynomials of a block: of inputs, and of answers. */
  readonly inputsOfBlock: number;
  readonly answersOfBlock: number;
  /** Polynomials of weights, which all blocks share. */
  readonly weights: number;
  /** What each answer of a block, of whichever one, is the sum of. */
  readonly runs: readonly Run[];
  readonly #map: Conv2d;
  /** V, R, S and C S. */
  readonly #row: number;
  readonly #image: number;
  readonly #channel: number;
  readonly #outChannel: number;
  readonly #origin: number;
  /** By channel of the layout, of one channel of the map. */
  readonly #phases: readonly (readonly [Phase, Phase])[];

  constructor(map: Conv2d, layout: Layout) {
    const { batch, height, width, channels } = layout;
    this.layout = layout;
    this.#map = map;
    this.#phases = height.axis.phases.flatMap((rows) => width.axis.phases.map((columns) => [rows, columns] as const));
    this.blocks = blockCount(layout);
    this.inputsOfBlock = Math.ceil(layout.inputChannels / channels);
    this.answersOfBlock = Math.ceil(map.outChannels / layout.outChannels);
    const runs: Run[] = [];
    let weights = 0;
    for (let answer = 0; answer < this.answersOfBlock; answer++) {
      const run = { weights, ...this.#meeting(answer) };
      runs.push(run);
      weights += run.count;
    }
    this.runs = runs;
    this.weights = weights;
    this.#row = width.extent;
    this.#image = height.extent * this.#row;
    this.#channel = batch.extent * this.#image;
    this.#outChannel = channels * this.#channel;
    this.#origin = (channels - 1) * this.#channel + height.axis.mostOffset * this.#row + width.axis.mostOffset;
  }

  /** Polynomials of inputs, over all blocks. */
  get inputs(): number {
    return this.blocks * this.inputsOfBlock;
  }

  /** Answers, over all blocks. */
  get answers(): number {
    return this.blocks * this.answersOfBlock;
  }

  /** Polynomial `index` of inputs, block after block, as ring words. @param x [batch, height, width, channels] */
  packInput(bits: RingBits, index: number, x: Uint32Array): Uint32Array {
    const map = this.#map;
    const perElement = wordsPerElement(bits);
    const packed = new Uint32Array(this.layout.degree * perElement);
    const { batch, height, width } = this.#block(Math.floor(index / this.inputsOfBlock));
    const { first, end } = this.#channels(index % this.inputsOfBlock);
    for (let channel = first; channel < end; channel++) {
      const [rows, columns] = this.#phases[channel % this.#phases.length]!;
      const c = Math.floor(channel / this.#phases.length);
      for (let n = batch.firstInput; n < batch.endInput; n++) {
        for (let i = height.firstInput; i < height.endInput; i++) {
          const y = i * map.strideHeight + rows.phase;
          if (y >= map.inHeight) break;
          let to =
            (channel - first) * this.#channel +
            (n - batch.firstInput) * this.#image +
            (i - height.firstInput) * this.#row;
          for (let j = width.firstInput; j < width.endInput; j++, to++) {
            const z = j * map.strideWidth + columns.phase;
            if (z >= map.inWidth) break;
            const from = n * inputSize(map) + (y * map.inWidth + z) * map.inChannels + c;
            for (let word = 0; word < perElement; word++) packed[to * perElement + word] = x[from * perElement + word]!;
          }
        }
      }
    }
    return packed;
  }

  /**
   * The weights between a polynomial of inputs and an answer, each counted within a block, as ring words.
   * @param w [kernelHeight, kernelWidth, channels of a group, outChannels]
   */
  packWeights(bits: RingBits, input: number, answer: number, w: Uint32Array): Uint32Array {
    const map = this.#map;
    const { degree, outChannels } = this.layout;
    const perElement = wordsPerElement(bits);
    const packed = new Uint32Array(degree * perElement);
    const { first, end } = this.#channels(input);
    const firstOut = answer * outChannels;
    const endOut = Math.min(map.outChannels, firstOut + outChannels);
    const groupIn = map.inChannels / map.groups;
    const groupOut = map.outChannels / map.groups;
    for (let channel = first; channel < end; channel++) {
      const [rows, columns] = this.#phases[channel % this.#phases.length]!;
      const c = Math.floor(channel / this.#phases.length);
      const group = Math.floor(c / groupIn);
      for (const a of rows.taps) {
        for (const b of columns.taps) {
          const at = this.#origin - (channel - first) * this.#channel - a.offset * this.#row - b.offset;
          const from = ((a.tap * map.kernelWidth + b.tap) * groupIn + (c % groupIn)) * map.outChannels;
          const last = Math.min(endOut, (group + 1) * groupOut);
          for (let m = Math.max(firstOut, group * groupOut); m < last; m++) {
            const to = (m - firstOut) * this.#outChannel + at;
            if (to < degree) put(perElement, packed, to, w, from + m);
          }
        }
      }
    }
    return packed;
  }

  /** The outputs that an answer holds, of [batch, height, width, channels]. */
  answerMap(answer: number): AnswerMap {
    const map = this.#map;
    const { batch, height, width } = this.#block(Math.floor(answer / this.answersOfBlock));
    const firstOut = (answer % this.answersOfBlock) * this.layout.outChannels;
    const channels = Math.min(map.outChannels, firstOut + this.layout.outChannels) - firstOut;
    const outputs = channels * outputsOf(batch) * outputsOf(height) * outputsOf(width);
    const coefficients = new Uint32Array(outputs);
    const elements = new Uint32Array(outputs);
    const outWidth = this.layout.width.axis.outputs;
    let next = 0;
    for (let m = 0; m < channels; m++) {
      for (let n = batch.firstOutput; n < batch.endOutput; n++) {
        for (let i = height.firstOutput; i < height.endOutput; i++) {
          const to =
            this.#origin +
            m * this.#outChannel +
            (n - batch.firstInput) * this.#image +
            (i - height.firstInput) * this.#row -
            width.firstInput;
          const from = n * outputSize(map) + i * outWidth * map.outChannels + firstOut + m;
          for (let j = width.firstOutput; j < width.endOutput; j++, next++) {
            coefficients[next] = to + j;
            elements[next] = from + j * map.outChannels;
          }
        }
      }
    }
    return { coefficients, elements };
  }

  /** How many outputs an answer holds. */
  outputsIn(answer: number): number {
    const { batch, height, width } = this.#block(Math.floor(answer / this.answersOfBlock));
    const firstOut = (answer % this.answersOfBlock) * this.layout.outChannels;
    const channels = Math.min(this.#map.outChannels, firstOut + this.layout.outChannels) - firstOut;
    return channels * outputsOf(batch) * outputsOf(height) * outputsOf(width);
  }

  /** The polynomials of inputs that an answer needs: of channels that are in a group with its own. */
  #meeting(answer: number): { readonly input: number; readonly count: number } {
    const { groups, inChannels, outChannels } = this.#map;
    const { channels } = this.layout;
    const firstOut = answer * this.layout.outChannels;
    const lastOut = Math.min(outChannels, firstOut + this.layout.outChannels) - 1;
    const groupIn = (inChannels / groups) * this.#phases.length;
    const groupOut = outChannels / groups;
    const firstChannel = Math.floor(firstOut / groupOut) * groupIn;
    const endChannel = (Math.floor(lastOut / groupOut) + 1) * groupIn;
    const input = Math.floor(firstChannel / channels);
    return { input, count: Math.ceil(endChannel / channels) - input };
  }

  #channels(index: number): Channels {
    const { channels, inputChannels } = this.layout;
    return { first: index * channels, end: Math.min(inputChannels, (index + 1) * channels) };
  }

  #block(index: number): Block {
    const { batch, height, width } = this.layout;
    const [rows, columns] = [height.ranges.length, width.ranges.length];
    return {
      batch: batch.ranges[Math.floor(index / (rows * columns))]!,
      height: height.ranges[Math.floor(index / columns) % rows]!,
      width: width.ranges[index % columns]!,
    };
  }
}

function outputsOf({ firstOutput, endOutput }: Range): number {
  return endOutput - firstOutput;
}

function put(perElement: number, to: Uint32Array, at: number, from: Uint32Array, element: number): void {
  for (let word = 0; word < perElement; word++) to[at * perElement + word] = from[element * perElement + word]!;
}
