/** ReLUs a second of the whole system: every party and the client as processes of their own on loopback. @module */
import { andsOf, compileProgram } from '../circuits/program.js';
import { buildTwo } from '../circuits/shared.js';
import { launch } from '../parties/launch.js';
import type { PlanInput } from '../src/plan/compile.js';
import { median, type Samples, samplesOf } from './measure.js';
import { MODES, planFields } from './modes.js';
import { phaseBytes } from './private.js';
import { reluModel, SHIFT, uniformReals } from './synthetic.js';

/** A layer of this many, on 32-bit inputs that lose 12 fraction bits. */
export const RELUS: { readonly count: number; readonly width: 32; readonly shift: number } = {
  count: 100_000,
  width: 32,
  shift: SHIFT,
};
/** Two parties by the source of their correlated randomness, with a dealer also on masked bits, or three parties; each measured. */
export const RELU_MODES = ['dealer', 'bits', 'ot', 'three'] as const;
export type ReluMode = (typeof RELU_MODES)[number];

/** Keys of MODES. */
const MODE_KEYS: Readonly<Record<ReluMode, string>> = { dealer: 'dealer', bits: 'bits', ot: 'ot', three: '3pc' };

/** The first pass warms up the processes and is not counted. */
const WARM_PASSES = 1;

/** Rates of the passes, offline and online together and apart, and what a ReLU sends. */
export interface ReluFigures {
  readonly both: Samples;
  readonly offlinePerSecond: number;
  readonly onlinePerSecond: number;
  readonly offlineBytes: number;
  readonly onlineBytes: number;
}

/** @param passes how many inferences of the layer are counted, each with a fresh bundle */
export async function relusBy(mode: ReluMode, passes: number): Promise<ReluFigures> {
  const model = reluModel(RELUS.count, RELUS.width);
  const plan: PlanInput = {
    graph: model.graph,
    batch: 1,
    ...planFields(MODES.find(({ key }) => key === MODE_KEYS[mode])!),
  };
  const inputs = uniformReals(RELUS.count);
  const result = await launch({ plan, model, inputs, count: 1, repeat: passes + WARM_PASSES, threads: 1 });
  const counted = result.passes.slice(WARM_PASSES);
  const perSecond = (ms: number): number => (RELUS.count / ms) * 1000;
  return {
    both: samplesOf(counted.map(({ offline, online }) => perSecond(offline.ms + online.ms))),
    offlinePerSecond: median(counted.map(({ offline }) => perSecond(offline.ms))),
    onlinePerSecond: median(counted.map(({ online }) => perSecond(online.ms))),
    offlineBytes: phaseBytes(counted[0]!.offline) / RELUS.count,
    onlineBytes: phaseBytes(counted[0]!.online) / RELUS.count,
  };
}

/** Rows of ANDs of one such ReLU on masked bits. */
export function rowsOfRelu(): number {
  const { circuit } = buildTwo(
    { kind: 'activation', activation: 'relu', values: 1, width: RELUS.width, shift: RELUS.shift, outBits: RELUS.width },
    RELUS.width,
  );
  return andsOf(compileProgram(circuit));
}
