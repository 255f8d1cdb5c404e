/** How time and bytes grow with the work: one quantity varied, a power law fitted. @module */
import { dense } from '../src/core/linear-map.js';
import { expandWords, randomSeed } from '../src/core/prg.js';
import { type RingBits, wordsPerElement } from '../src/core/ring.js';
import type { FixedModel } from '../src/model/fixed-model.js';
import type { Mode } from './modes.js';
import { runPrivate } from './private.js';
import type { Series } from './results.js';

const RELU_COUNTS = [2_000, 8_000, 32_000, 128_000];
const DENSE_SIDES = [64, 128, 256, 512];
const BATCHES = [1, 4, 16, 64];
const RINGS: readonly RingBits[] = [32, 64];
const RING_RELUS = 16_384;
/** Width of the ReLUs' inputs in each ring, and the fraction bits that they drop. */
const WIDTH: Readonly<Record<RingBits, number>> = { 32: 32, 64: 64 };
const SHIFT = 12;
const LIMIT = 4;
const PASSES = 3;

/** What can be varied, and which points. */
export interface ScalingOptions {
  readonly modes: readonly Mode[];
  /** A trained network for the series over the batch. */
  readonly network: { readonly name: string; readonly model: FixedModel; readonly inputs: Float32Array };
  /** Fewer and smaller points. */
  readonly quick?: boolean;
  readonly onProgress?: (what: string) => void;
}

/** Time grows by x^slope: least squares on logarithms. */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const mean = (pick: 0 | 1): number => logs.reduce((sum, log) => sum + log[pick], 0) / logs.length;
  const [centre, level] = [mean(0), mean(1)];
  const across = logs.reduce((sum, [x, y]) => sum + (x - centre) * (y - level), 0);
  return across / logs.reduce((sum, [x]) => sum + (x - centre) ** 2, 0);
}

export async function measureScaling(options: ScalingOptions): Promise<Series[]> {
  const { network, quick = false, onProgress = () => {} } = options;
  const few = <T>(points: readonly T[]): readonly T[] => (quick ? points.slice(0, 2) : points);
  const series: Series[] = [];
  for (const mode of options.modes) {
    const measure = async (key: string, unit: string, name: string, points: readonly Point[]): Promise<void> => {
      const measured: Series['points'][0][] = [];
      for (const { x, model, count, inputs } of points) {
        onProgress(`scaling by ${name}: ${x} ${unit}, ${mode.name}`);
        const figures = await runPrivate({ model, mode, inputs, count, batch: count, passes: quick ? 1 : PASSES });
        const { offline, online, client } = figures.bytes;
        measured.push({ x, ms: figures.ms.offline + figures.ms.online, bytes: offline + online + client });
      }
      const slopes = {
        ms: slopeOf(measured.map(({ x, ms }) => ({ x, y: ms }))),
        bytes: slopeOf(measured.map(({ x, bytes }) => ({ x, y: bytes }))),
      };
      series.push({ key: `${key}/${mode.key}`, unit, name, mode: mode.name, points: measured, slopes });
    };
    await measure(
      'relus',
      'ReLUs',
      'ReLUs in one layer',
      few(RELU_COUNTS).map((relus) => reluPoint(relus, 32)),
    );
    await measure('macs', 'MACs', 'multiply-adds of a dense layer', few(DENSE_SIDES).map(densePoint));
    const size = network.inputs.length / Math.max(...BATCHES);
    await measure(
      'batch',
      'images',
      `images at once through ${network.name}`,
      few(mode.slow ? BATCHES.slice(0, 3) : BATCHES).map((x) => ({
        x,
        model: network.model,
        count: x,
        inputs: network.inputs.subarray(0, x * size),
      })),
    );
    await measure(
      'ring',
      'bits',
      `ring width at ${RING_RELUS} ReLUs`,
      RINGS.map((bits) => ({ ...reluPoint(quick ? 1024 : RING_RELUS, bits), x: bits })),
    );
  }
  return series;
}

/** Images that measureScaling needs of the network. */
export const SCALING_IMAGES: number = Math.max(...BATCHES);

interface Point {
  readonly x: number;
  readonly model: FixedModel;
  readonly count: number;
  readonly inputs: Float32Array;
}

function uniformReals(count: number): Float32Array {
  return Float32Array.from(expandWords(count, randomSeed(), 'bench'), (word) => (word / 2 ** 32 - 0.5) * LIMIT);
}

function inputNode(elements: number): FixedModel['graph']['nodes'][0] {
  const [low, high] = [-LIMIT, LIMIT];
  return { id: 0, name: 'input', op: 'input', inputs: [], shape: [elements], fractionBits: SHIFT, low, high };
}

function reluPoint(relus: number, ringBits: RingBits): Point {
  const width = WIDTH[ringBits];
  const step = { op: 'nonlinear', activation: 'relu', width, shift: SHIFT, fractionBits: 0 } as const;
  const model: FixedModel = {
    graph: {
      name: 'relu',
      ringBits,
      nodes: [inputNode(relus), { ...step, id: 1, name: 'relu', inputs: [0], shape: [relus] }],
      output: 1,
      outputWidth: width - SHIFT,
      guaranteed: true,
    },
    parameters: new Map(),
  };
  return { x: relus, model, count: 1, inputs: uniformReals(relus) };
}

function densePoint(side: number): Point {
  const map = dense(side, side);
  const words = wordsPerElement(32);
  const model: FixedModel = {
    graph: {
      name: 'dense',
      ringBits: 32,
      nodes: [
        inputNode(side),
        {
          id: 1,
          name: 'dense',
          op: 'linear',
          inputs: [0],
          shape: [side],
          fractionBits: SHIFT,
          map,
          weightFractionBits: 0,
          hasBias: false,
        },
      ],
      output: 1,
      outputWidth: 32,
      guaranteed: true,
    },
    parameters: new Map([
      [
        1,
        {
          weights: expandWords(side * side * words, randomSeed(), 'bench'),
          bias: new Uint32Array(side * words),
        },
      ],
    ]),
  };
  return { x: side * side, model, count: 1, inputs: uniformReals(side) };
}
