/** The online phase of three parties: walks the plan on replicated shares. @module */
import type { Arithmetic } from '../correlations/context.js';
import { openedTensor, ringOf } from '../plan/compile.js';
import type { ThreePlan } from '../plan/three.js';
import {
  type PairKeys,
  type Peer,
  type Replicated,
  type ReplicatedModel,
  type RunContext,
  Streams,
} from '../protocols/three/context.js';
import { addZero } from '../protocols/three/linear.js';
import { PROTOCOLS } from '../protocols/three/protocols.js';
import type { Party } from '../steps/three.js';
import { walk } from './walk.js';

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
  const { input, onStep } = execution;
  const output = await walk(PROTOCOLS, { steps: plan.steps, opened: openedTensor(plan), context, input, onStep });
  return addZero(context, streams.take(openingOf(plan)), output.first);
}
