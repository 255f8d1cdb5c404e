/** ReLUs a second of the whole system: every party and the client as processes of their own on loopback. @module */
import { launch } from '../parties/launch.js';
import type { PhaseCost } from '../src/client.js';
import { expandWords, randomSeed } from '../src/core/prg.js';
import type { TrustModel } from '../src/core/trust.js';
import type { FixedModel } from '../src/model/fixed-model.js';
import type { PlanInput } from '../src/plan/plan.js';
import { median, type Samples, samplesOf } from './measure.js';

/** A layer of this many, on 32-bit inputs that lose 12 fraction bits. */
export const RELUS = { count: 100_000, width: 32, shift: 12 } as const;
/** Two parties by who makes the correlated randomness, or three parties; each measured. */
export const RELU_MODES = ['dealer', 'ot', 'three'] as const;
export type ReluMode = (typeof RELU_MODES)[number];

const TRUST: Readonly<Record<ReluMode, TrustModel>> = {
  dealer: { parties: 2, preprocessing: 'dealer', security: 'semi-honest', reveal: 'logits' },
  ot: { parties: 2, preprocessing: 'ot', security: 'semi-honest', reveal: 'logits' },
  three: { parties: 3, preprocessing: 'none', security: 'semi-honest', reveal: 'logits' },
};

/** The first pass warms up the processes and is not counted. */
const WARM_PASSES = 1;
const INPUT_FRACTION_BITS = 12;
const INPUT_LIMIT = 8;

/** Rates of the passes, offline and online together and apart, and what a ReLU sends. */
export interface ReluFigures {
  readonly both: Samples;
  readonly offlinePerSecond: number;
  readonly onlinePerSecond: number;
  readonly offlineBytes: number;
  readonly onlineBytes: number;
}

function model(): FixedModel {
  const shape = [RELUS.count];
  const { width, shift } = RELUS;
  return {
    graph: {
      name: 'relu',
      ringBits: 32,
      nodes: [
        {
          id: 0,
          name: 'input',
          op: 'input',
          inputs: [],
          shape,
          fractionBits: INPUT_FRACTION_BITS,
          low: -INPUT_LIMIT,
          high: INPUT_LIMIT,
        },
        { id: 1, name: 'relu', op: 'nonlinear', inputs: [0], shape, fractionBits: 0, activation: 'relu', width, shift },
      ],
      output: 1,
      outputWidth: width - shift,
      guaranteed: true,
    },
    parameters: new Map(),
  };
}

function bytesOf(cost: PhaseCost): number {
  return Object.values(cost.bytes).reduce((sum, bytes) => sum + bytes, 0);
}

/** @param passes how many inferences of the layer are counted, each with a fresh bundle */
export async function relusBy(mode: ReluMode, passes: number, signal?: AbortSignal): Promise<ReluFigures> {
  const fixed = model();
  const plan: PlanInput = { graph: fixed.graph, batch: 1, trust: TRUST[mode] };
  const words = expandWords(RELUS.count, randomSeed(), 'bench');
  const inputs = Float32Array.from(words, (word) => (word / 2 ** 32 - 0.5) * INPUT_LIMIT);
  const result = await launch({
    plan,
    model: fixed,
    inputs,
    count: 1,
    repeat: passes + WARM_PASSES,
    threads: 1,
    ...(signal ? { signal } : {}),
  });
  const counted = result.passes.slice(WARM_PASSES);
  const perSecond = (ms: number): number => (RELUS.count / ms) * 1000;
  return {
    both: samplesOf(counted.map(({ offline, online }) => perSecond(offline.ms + online.ms))),
    offlinePerSecond: median(counted.map(({ offline }) => perSecond(offline.ms))),
    onlinePerSecond: median(counted.map(({ online }) => perSecond(online.ms))),
    offlineBytes: bytesOf(counted[0]!.offline) / RELUS.count,
    onlineBytes: bytesOf(counted[0]!.online) / RELUS.count,
  };
}
