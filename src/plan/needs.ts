/**
 * What a plan needs of the machines of its participants: memory of each process at most, and disk while bundles wait. The parts are counted from the
 * plan; what a process takes for itself is measured (test/plan/needs.test.ts holds the sums to runs).
 * @module
 */
import { inputSize, outputSize, weightSize } from '../core/linear-map.js';
import { hasDealer } from '../core/trust.js';
import { begunBytes } from '../correlations/bits/transfer-sizes.js';
import { BUNDLE_MEMORY } from '../correlations/spool.js';
import { slotsOf, tableJobBytes } from '../correlations/tables/jobs.js';
import { LABEL_BYTES } from '../gc/schedule.js';
import { workBytes } from '../ot/extension-layout.js';
import { sourcesOf } from '../steps/step.js';
import type { Step as ThreePartyStep } from '../steps/three.js';
import type { Step as TwoPartyStep } from '../steps/two.js';
import { lastUses, linearSteps, openedTensor, ringOf } from './compile.js';
import { keptBytes } from './kept.js';
import { kernelMemory } from './memory.js';
import { type AnyPlan, isThree } from './plan.js';
import { silentMemory } from './silent.js';
import { transfersOf } from './transfers.js';
import type { Plan } from './two.js';
import { exchangeWindows, waitingBytes } from './windows.js';

export interface Need {
  /** Of the process at most. */
  readonly memoryBytes: number;
  /** For each bundle that waits. */
  readonly bundleBytes: number;
  /** For the share of the model, where a store keeps it. */
  readonly modelBytes: number;
}

export type Worker = 'party0' | 'party1' | 'party2' | 'dealer';
export type Needs = { readonly [worker in Worker]?: Need };

/** A process before it has anything to do, with its code, sockets and what waits in them, and garbage that is not collected yet. */
const PROCESS_BYTES = 112 * 1024 * 1024;
/** Batches of transfers and ciphertexts on their way, of parties that have no dealer. */
const EXCHANGE_BYTES = 32 * 1024 * 1024;
/** A thread of bulk work, beside the blocks that it is lent. */
const THREAD_BYTES = 32 * 1024 * 1024;
/** Weights and what is subtracted from or opened of them, before they are in kernel memory. */
const MODEL_COPIES = 3;
/** Tensors come as frames, and are garbage for a while once they are used. */
const GARBAGE = 2;

/** @param threads of each process; with 1 it starts none */
export function needsOf(plan: AnyPlan, threads: number): Needs {
  const model = modelBytes(plan);
  const kernel = kernelMemory(plan).bytes;
  const working = threads > 1 ? threads * THREAD_BYTES : 0;
  const common = PROCESS_BYTES + kernel + working + MODEL_COPIES * model + GARBAGE * tensorBytes(plan);
  if (isThree(plan)) {
    const need = { memoryBytes: common, bundleBytes: 0, modelBytes: 0 };
    return { party0: need, party1: need, party2: need };
  }
  const [first, second] = keptBytes(plan);
  const copies = hasDealer(plan.trust) ? 2 : 1;
  const exchanged = hasDealer(plan.trust) ? 0 : exchangeBytes(plan, threads);
  const party = (kept: number, more: number): Need => ({
    memoryBytes: common + exchanged + more + Math.min(kept, BUNDLE_MEMORY),
    bundleBytes: kept,
    modelBytes: copies * model,
  });
  // the garbler's threads have chunks of their own
  const garbling = garblingBytes(plan, threads);
  if (!hasDealer(plan.trust)) return { party0: party(first, garbling), party1: party(second, 0) };
  const dealer: Need = { memoryBytes: common + garbling, bundleBytes: 0, modelBytes: 0 };
  return { party0: party(first, 0), party1: party(second, 0), dealer };
}

/** Weights and biases, one share. */
function modelBytes(plan: AnyPlan): number {
  const steps = linearSteps<TwoPartyStep | ThreePartyStep>(plan);
  return steps.reduce((sum, { node: { map } }) => sum + ((weightSize(map) + map.outChannels) * ringOf(plan)) / 8, 0);
}

/** Shares that wait to be read, and what the step in turn has beside them, where that is most. */
function tensorBytes(plan: AnyPlan): number {
  const elementBytes = (ringOf(plan) / 8) * (isThree(plan) ? 2 : 1);
  const steps: readonly (TwoPartyStep | ThreePartyStep)[] = plan.steps;
  const lastUse = lastUses(steps, openedTensor(plan));
  let waiting = 0;
  let most = 0;
  for (const step of steps) {
    waiting += step.elements;
    most = Math.max(most, waiting + workElements(plan, step));
    for (const source of new Set(sourcesOf(step))) {
      if (lastUse[source] === step.index) waiting -= steps[source]!.elements;
    }
  }
  return most * elementBytes;
}

/** Elements of what a step reads and makes, masked, sent, received and gathered. */
function workElements(plan: AnyPlan, step: TwoPartyStep | ThreePartyStep): number {
  switch (step.kind) {
    case 'input':
    case 'local':
      return step.elements;
    case 'linear':
      return 3 * plan.batch * (inputSize(step.node.map) + outputSize(step.node.map));
    case 'product':
      return 6 * step.elements;
    case 'garbled':
      return step.instances * (2 * step.spec.values + 2 * step.outputs);
    case 'boolean':
    case 'bits':
      return 2 * step.elements;
    default:
      return step satisfies never;
  }
}

/** By oblivious transfer: the choices of a window, what is begun of its masked bits, and the labels of the step that is served and of the one that is taken. */
function exchangeBytes(plan: Plan, threads: number): number {
  const windows = plan.silent ? [plan.steps] : exchangeWindows(plan);
  const waiting = windows.map((steps) =>
    steps.reduce((sum, step) => {
      const begun = step.kind === 'bits' ? begunBytes(step, ringOf(plan)) : 0;
      return sum + begun + waitingBytes(plan, step);
    }, 0),
  );
  const labels = plan.steps.map((step) => {
    const count = transfersOf(plan, step)?.count ?? 0;
    // of tables and masked bits there are those of a chunk, or of a part of it
    return step.kind === 'garbled' || step.kind === 'bits' ? 0 : 2 * count * LABEL_BYTES;
  });
  // each thread extends by itself, on both sides
  const extending = threads > 1 ? 2 * threads * workBytes(plan.softSpokenK) : 0;
  return (
    EXCHANGE_BYTES + extending + Math.max(...waiting) + Math.max(...labels) + Math.max(...silentMemory(plan.silent))
  );
}

/** Kernel memory of chunks on threads. */
function garblingBytes(plan: Plan, threads: number): number {
  const bits = ringOf(plan);
  const steps = plan.steps.flatMap((step) => (step.kind === 'garbled' ? step : []));
  return Math.max(0, ...steps.map((step) => slotsOf(bits, step, threads) * tableJobBytes(bits, step)));
}
