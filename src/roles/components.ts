/**
 * What the model owner and the client hand to three parties: components 0 and 1 come from fresh seeds, component 2 is the rest, and
 * party i gets components i and i + 1.
 * @module
 */
import { expandWords } from '../core/prg.js';
import { bytesOf } from '../core/ring.js';
import { asShare } from '../core/secret.js';
import type { Receiver, Sender } from '../correlations/context.js';
import type { Kernels } from '../kernels/kernels.js';
import type { FixedModel } from '../model/fixed-model.js';
import { expandComponent, type ModelComponent, splitModel } from '../offline/setup-three.js';
import { linearSteps, ringOf } from '../plan/compile.js';
import { inputWords } from '../plan/plan.js';
import type { ThreePlan } from '../plan/three.js';
import { randomSeed, SEED_BYTES, type Seed } from '../platform/random.js';
import type { Replicated } from '../protocols/three/context.js';
import { RECEIPT, receiveLayers, sendLayers } from '../session/parameters.js';
import { nextOf, PARTIES, type Party } from '../steps/three.js';
import type { Channel } from '../transport/channel.js';

/** The component that is no seed. */
const REST = 2;
function componentsOf(party: Party): readonly [Party, Party] {
  return [party, nextOf(party)];
}

/** The model owner: splits the model. Returns when all three have it, so that the owner may leave. */
export async function sendModelThree(
  plan: ThreePlan,
  kernels: Kernels,
  model: FixedModel,
  toParty: readonly Channel[],
): Promise<void> {
  const { seeds, rest } = splitModel(plan, { bits: ringOf(plan), kernels }, model.parameters);
  for (const party of PARTIES) {
    const lane = toParty[party]!.lane('setup', 0);
    for (const component of componentsOf(party)) {
      if (component !== REST) await lane.send(0, seeds[component]!);
      else await sendLayers(linearSteps(plan), rest, lane);
    }
  }
  await Promise.all(toParty.map((party) => party.lane('setup', 0).receive(0, RECEIPT.length)));
}

/** A party's components i and i + 1 of the model from the owner, who may leave from then on. */
export async function receiveModelThree(
  plan: ThreePlan,
  party: Party,
  owner: Channel,
): Promise<readonly [ModelComponent, ModelComponent]> {
  const lane = owner.lane('setup', 0);
  const components: ModelComponent[] = [];
  for (const component of componentsOf(party)) {
    components.push(
      component === REST
        ? await receiveLayers(ringOf(plan), linearSteps(plan), lane)
        : expandComponent(plan, (await lane.receive(0, SEED_BYTES)).slice()),
    );
  }
  owner.expectClose();
  await lane.send(0, RECEIPT);
  return [components[0]!, components[1]!];
}

function expandInput(plan: ThreePlan, seed: Seed): Uint32Array {
  return expandWords(inputWords(plan), seed, 'three/input');
}

/** The client: its input in components, each party's two to that party. */
export async function sendInputThree(
  plan: ThreePlan,
  kernels: Kernels,
  input: Uint32Array,
  toParty: readonly Sender[],
): Promise<void> {
  const bits = ringOf(plan);
  const seeds = [randomSeed('client/components'), randomSeed('client/components')] as const;
  const rest = seeds.reduce((words, seed) => kernels.sub(bits, words, expandInput(plan, seed)), input);
  await Promise.all(
    PARTIES.map(async (party) => {
      for (const component of componentsOf(party)) {
        await toParty[party]!.send(0, component === REST ? bytesOf(rest) : seeds[component]!);
      }
    }),
  );
}

/** A party: its components of the client's input. */
export async function receiveInputThree(plan: ThreePlan, party: Party, client: Receiver): Promise<Replicated> {
  const words: Uint32Array[] = [];
  for (const component of componentsOf(party)) {
    words.push(
      component === REST
        ? await client.receiveWords(0, inputWords(plan))
        : expandInput(plan, await client.receive(0, SEED_BYTES)),
    );
  }
  return asShare({ first: words[0]!, second: words[1]! });
}
