/**
 * What the model owner hands to three parties: components 0 and 1 of the model come from fresh seeds, component 2 is the rest, and
 * party i gets components i and i + 1.
 * @module
 */
import type { Kernels } from '../kernels/kernels.js';
import type { FixedModel } from '../model/fixed-model.js';
import { expandComponent, type ModelComponent, splitModel } from '../offline/setup-three.js';
import { linearSteps, ringOf } from '../plan/compile.js';
import type { ThreePlan } from '../plan/three.js';
import { SEED_BYTES } from '../platform/random.js';
import { RECEIPT, receiveLayers, sendLayers } from '../session/parameters.js';
import { componentsOf, PARTIES, type Party, REST } from '../steps/three.js';
import type { Channel } from '../transport/channel.js';

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
