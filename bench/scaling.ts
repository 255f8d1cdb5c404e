/** How time and bytes grow with the work: one quantity varied, a power law fitted. @module */
import { availableParallelism } from 'node:os';
import { macsOf } from '../src/core/linear-map.js';
import type { RingBits } from '../src/core/ring.js';
import type { FixedModel, LinearNode } from '../src/model/fixed-model.js';
import type { Job } from './agenda.js';
import { runMs, workOf } from './estimate.js';
import { type Mode, planFields } from './modes.js';
import { runPrivate } from './private.js';
import type { Series } from './results.js';
import { convModel, reluModel, uniformReals } from './synthetic.js';

const RELU_COUNTS = [2_000, 8_000, 32_000, 128_000];
const BATCHES = [1, 4, 16, 64];
const KERNEL = 4;
/** Positions of a side. Products by oblivious transfer send 66 bytes a multiply-add in each direction, so theirs are smaller. */
const CONVOLUTIONS = {
  usual: { sides: [4, 8, 16, 32], channels: 64 },
  slow: { sides: [2, 4, 8, 16], channels: 16 },
} as const;
const RINGS: readonly RingBits[] = [32, 64];
const RING_RELUS = 16_384;
const QUICK_RELUS = 1024;
const THREAD_RELUS = 131_072;
const PASSES = 3;
/** A line through fewer points fits always. */
const FEWEST_FITTED = 3;

/** What can be varied, and which points. */
export interface ScalingOptions {
  readonly modes: readonly Mode[];
  /** A trained network for the series over the batch. */
  readonly network: { readonly name: string; readonly model: FixedModel; readonly inputs: Float32Array };
  /** Fewer and smaller points. */
  readonly quick?: boolean;
  readonly onProgress?: (what: string) => void;
}

interface Point {
  readonly x: number;
  readonly model: FixedModel;
  readonly count: number;
  readonly inputs: Float32Array;
  readonly threads?: number;
}

type Sweep = Pick<Series, 'key' | 'unit' | 'name'> & { readonly points: readonly Point[] };

/** Time grows by x^slope: least squares on logarithms. */
export function slopeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const mean = (pick: 0 | 1): number => logs.reduce((sum, log) => sum + log[pick], 0) / logs.length;
  const [centre, level] = [mean(0), mean(1)];
  const across = logs.reduce((sum, [x, y]) => sum + (x - centre) * (y - level), 0);
  return across / logs.reduce((sum, [x]) => sum + (x - centre) ** 2, 0);
}

/** The fitted exponents, where there are points enough to fit. */
export function slopesOf(points: Series['points']): Series['slopes'] {
  if (points.length < FEWEST_FITTED) return null;
  const memory = points.flatMap(({ x, memoryBytes }) => (memoryBytes === undefined ? [] : [{ x, y: memoryBytes }]));
  return {
    ms: slopeOf(points.map(({ x, ms }) => ({ x, y: ms }))),
    bytes: slopeOf(points.map(({ x, bytes }) => ({ x, y: bytes }))),
    ...(memory.length === points.length ? { memoryBytes: slopeOf(memory) } : {}),
  };
}

/** What measureScaling does, and about how long it takes. */
export function scalingJobs(options: ScalingOptions): Job[] {
  return options.modes.flatMap((mode) =>
    sweepsOf(mode, options).flatMap((sweep) =>
      sweep.points.map((point): Job => {
        const work = workOf({ graph: point.model.graph, batch: point.count, ...planFields(mode) });
        return { what: titleOf(sweep, point, mode), ms: runMs(work, passesOf(options) + 1) };
      }),
    ),
  );
}

function titleOf({ name, unit }: Sweep, { x }: Point, mode: Mode): string {
  return `scaling by ${name}: ${x} ${unit}, ${mode.name}`;
}

function passesOf({ quick = false }: ScalingOptions): number {
  return quick ? 1 : PASSES;
}

export async function measureScaling(options: ScalingOptions): Promise<Series[]> {
  const { modes, onProgress = () => {} } = options;
  const series: Series[] = [];
  for (const mode of modes) {
    for (const sweep of sweepsOf(mode, options)) {
      const measured: Series['points'][0][] = [];
      let exact = true;
      for (const point of sweep.points) {
        onProgress(titleOf(sweep, point, mode));
        const { x, ...job } = point;
        const figures = await runPrivate({ ...job, mode, batch: job.count, passes: passesOf(options) });
        const { offline, online, client } = figures.bytes;
        const ms = figures.ms.offline + figures.ms.online;
        measured.push({ x, ms, bytes: offline + online + client, memoryBytes: figures.peakMemoryBytes });
        exact &&= figures.exactInputs === job.count;
      }
      const { key, unit, name } = sweep;
      const slopes = slopesOf(measured);
      series.push({ key: `${key}/${mode.key}`, unit, name, mode: mode.name, points: measured, slopes, exact });
    }
  }
  return series;
}

function sweepsOf(mode: Mode, { network, quick = false }: ScalingOptions): Sweep[] {
  const few = <T>(points: readonly T[]): readonly T[] => (quick ? points.slice(0, 2) : points);
  const { sides, channels } = CONVOLUTIONS[mode.slow ? 'slow' : 'usual'];
  const size = network.inputs.length / Math.max(...BATCHES);
  const sweeps: Sweep[] = [
    { key: 'relus', unit: 'ReLUs', name: 'ReLUs in one layer', points: few(RELU_COUNTS).map((x) => reluPoint(x, 32)) },
    {
      key: 'macs',
      unit: 'MACs',
      name: 'multiply-adds of a convolution',
      points: few<number>(sides).map((side) => convPoint(side, channels)),
    },
    {
      key: 'batch',
      unit: 'images',
      name: `images at once through ${network.name}`,
      points: few(mode.slow ? BATCHES.slice(0, -1) : BATCHES).map((x) => ({
        x,
        model: network.model,
        count: x,
        inputs: network.inputs.subarray(0, x * size),
      })),
    },
    {
      key: 'ring',
      unit: 'bits',
      name: `ring width at ${quick ? QUICK_RELUS : RING_RELUS} ReLUs`,
      points: RINGS.map((bits) => ({ ...reluPoint(quick ? QUICK_RELUS : RING_RELUS, bits), x: bits })),
    },
  ];
  // three parties have no offline phase, which is what threads share
  if (mode.trust.parties === 2) {
    const relus = quick ? QUICK_RELUS : THREAD_RELUS;
    const point = reluPoint(relus, 32);
    const points = threadCounts().map((threads) => ({ ...point, x: threads, threads }));
    sweeps.push({ key: 'threads', unit: 'threads', name: `threads of each process at ${relus} ReLUs`, points });
  }
  return sweeps;
}

/** 1, 2, 4 ... up to the cores, 2 in any case. */
function threadCounts(): number[] {
  const counts = [1, 2];
  for (let next = 4; next <= availableParallelism(); next *= 2) counts.push(next);
  return counts;
}

/** Images that measureScaling needs of the network. */
export const SCALING_IMAGES: number = Math.max(...BATCHES);

function reluPoint(relus: number, ringBits: RingBits): Point {
  return { x: relus, model: reluModel(relus, ringBits), count: 1, inputs: uniformReals(relus) };
}

function convPoint(side: number, channels: number): Point {
  const model = convModel(side, KERNEL, channels);
  const { map } = model.graph.nodes[1] as LinearNode;
  const inputs = uniformReals(map.inHeight * map.inWidth * channels);
  return { x: macsOf(map), model, count: 1, inputs };
}
