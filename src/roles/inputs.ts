/**
 * What the client hands to two parties: a fresh 32-byte seed an inference stands for party 0's share of the input, party 1 gets the input minus
 * its expansion. Of three parties see components.ts.
 * @module
 */
import { expandWords } from '../core/prg.js';
import { bytesOf } from '../core/ring.js';
import { asShare, type Share } from '../core/secret.js';
import type { Receiver, Sender } from '../correlations/context.js';
import type { Kernels } from '../kernels/kernels.js';
import { ringOf } from '../plan/compile.js';
import { inputWords } from '../plan/plan.js';
import type { Plan } from '../plan/two.js';
import { randomSeed, SEED_BYTES } from '../platform/random.js';
import { EVALUATOR, GARBLER, type Party } from '../steps/two.js';

function expandInput(plan: Plan, seed: Uint8Array): Uint32Array {
  return expandWords(inputWords(plan), seed, 'client/input');
}

/** The client: its input in shares, each party's to that party. */
export async function sendInput(
  plan: Plan,
  kernels: Kernels,
  input: Uint32Array,
  toParty: readonly Sender[],
): Promise<void> {
  const seed = randomSeed('client/input');
  const rest = kernels.sub(ringOf(plan), input, expandInput(plan, seed));
  await Promise.all([toParty[GARBLER]!.send(0, seed), toParty[EVALUATOR]!.send(0, bytesOf(rest))]);
}

/** A party: its share of the client's input. */
export async function receiveInput(plan: Plan, party: Party, client: Receiver): Promise<Share<Uint32Array>> {
  return asShare(
    party === GARBLER
      ? expandInput(plan, await client.receive(0, SEED_BYTES))
      : await client.receiveWords(0, inputWords(plan)),
  );
}
