/**
 * The way of an input from the client to the parties.
 *
 * Of two parties, a fresh 32-byte seed per inference is party 0's share, and party 1 gets the input minus its expansion. Of three, components 0 and 1
 * come from fresh seeds, component 2 is the rest, and party i gets components i and i + 1.
 * @module
 */
import { subtractElements } from '../core/elementwise.js';
import { expandWords } from '../core/prg.js';
import { bytesOf } from '../core/ring.js';
import { asShare, type Share } from '../core/secret.js';
import type { Receiver, Sender } from '../correlations/context.js';
import { ringOf } from '../plan/compile.js';
import { type AnyPlan, inputWords, isThree } from '../plan/plan.js';
import type { ThreePlan } from '../plan/three.js';
import type { Plan } from '../plan/two.js';
import { randomSeed, SEED_BYTES, type Seed } from '../platform/random.js';
import type { Replicated } from '../protocols/three/context.js';
import { componentsOf, PARTIES, type Party as PartyOfThree, REST } from '../steps/three.js';
import { GARBLER, type Party } from '../steps/two.js';

function expandTwo(plan: Plan, seed: Seed): Uint32Array {
  return expandWords(inputWords(plan), seed, 'client/input');
}

function expandThree(plan: ThreePlan, seed: Seed): Uint32Array {
  return expandWords(inputWords(plan), seed, 'three/input');
}

/** What each party is sent of an input: its messages, in order. */
export function splitInput(plan: AnyPlan, input: Uint32Array): readonly (readonly Uint8Array[])[] {
  const bits = ringOf(plan);
  if (!isThree(plan)) {
    const seed = randomSeed('client/input');
    return [[seed], [bytesOf(subtractElements(bits, input, expandTwo(plan, seed)))]];
  }
  const seeds = [randomSeed('client/components'), randomSeed('client/components')] as const;
  const rest = seeds.reduce((words, seed) => subtractElements(bits, words, expandThree(plan, seed)), input);
  return PARTIES.map((party) =>
    componentsOf(party).map((component) => (component === REST ? bytesOf(rest) : seeds[component])),
  );
}

/** The client: its input in shares, to each party its own. */
export async function sendInput(plan: AnyPlan, input: Uint32Array, toParty: readonly Sender[]): Promise<void> {
  const messages = splitInput(plan, input);
  await Promise.all(
    toParty.map(async (lane, party) => {
      for (const message of messages[party]!) await lane.send(0, message);
    }),
  );
}

/** One of two parties: its share of the client's input. */
export async function receiveInput(plan: Plan, party: Party, client: Receiver): Promise<Share<Uint32Array>> {
  return asShare(
    party === GARBLER
      ? expandTwo(plan, await client.receive(0, SEED_BYTES))
      : await client.receiveWords(0, inputWords(plan)),
  );
}

/** One of three parties: its components of the client's input. */
export async function receiveComponents(plan: ThreePlan, party: PartyOfThree, client: Receiver): Promise<Replicated> {
  const words: Uint32Array[] = [];
  for (const component of componentsOf(party)) {
    words.push(
      component === REST
        ? await client.receiveWords(0, inputWords(plan))
        : expandThree(plan, await client.receive(0, SEED_BYTES)),
    );
  }
  return asShare({ first: words[0]!, second: words[1]! });
}
