/**
 * Three parties, once a model: replicated shares from the owner, a key for each pair, circuits and weights in kernel memory. There is
 * nothing else to prepare.
 * @module
 */

import type { Program } from '../../circuits/program.js';
import { weightSize } from '../core/linear-map.js';
import { expandWords } from '../core/prg.js';
import { wordsPerElement } from '../core/ring.js';
import { asShare } from '../core/secret.js';
import type { Arithmetic } from '../correlations/context.js';
import type { LinearWeights } from '../model/fixed-model.js';
import { linearSteps, ringOf } from '../plan/compile.js';
import { booleanSteps, type ThreePlan } from '../plan/three.js';
import { randomSeed, SEED_BYTES, type Seed } from '../platform/random.js';
import { windowsOf } from '../protocols/instances.js';
import type { PairKeys, Peer, ReplicatedModel, ReplicatedWeights } from '../protocols/three/context.js';
import { weightOperands } from '../protocols/three/linear.js';
import { makeResident, type ResidentProgram } from '../sliced/slots.js';
import type { Party } from '../steps/three.js';

/** One component of all weights, by linear step. */
export type ModelComponent = ReadonlyMap<number, LinearWeights>;

/** Components 0 and 1 of the model from two fresh seeds, component 2 is the rest. */
export function splitModel(
  plan: ThreePlan,
  { bits, kernels }: Pick<Arithmetic, 'bits' | 'kernels'>,
  parameters: ReadonlyMap<number, LinearWeights>,
): { seeds: readonly [Seed, Seed]; rest: Map<number, LinearWeights> } {
  const seeds = [randomSeed('owner/components'), randomSeed('owner/components')] as const;
  const [first, second] = seeds.map((seed) => expandComponent(plan, seed)) as [ModelComponent, ModelComponent];
  const rest = new Map<number, LinearWeights>();
  for (const { index } of linearSteps(plan)) {
    const without = (pick: (weights: LinearWeights) => Uint32Array): Uint32Array =>
      kernels.sub(
        bits,
        kernels.sub(bits, pick(parameters.get(index)!), pick(first.get(index)!)),
        pick(second.get(index)!),
      );
    rest.set(index, { weights: without(({ weights }) => weights), bias: without(({ bias }) => bias) });
  }
  return { seeds, rest };
}

/** The component that a seed stands for. */
export function expandComponent(plan: ThreePlan, seed: Seed): ModelComponent {
  const perElement = wordsPerElement(ringOf(plan));
  return new Map(
    linearSteps(plan).map(({ index, node }) => [
      index,
      {
        weights: expandWords(weightSize(node.map) * perElement, seed, 'three/weights', index),
        bias: expandWords(node.map.outChannels * perElement, seed, 'three/bias', index),
      },
    ]),
  );
}

/** Keys with both neighbours: each party draws the one that it shares with the party before it. */
export async function agreeKeys(previous: Peer, next: Peer): Promise<PairKeys> {
  const first = randomSeed('party/pair-key');
  await previous.send(0, first);
  const second = (await next.receive(0, SEED_BYTES)).slice();
  return { first, second };
}

/** Makes a party's two components of the model ready for use. */
export function loadComponents(
  plan: ThreePlan,
  arithmetic: Arithmetic,
  party: Party,
  keys: PairKeys,
  first: ModelComponent,
  second: ModelComponent,
): ReplicatedModel {
  const { kernels } = arithmetic;
  const layers = new Map<number, ReplicatedWeights>();
  for (const { index } of linearSteps(plan)) {
    const { weights, bias } = first.get(index)!;
    const operands = weightOperands(arithmetic, party, { first: weights, second: second.get(index)!.weights });
    layers.set(index, {
      weights: operands.map((operand) => asShare(kernels.resident(operand))),
      bias: asShare(bias),
    });
  }
  const residents = new Map<Program, ResidentProgram>();
  const programs = new Map<number, ResidentProgram>();
  const windows = new Map<number, Int32Array>();
  for (const step of booleanSteps(plan)) {
    const resident = residents.get(step.program) ?? makeResident(arithmetic.module, step.program);
    residents.set(step.program, resident);
    programs.set(step.index, resident);
    const indices = windowsOf(step, plan.batch);
    if (indices !== undefined) windows.set(step.index, indices);
  }
  return { keys, layers, programs, windows };
}
