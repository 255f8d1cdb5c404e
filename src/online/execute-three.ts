/** The online phase of three parties: walks the plan on replicated shares. @module */
import type { Share } from '../core/secret.js';
import { asShare } from '../core/secret.js';
import { turn } from '../core/turn.js';
import { ringOf } from '../plan/plan.js';
import { openedTensor, type ThreePlan } from '../plan/three.js';
import type { Arithmetic } from '../protocols/context.js';
import { runLocal } from '../protocols/local.js';
import { runBoolean } from '../protocols/three/boolean.js';
import {
  type PairKeys,
  type Peer,
  type Replicated,
  type ReplicatedModel,
  type RunContext,
  Streams,
} from '../protocols/three/context.js';
import { addZero, runLinear } from '../protocols/three/linear.js';
import { runProduct } from '../protocols/three/product.js';
import { type LocalStep, type Party, type Step, sourcesOf } from '../protocols/three/step.js';

/** What a party brings to one inference. */
export interface ThreeExecution {
  readonly party: Party;
  readonly model: ReplicatedModel;
  readonly streams: Streams;
  /** This party's components of the input, [batch, ...shape]. */
  readonly input: Replicated;
  /** By party; this party's own entry is never used. */
  readonly peers: readonly Peer[];
  /** Called with each step's output, for progress and for tests. */
  readonly onStep?: (index: number, share: Replicated) => void;
}

/** The randomness of inference `number`: every step that draws any has streams of its own, and so has the opening. */
export function openStreams(plan: ThreePlan, keys: PairKeys, number: number): Streams {
  const drawing = plan.steps.filter(({ kind }) => kind !== 'input' && kind !== 'local').map(({ index }) => index);
  return new Streams(keys, number, [...drawing, openingOf(plan)]);
}

/** The opening comes after the last step. */
function openingOf(plan: ThreePlan): number {
  return plan.steps.length;
}

/**
 * What this party sends the client: its first component of the output plus a share of zero, so that the three tell nothing but
 * their sum.
 */
export async function executeThree(
  plan: ThreePlan,
  arithmetic: Arithmetic,
  execution: ThreeExecution,
): Promise<Uint32Array> {
  const { party, model, streams, peers } = execution;
  const context: RunContext = { ...arithmetic, bits: ringOf(plan), batch: plan.batch, party, model, streams, peers };
  const lastUse = lastUses(plan);
  const tensors = new Map<number, Replicated>();
  for (const step of plan.steps) {
    const share = await run(context, step, tensors, execution.input);
    tensors.set(step.index, share);
    execution.onStep?.(step.index, share);
    await turn();
    for (const [index, last] of lastUse.entries()) if (last === step.index) tensors.delete(index);
  }
  return addZero(context, streams.take(openingOf(plan)), tensors.get(openedTensor(plan))!.first);
}

async function run(
  context: RunContext,
  step: Step,
  tensors: ReadonlyMap<number, Replicated>,
  input: Replicated,
): Promise<Replicated> {
  switch (step.kind) {
    case 'input':
      return input;
    case 'linear':
      return runLinear(context, step, tensors.get(step.source)!);
    case 'product': {
      const [x, y = x] = step.sources;
      return runProduct(context, step, tensors.get(x)!, tensors.get(y)!);
    }
    case 'boolean':
      return runBoolean(context, step, tensors.get(step.source)!);
    case 'local': {
      const sources = step.sources.map((source) => tensors.get(source)!);
      return asShare({
        first: onComponent(context, step, sources, 'first'),
        second: onComponent(context, step, sources, 'second'),
      });
    }
  }
}

/** A linear map of one component. */
function onComponent(
  context: RunContext,
  step: LocalStep,
  sources: readonly Replicated[],
  component: 'first' | 'second',
): Share<Uint32Array> {
  return runLocal(
    context,
    context.batch,
    step,
    sources.map((source) => asShare(source[component])),
  );
}

function lastUses(plan: ThreePlan): Int32Array {
  const last = new Int32Array(plan.steps.length).fill(-1);
  for (const step of plan.steps) {
    for (const source of sourcesOf(step)) last[source] = step.index;
  }
  last[openedTensor(plan)] = -1;
  return last;
}
