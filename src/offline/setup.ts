/**
 * Once a model: the dealer hands out the triples' B as two seeds, and the parties open F = W - B.
 *
 * B is kept for one exact tensor of weights; new weights need a new setup (F - F' would be W - W'). The dealer never sees F.
 * @module
 */
import { weightSize } from '../core/linear-map.js';
import { expandWords } from '../core/prg.js';
import { wordsPerElement } from '../core/ring.js';
import { asShare, type Share } from '../core/secret.js';
import type { Arithmetic, Receiver, Sender, SharedModel, SharedWeights } from '../correlations/context.js';
import type { LinearWeights } from '../model/fixed-model.js';
import { linearSteps, ringOf } from '../plan/compile.js';
import { biasSize, type Plan } from '../plan/two.js';
import { randomSeed, SEED_BYTES, type Seed } from '../platform/random.js';
import { receiveOpening, sendOpenings } from '../protocols/two/open.js';
import { EVALUATOR, GARBLER, type LinearStep, type Party } from '../steps/two.js';

function factorShare(plan: Plan, seed: Seed, step: LinearStep): Uint32Array {
  const words = weightSize(step.node.map) * wordsPerElement(ringOf(plan));
  return expandWords(words, seed, 'setup/factor', step.index);
}

/** B of each linear step, which the dealer alone knows. */
export function expandFactors(
  plan: Plan,
  { bits, kernels }: Arithmetic,
  seeds: readonly [Seed, Seed],
): Map<number, Uint32Array> {
  const factors = new Map<number, Uint32Array>();
  for (const step of linearSteps(plan)) {
    const factor = kernels.add(
      bits,
      factorShare(plan, seeds[GARBLER], step),
      factorShare(plan, seeds[EVALUATOR], step),
    );
    factors.set(step.index, kernels.resident(factor));
  }
  return factors;
}

/** Seeds of the two shares of B, fresh for every model. */
export function factorSeeds(): [Seed, Seed] {
  return [randomSeed('dealer/factors'), randomSeed('dealer/factors')];
}

/** The dealer: seeds to both parties; returns B of each linear step. */
export async function dealFactors(
  plan: Plan,
  arithmetic: Arithmetic,
  toParty: readonly [Sender, Sender],
  seeds: readonly [Seed, Seed] = factorSeeds(),
): Promise<Map<number, Uint32Array>> {
  for (const party of [GARBLER, EVALUATOR]) await toParty[party]!.send(0, seeds[party]!);
  return expandFactors(plan, arithmetic, seeds);
}

/** A party's share of one linear step. */
export interface LayerShare {
  readonly weights: Share<Uint32Array>;
  readonly bias: Share<Uint32Array>;
}

/** A party's share of the model, by linear step. */
export type ModelShare = ReadonlyMap<number, LayerShare>;

/** A party: opens F = W - B with the other, and agrees with it on the seed that re-randomises outputs. */
export async function openWeights(
  plan: Plan,
  arithmetic: Arithmetic,
  party: Party,
  share: ModelShare,
  fromDealer: Receiver,
  peer: Sender & Receiver,
): Promise<SharedModel> {
  const { bits, kernels } = arithmetic;
  const seed = await fromDealer.receive(0, SEED_BYTES);
  const steps = linearSteps(plan);
  const openings = steps.map((step) => {
    const own = kernels.sub(bits, share.get(step.index)!.weights, factorShare(plan, seed, step));
    return { step: step.index, words: own.length, own, othersSent: true };
  });
  let revealSeed = randomSeed('party/reveal-dealt');
  // all is sent before anything is received: one round
  if (party === GARBLER) await peer.send(0, revealSeed);
  await sendOpenings(peer, openings);
  if (party === EVALUATOR) revealSeed = (await peer.receive(0, SEED_BYTES)).slice();
  const layers = new Map<number, SharedWeights>();
  for (const [i, step] of steps.entries()) {
    const opened = await receiveOpening(arithmetic, peer, openings[i]!);
    const { weights, bias } = share.get(step.index)!;
    layers.set(step.index, {
      weights: asShare(kernels.resident(weights)),
      bias,
      opened: kernels.resident(opened),
    });
  }
  return { layers, revealSeed };
}

/** A model that was opened in an earlier session, ready for this one. */
export function residentModel({ kernels }: Arithmetic, { layers, revealSeed }: SharedModel): SharedModel {
  const resident = new Map<number, SharedWeights>();
  for (const [step, { weights, bias, opened }] of layers) {
    resident.set(step, {
      weights: asShare(kernels.resident(weights)),
      bias,
      ...(opened ? { opened: kernels.resident(opened) } : {}),
    });
  }
  return { layers: resident, revealSeed };
}

/** The model owner: party 0's share comes from a fresh seed, party 1's is the rest. */
export function shareModel(
  plan: Plan,
  { bits, kernels }: Pick<Arithmetic, 'bits' | 'kernels'>,
  parameters: ReadonlyMap<number, LinearWeights>,
): { seed: Seed; rest: Map<number, LinearWeights> } {
  const seed = randomSeed('owner/model');
  const expanded = expandModel(plan, seed);
  const rest = new Map<number, LinearWeights>();
  for (const step of linearSteps(plan)) {
    const { weights, bias } = parameters.get(step.index)!;
    const first = expanded.get(step.index)!;
    rest.set(step.index, {
      weights: kernels.sub(bits, weights, first.weights),
      bias: kernels.sub(bits, bias, first.bias),
    });
  }
  return { seed, rest };
}

/** Party 0's share of the model from the owner's seed. */
export function expandModel(plan: Plan, seed: Seed): ModelShare {
  const perElement = wordsPerElement(ringOf(plan));
  return new Map(
    linearSteps(plan).map((step) => [
      step.index,
      {
        weights: asShare(expandWords(weightSize(step.node.map) * perElement, seed, 'model/weights', step.index)),
        bias: asShare(expandWords(biasSize(step) * perElement, seed, 'model/bias', step.index)),
      },
    ]),
  );
}
